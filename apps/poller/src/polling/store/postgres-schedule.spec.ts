import { PollSchedule, type Instance } from '#instances'
import { testDatabase, type TestDatabase } from '#test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Fixture } from '../../../../../libs/instances/src/testing/fixture.js'
import type { Claim, DueResource } from '../claims.js'
import type { Settlement } from '../core/settle.js'
import { PostgresSchedule } from './postgres-schedule.js'

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
  const changes = { watermark, held: [], seen: new Map([['1', [[watermark, 'h'] as const]]]) }
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

test('what settles the last resource gives the lease back as well, and ends the run', async () => {
  const { id } = await polling()
  const one = poller('one')
  const { claim, due } = await claimed(one)
  expect(await one.settle(claim, due, done(due, due.state.since), 0)).toBe('left')
  expect(await schedule.run(id, due.runId)).toMatchObject({ state: 'done', finishedAt: expect.any(Date) as Date })
  const { rows } = await database.pool.query(
    `select lease_owner as owner, run_id as run, due_at - now() between '890 s' and '900 s' as "inAnInterval"
     from polled_instance`,
  )
  expect(rows).toEqual([{ owner: null, run: null, inAnInterval: true }])
  expect(await one.settle(claim, { ...due, runId: due.runId }, done(due, 0), 5_000)).toBe('left')
  await schedule.pollNow(id)
  expect(await one.claimDue(1)).toEqual([])
})

test('a poll asked for while what is settled gives the lease back is seen by it', async () => {
  const { id } = await polling(['contacts', 'conversations'])
  const one = poller('one')
  const [claim] = await one.claimDue(1)
  const [first, last] = claim!.due
  expect(await one.settle(claim!, first!, done(first!, 0), null)).toBe('saved')
  const asking = await database.pool.connect()
  try {
    // As pollNow does it, but for a moment in the middle.
    await asking.query('begin')
    await asking.query('update polled_instance set changes = changes + 1 where instance_id = $1', [id])
    const settling = one.settle(claim!, last!, done(last!, 0), 0)
    await waitsForALock()
    await asking.query(`update polled_resource set next_due = now() where resource = $1`, [first!.resource])
    await asking.query('commit')
    expect(await settling).toBe('saved')
  } finally {
    asking.release()
  }
  expect(await one.begin(claim!)).toMatchObject([{ resource: first!.resource, runId: first!.runId }])
})

test('a settled run tells how long it took since its first turn, and how many in a row took longer than the interval', async () => {
  const { id } = await polling()
  const one = poller('one')
  const times = async () => {
    const { rows } = await database.pool.query<{ took: string | null; overruns: number; until: Date | null }>(
      `select took_ms as took, overruns, read_until as until from polled_resource`,
    )
    return rows[0]!
  }
  const overruns: number[] = []
  for (const [outcome, minutesAgo] of [
    ['done', 16],
    ['failed', 20],
    ['failed', 1],
    ['done', 14],
  ] as const) {
    await schedule.pollNow(id)
    const first = await claimed(one)
    expect(first.due.startedAgoMs).toBe(0)
    const waiting = { ...done(first.due, 0, 0), outcome: 'waiting', checkpoint: first.due.checkpoint } as const
    await one.settle(first.claim, first.due, waiting, 0)
    await database.pool.query(`update polled_resource set started_at = now() - $1 * interval '1 min'`, [minutesAgo])
    const { claim, due } = await claimed(one)
    expect(due.startedAgoMs).toBeGreaterThanOrEqual(minutesAgo * 60_000)
    await one.settle(claim, due, { ...done(due, 0, 0), outcome }, 0)
    const { took, overruns: inARow } = await times()
    expect(Math.abs(Number(took) - minutesAgo * 60_000)).toBeLessThan(10_000)
    overruns.push(inARow)
  }
  expect(overruns).toEqual([1, 2, 2, 0])
  expect(Math.abs((await times()).until!.getTime() - Date.now())).toBeLessThan(10_000)
})

test('an instance that isn’t to be polled after all is given back, and the run that was begun for it ends', async () => {
  const { id } = await polling()
  const one = poller('one')
  const { claim, due } = await claimed(one)
  await one.retire(claim)
  expect(await schedule.run(id, due.runId)).toMatchObject({ state: 'failed', resources: [{ state: 'failed' }] })
  await database.pool.query('update polled_resource set next_due = now()')
  expect(await one.claimDue(1)).toEqual([])
})

/** Resolves when a statement of this database waits for somebody else's row. */
async function waitsForALock(): Promise<void> {
  for (;;) {
    const { rowCount } = await database.pool.query(
      `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    )
    if (rowCount) return
    await sleep(20)
  }
}
