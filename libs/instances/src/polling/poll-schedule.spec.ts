import { testDatabase, type TestDatabase } from '#test'
import type { Instance } from '../instance.js'
import type { Instances } from '../instances.js'
import { Fixture } from '../testing/fixture.js'
import { PollSchedule } from './poll-schedule.js'

let database: TestDatabase
let fixture: Fixture
let schedule: PollSchedule
let instances: Instances

beforeAll(async () => {
  database = await testDatabase()
  fixture = await Fixture.open(database)
  schedule = new PollSchedule(fixture.dataSource, fixture.connectors)
  instances = fixture.instances()
  instances.onChange((manager, instance) => schedule.sync(manager, instance))
})

afterAll(async () => {
  await fixture.close()
  await database.drop()
})

function configuration(resources: string[], more: Record<string, string> = {}): Record<string, string> {
  const configured = Object.fromEntries(resources.map(name => [name, { url: `/hubs/marketing/${name}` }]))
  return {
    'event.notification.enabled': 'true',
    'event.vendor.type': 'polling',
    'event.poller.refresh_interval': '5',
    'event.poller.configuration': JSON.stringify(configured),
    ...more,
  }
}

function create(resources: string[], more: Record<string, string> = {}): Promise<Instance> {
  return instances.create(fixture.draft({ configuration: configuration(resources, more) }))
}

async function names(id: number): Promise<string[]> {
  return (await schedule.resources(id)).map(({ resource }) => resource)
}

test('a new instance’s resources are due at once, from the second of its creation on', async () => {
  const { id, createdAt } = await create(['contacts', 'conversations'])
  const resources = await schedule.resources(id)
  expect(resources.map(({ resource }) => resource)).toEqual(['contacts', 'conversations'])
  for (const { watermark, nextDue } of resources) {
    expect(Math.abs(watermark.getTime() - createdAt.getTime())).toBeLessThan(2_000)
    expect(watermark.getMilliseconds()).toBe(0)
    expect(nextDue.getTime()).toBeLessThanOrEqual(Date.now() + 1_000)
  }
})

test('an edit keeps watermarks, adds what is new and removes what is gone', async () => {
  const { id } = await create(['contacts', 'conversations'], { 'event.poller.backfill': '2026-01-01T00:00:00Z' })
  await database.pool.query('update polled_resource set watermark_ms = 1800000000000 where instance_id = $1', [id])
  await instances.update(id, { configuration: configuration(['conversations', 'tickets']) })
  const resources = await schedule.resources(id)
  expect(resources.map(({ resource }) => resource)).toEqual(['conversations', 'tickets'])
  expect(resources[0]!.watermark).toEqual(new Date(1_800_000_000_000))
  expect(resources[1]!.watermark.getTime()).toBeGreaterThan(Date.now() - 5_000)
})

test('what is taken out of the configuration, or rests with its instance, comes back where it was', async () => {
  const both = configuration(['contacts', 'conversations'])
  const { id } = await instances.create(fixture.draft({ configuration: both }))
  await database.pool.query(
    `update polled_resource set watermark_ms = 1800000000000, checkpoint = '{}', next_due = now() + interval '1 day'
     where instance_id = $1`,
    [id],
  )
  const watermarks = async () => (await schedule.resources(id)).map(({ watermark }) => watermark.getTime())
  const due = async () => {
    const sql = 'select due_at <= now() as due from polled_instance where instance_id = $1'
    return (await database.pool.query<{ due: boolean | null }>(sql, [id])).rows[0]?.due
  }
  for (const away of [
    configuration(['contacts']),
    { ...both, 'event.notification.enabled': 'false' },
    { ...both, 'event.vendor.type': 'webhook' },
  ]) {
    await instances.update(id, { configuration: away })
    expect(await names(id)).not.toContain('conversations')
    await instances.update(id, { configuration: both })
    expect(await watermarks()).toEqual([1_800_000_000_000, 1_800_000_000_000])
    expect(await due()).toBe(true)
    const { rows } = await database.pool.query(`select 1 from polled_resource where checkpoint is not null`)
    expect(rows.length).toBeLessThan(2)
  }
  await instances.update(id, { disabled: true })
  expect([await due(), await schedule.pollNow(id)]).toEqual([null, null])
  await instances.update(id, { disabled: false })
  expect([await due(), await watermarks()]).toEqual([true, [1_800_000_000_000, 1_800_000_000_000]])
  await instances.delete(id)
  const left = await database.pool.query('select 1 from polled_resource where instance_id = $1', [id])
  expect(left.rowCount).toBe(0)
})

test('what rests is neither listed as paused nor polled on request', async () => {
  const { id, accountId } = await create(['contacts', 'conversations'])
  await database.pool.query(`update polled_resource set paused_at = now() where instance_id = $1`, [id])
  await database.pool.query(`update polled_resource set configured = false where resource = 'contacts'`)
  expect(await schedule.paused(accountId)).toMatchObject([{ instanceId: id, resource: 'conversations' }])
  expect(await schedule.resume(id)).toBe(1)
  const runId = await schedule.pollNow(id)
  expect((await schedule.run(id, runId!))?.resources.map(({ resource }) => resource)).toEqual(['conversations'])
})

