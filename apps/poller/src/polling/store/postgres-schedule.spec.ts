import { PollSchedule, type Instance } from '#instances'
import { testDatabase, type TestDatabase } from '#test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Fixture } from '../../../../../libs/instances/src/testing/fixture.js'
import type { Claim, DueResource } from '../claims.js'
import type { Settlement } from '../core/settle.js'
import { PostgresSchedule } from './postgres-schedule.js'
import { claimDue } from './statements.js'

let database: TestDatabase
let fixture: Fixture
let schedule: PollSchedule

beforeEach(async () => {
  database = await testDatabase()
  fixture = await Fixture.open(database)
  schedule = new PollSchedule(fixture.dataSource, fixture.connectors)
})

afterEach(async () => {
  await fixture.close()
  await database.drop()
})

const nothing = { pages: 0, records: 0, events: 0 }

async function polling(resources = ['conversations']): Promise<Instance> {
  const configured = Object.fromEntries(resources.map(name => [name, { url: `/hubs/marketing/${name}` }]))
  const instance = await fixture.create({
    configuration: {
      'oauth.user.token': 'tok',
      'event.notification.enabled': 'true',
      'event.vendor.type': 'polling',
      'event.poller.refresh_interval': '15',
      'event.poller.configuration': JSON.stringify(configured),
    },
  })
  await schedule.sync(fixture.dataSource.manager, instance)
  return instance
}

function poller(name: string, leaseMs = 60_000): PostgresSchedule {
  return new PostgresSchedule(database.pool, name, leaseMs)
}

async function claimed(by: PostgresSchedule): Promise<{ claim: Claim; due: DueResource }> {
  const [claim] = await by.claimDue(1)
  return { claim: claim!, due: claim!.due[0]! }
}

function done(due: DueResource, watermark: number, waitMs = 900_000): Settlement {
  const changes = { watermark, held: null, seen: new Map([['1', [[watermark, 'h'] as const]]]) }
  const state = { ...due.state, changes }
  const ended = { outcome: 'done', checkpoint: null, failures: 0, paused: false, error: null } as const
  return { ...ended, state, waitMs, counts: { pages: 1, records: 2, events: 1 }, hashes: [], gone: [] }
}

test('of eight pollers that claim at once, no two get the same instance, and none is left', async () => {
  const instances = await Promise.all(Array.from({ length: 60 }, () => polling()))
  const pollers = Array.from({ length: 8 }, (_, at) => poller(`p${at}`))
  const claims = await Promise.all(
    pollers.map(async one => {
      const mine: Claim[] = []
      for (;;) {
        const more = await one.claimDue(3)
        if (more.length === 0) return mine
        mine.push(...more)
      }
    }),
  )
  const ids = claims.flat().map(({ instanceId }) => instanceId)
  expect(ids.sort((a, b) => a - b)).toEqual(instances.map(({ id }) => id).sort((a, b) => a - b))
  expect(new Set(claims.flat().map(({ epoch }) => epoch)).size).toBe(60)
})

test('a dead poller’s instance goes to the next one, in the same run and from its checkpoint; the dead one saves nothing', async () => {
  await polling()
  const dead = poller('dead', 150)
  const first = await claimed(dead)
  const position = { cursor: 'x' } as never
  expect(
    await dead.checkpoint(first.claim, first.due, { start: first.due.checkpoint.start, position }, nothing, [
      ['7', 'h'],
    ]),
  ).toBe('saved')
  expect(await poller('heir').claimDue(1)).toEqual([])
  await sleep(250)
  const heir = poller('heir')
  const second = await claimed(heir)
  expect(second.due.runId).toBe(first.due.runId)
  expect(second.due.checkpoint).toEqual({ start: first.due.checkpoint.start, position })
  expect(await heir.hashes(second.claim, 'conversations')).toEqual(new Map([['7', 'h']]))

  expect(await dead.checkpoint(first.claim, first.due, { start: 1 }, nothing, [['7', 'late']])).toBe('lost')
  expect(await dead.settle(first.claim, first.due, done(first.due, 5_000_000_000_000), null)).toBe('lost')
  await dead.release(first.claim, 0)
  expect(await heir.settle(second.claim, second.due, done(second.due, Date.now()), null)).toBe('saved')
  expect(await heir.hashes(second.claim, 'conversations')).toEqual(new Map([['7', 'h']]))
})

test('a living poller keeps its leases beside the work, and neither one given back nor one lost', async () => {
  await Promise.all([polling(), polling(), polling()])
  const slow = poller('slow', 300)
  const claims = await slow.claimDue(3)
  const [held, released, lost] = claims
  await slow.release(released!, 900_000)
  await database.pool.query('update polled_instance set due_at = now() where instance_id = $1', [lost!.instanceId])
  expect(await poller('heir').claimDue(9)).toMatchObject([{ instanceId: lost!.instanceId }])
  for (let beats = 0; beats < 5; beats++) {
    expect([...(await slow.keep(claims))]).toEqual([held!.instanceId])
    await sleep(100)
  }
  expect((await poller('heir').claimDue(9)).map(({ instanceId }) => instanceId)).not.toContain(held!.instanceId)
})