/** The minutes from now until a resource is due, after what was made of its row and an edit to another interval. */
async function dueInAfterEdit(row: string, interval: string): Promise<number> {
  const { id } = await create(['conversations'])
  await database.pool.query(`update polled_resource set ${row} where instance_id = $1`, [id])
  await instances.update(id, { configuration: configuration(['conversations'], { [intervalKey]: interval }) })
  const { rows } = await database.pool.query<{ due: Date }>(
    'select due_at as due from polled_instance where instance_id = $1',
    [id],
  )
  const [resource] = await schedule.resources(id)
  expect(rows[0]!.due).toEqual(resource!.nextDue)
  // Plus zero, since it may be minus that.
  return Math.round((resource!.nextDue.getTime() - Date.now()) / 60_000) + 0
}

const intervalKey = 'event.poller.refresh_interval'
const polledTwoMinutesAgo = `polled_at = now() - interval '2 min', next_due = now() + interval '3 min'`

test.each<[string, string, string, number]>([
  ['a shorter one', polledTwoMinutesAgo, '3', 1],
  ['one that is over already', polledTwoMinutesAgo, '1', -1],
  ['a longer one', polledTwoMinutesAgo, '60', 58],
  ['the same', polledTwoMinutesAgo, '5', 3],
  ['one below a minute, which is a minute', `polled_at = now(), next_due = now() + interval '5 min'`, '0.2', 1],
  ['any, before the first poll', `next_due = now()`, '60', 0],
  ['any, while the log is away', `last_error = 'away', next_due = now() + interval '1 min'`, '60', 1],
  ['any, while a run waits for its vendor', `run_id = gen_random_uuid(), next_due = now() + interval '9 min'`, '1', 9],
  ['any, where it kept failing', `failures = 7, last_error = 'no', next_due = now() + interval '5 min'`, '60', 0],
])('a new interval counts from the last poll: %s', async (_, row, interval, minutes) => {
  expect(await dueInAfterEdit(row, interval)).toBe(minutes)
})

test('a poller at work that goes by the old interval saves nothing more', async () => {
  const { id } = await create(['conversations'])
  const epoch = async () => {
    const sql = 'select epoch, lease_owner as owner from polled_instance where instance_id = $1'
    return (await database.pool.query<{ epoch: string; owner: string | null }>(sql, [id])).rows[0]!
  }
  await database.pool.query(`update polled_instance set lease_owner = 'me', epoch = 1 where instance_id = $1`, [id])
  await instances.update(id, { name: 'Renamed' })
  expect(await epoch()).toEqual({ epoch: '1', owner: 'me' })
  await instances.update(id, { configuration: configuration(['conversations'], { [intervalKey]: '60' }) })
  expect((await epoch()).owner).toBeNull()
  expect((await epoch()).epoch).not.toBe('1')
})

test('what doesn’t poll has no schedule', async () => {
  const { id } = await create(['conversations'])
  await instances.update(id, { configuration: configuration([], { 'event.vendor.type': 'webhook' }) })
  expect([await names(id), await schedule.pollNow(id)]).toEqual([[], null])
})

test('a deleted instance’s run ends', async () => {
  const { id } = await create(['conversations'])
  const runId = await schedule.pollNow(id)
  await instances.delete(id)
  expect(await schedule.run(id, runId!)).toMatchObject({ state: 'failed', resources: [{ state: 'failed' }] })
})

test('asking for a poll twice joins one run, of all resources', async () => {
  const { id } = await create(['contacts', 'conversations'])
  const [one, other] = await Promise.all([schedule.pollNow(id), schedule.pollNow(id)])
  expect(one).toBe(other)
  expect(await schedule.runs(id)).toMatchObject([
    { id: one, trigger: 'request', state: 'running', resources: [{ state: 'running' }, { state: 'running' }] },
  ])
  expect(await schedule.run(id + 1, one!)).toBeNull()
  expect(await schedule.run(id, 'nonsense')).toBeNull()
})

test('paused resources are listed by account, and an edit gives them another chance', async () => {
  const { id, accountId } = await create(['conversations'])
  await database.pool.query(
    `update polled_resource set paused_at = now(), failures = 100, last_error = 'no' where instance_id = $1`,
    [id],
  )
  expect(await schedule.paused(accountId)).toMatchObject([{ instanceId: id, failures: 100, error: 'no' }])
  expect(await schedule.paused(accountId + 1)).toEqual([])
  const runId = await schedule.pollNow(id)
  expect(await schedule.run(id, runId!)).toMatchObject({ state: 'failed', resources: [{ error: 'paused: no' }] })
  await instances.update(id, { name: 'Mended' })
  expect(await schedule.paused(accountId)).toEqual([])
  expect(await schedule.resume(id)).toBe(0)
})