test('what a run ends with is stored together, and the instance is due again an interval later', async () => {
  const { id } = await polling()
  const one = poller('one')
  const { claim, due } = await claimed(one)
  const watermark = due.state.since + 5_000
  expect(await one.settle(claim, due, done(due, watermark), null)).toBe('saved')
  expect(await one.begin(claim)).toEqual([])
  await one.release(claim, 0)
  expect(await one.claimDue(1)).toEqual([])
  const [resource] = await schedule.resources(id)
  expect(resource).toMatchObject({ watermark: new Date(watermark), failures: 0, error: null })
  expect(resource!.nextDue.getTime() - Date.now()).toBeGreaterThan(890_000)
  expect(await schedule.run(id, due.runId)).toMatchObject({
    state: 'done',
    trigger: 'schedule',
    resources: [{ resource: 'conversations', state: 'done', pages: 1, records: 2, events: 1, error: null }],
  })
  await schedule.pollNow(id)
  const again = await claimed(one)
  expect(again.due.state.changes.seen).toEqual(new Map([['1', [[watermark, 'h']]]]))
})

test('a watermark is never stored backwards', async () => {
  const { id } = await polling()
  const one = poller('one')
  const { claim, due } = await claimed(one)
  await one.settle(claim, due, done(due, due.state.since - 60_000), null)
  expect((await schedule.resources(id))[0]!.watermark).toEqual(new Date(due.state.since))
})

test('a poll that is asked for while a poller lets go is not forgotten', async () => {
  const { id } = await polling()
  const one = poller('one')
  for (let round = 0; round < 20; round++) {
    const { claim, due } = await claimed(one)
    await one.settle(claim, due, done(due, Date.now()), null)
    await Promise.all([one.release(claim, 0), schedule.pollNow(id)])
  }
  expect(await one.claimDue(1)).toHaveLength(1)
})

test('after a vendor’s Retry-After nobody polls earlier, asked to or not', async () => {
  const { id } = await polling()
  const one = poller('one')
  const { claim, due } = await claimed(one)
  const checkpoint = due.checkpoint
  const waiting = {
    outcome: 'waiting',
    checkpoint,
    waitMs: 700,
    failures: 0,
    paused: false,
    error: 'throttled',
  } as const
  await one.settle(claim, due, { ...waiting, counts: nothing, hashes: [], gone: [] }, null)
  await one.release(claim, 700)
  expect(await schedule.pollNow(id)).toBe(due.runId)
  expect(await one.claimDue(1)).toEqual([])
  expect(await schedule.run(id, due.runId)).toMatchObject({ state: 'running', resources: [{ error: 'throttled' }] })
  await sleep(800)
  expect(await one.claimDue(1)).toHaveLength(1)
})

test('a resource that is no longer configured isn’t saved, and its run ends', async () => {
  const instance = await polling(['conversations', 'contacts'])
  const one = poller('one')
  const [claim] = await one.claimDue(1)
  const { due } = claim!
  const gone = due.find(({ resource }) => resource === 'contacts')!
  const left = due.find(({ resource }) => resource === 'conversations')!
  const only = JSON.stringify({ conversations: { url: '/hubs/marketing/conversations' } })
  const configuration = { ...instance.configuration, 'event.poller.configuration': only }
  await schedule.sync(fixture.dataSource.manager, { ...instance, configuration })
  expect(await one.settle(claim!, gone, done(gone, Date.now()), null)).toBe('gone')
  expect(await one.settle(claim!, left, done(left, Date.now()), null)).toBe('saved')
  await one.release(claim!, 0)
  const run = await schedule.run(instance.id, left.runId)
  expect(run).toMatchObject({ state: 'failed', finishedAt: expect.any(Date) as Date })
  expect(run!.resources.map(({ resource, state }) => [resource, state])).toEqual([
    ['contacts', 'failed'],
    ['conversations', 'done'],
  ])
})

test('an instance deleted and made anew meanwhile isn’t its old poller’s', async () => {
  const instance = await polling()
  const one = poller('one')
  const old = await claimed(one)
  await schedule.sync(fixture.dataSource.manager, { ...instance, events: 'off' })
  await schedule.sync(fixture.dataSource.manager, instance)
  expect(await one.settle(old.claim, old.due, done(old.due, Date.now()), null)).toBe('lost')
  expect(await one.claimDue(1)).toHaveLength(1)
})

test('at 100,000 instances claiming reads an index, not the table', async () => {
  const { accountId, companyId, userId } = fixture.account
  await database.pool.query(
    `insert into instance (id, account_id, company_id, user_id, element_key, name, configuration, secrets, token_hash,
                           door_key_hash, identity, events)
     select n, $1, $2, $3, 'intercom', 'x', '{}', '', int4send(n), int4send(n), '{}', 'polling'
     from generate_series(1000, 100999) n`,
    [accountId, companyId, userId],
  )
  await database.pool.query(
    `insert into polled_instance (instance_id, account_id, enabled, due_at)
     select id, account_id, true, now() + (id - 1100) * interval '1 s' from instance where id >= 1000`,
  )
  await database.pool.query('analyze polled_instance')
  const { rows } = await database.pool.query<{ 'QUERY PLAN': string }>(`explain (analyze, buffers) ${claimDue.text}`, [
    16,
    'me',
    60_000,
    '{}',
  ])
  const plan = rows.map(row => row['QUERY PLAN']).join('\n')
  expect(plan).toContain('Index Scan using polled_instance_due')
  expect(plan).not.toContain('Seq Scan on polled_instance')
  const started = performance.now()
  expect(await poller('me').claimDue(16)).toHaveLength(16)
  expect(performance.now() - started).toBeLessThan(500)
})
