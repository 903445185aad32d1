import type { EventLog, LogRecord } from '#event-log'
import { Egress } from '#egress'
import { PollSchedule, VendorSessions, type Instance } from '#instances'
import { Metrics, type Logger } from '#platform'
import { testDatabase, type TestDatabase } from '#test'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SessionWatcher } from '../../../../../libs/instances/src/sessions/session-watcher.js'
import { RotatingVendor } from '../../../../../libs/instances/src/sessions/testing/rotating-vendor.js'
import { StrictVendor } from '../../../../../libs/instances/src/sessions/testing/strict-vendor.js'
import { Fixture } from '../../../../../libs/instances/src/testing/fixture.js'
import { fixedOptions } from '../options.js'
import { Poller } from '../poller.js'
import { PostgresSchedule } from '../store/postgres-schedule.js'
import { Watcher } from '../watcher.js'

const options = {
  ...fixedOptions,
  ...{ topicPrefix: 'tributary', eventsPerSecond: 1_000_000, keepRunsMs: 1_000 },
}
const strict = new StrictVendor({ requests: 20, windowMs: 3_000, tells: true })
const rotating = new RotatingVendor()
let database: TestDatabase
let fixture: Fixture
let schedule: PollSchedule
let egress: Egress
let folder: string
let baseUrls: Record<string, string>
let warnings: unknown[]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'definitions-'))
  baseUrls = { strict: await strict.start(), rotating: await rotating.start() }
  await writeFile(join(folder, 'strict.json'), JSON.stringify(strict.definition('strict', 990_401)))
  await writeFile(join(folder, 'rotating.json'), JSON.stringify(RotatingVendor.definition('rotating', 990_402)))
  database = await testDatabase()
  fixture = await Fixture.open(database, { dir: folder, baseUrls })
  schedule = new PollSchedule(fixture.dataSource, fixture.connectors)
  egress = new Egress({ allow: [], publicUrl: 'http://tributary.example' })
})

afterAll(async () => {
  await egress.close()
  await fixture.close()
  await database.drop()
  await rm(folder, { recursive: true })
  strict.stop()
  rotating.stop()
})

beforeEach(async () => {
  warnings = []
  await database.pool.query('delete from polled_instance')
})

/** As another process. `pages` counts what it published. */
function poller(concurrency = 2): Poller & { pages: number } {
  const logger = { info() {}, warn: (line: unknown) => warnings.push(line), error() {} } as unknown as Logger
  const { connectors, pool } = fixture
  const metrics = new Metrics()
  const log = {
    publish: (_topic: string, _records: readonly LogRecord[]) => {
      made.pages++
      return Promise.resolve()
    },
  } as unknown as EventLog
  const listener = new SessionWatcher(schedule, logger, metrics)
  const sessions = new VendorSessions({ instances: fixture.instances(), connectors, egress, pool, baseUrls, listener })
  const made = Object.assign(
    new Poller(
      fixture.instances(),
      {
        ...{ schedule: new PostgresSchedule(database.pool, 'me', options.leaseMs), connectors, sessions, log },
        ...{ now: Date.now, random: () => 0, watcher: new Watcher(logger, metrics) },
      },
      { ...options, concurrency },
      logger,
    ),
    { pages: 0 },
  )
  return made
}

async function create(elementKey: string, configuration: Record<string, string>): Promise<Instance> {
  const instance = await fixture.create({
    elementKey,
    configuration: {
      ...{ 'event.notification.enabled': 'true', 'event.vendor.type': 'polling' },
      'event.poller.configuration': '{"things":{"url":"/things"}}',
      ...configuration,
    },
    vendorTokenExpiresAt: elementKey === 'rotating' ? new Date(Date.now() - 1_000) : null,
  })
  await schedule.sync(fixture.dataSource.manager, instance)
  await database.pool.query('update polled_instance set due_at = now() where instance_id = $1', [instance.id])
  return instance
}

const sleep = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

async function tick(pollers: readonly Poller[], forMs: number): Promise<void> {
  for (const until = Date.now() + forMs; Date.now() < until;) {
    await Promise.all(pollers.map(each => each.tick()))
    await sleep(100)
  }
}

async function pagesOf({ id }: Instance): Promise<number> {
  return (await schedule.runs(id))[0]?.resources[0]?.pages ?? 0
}

test('pollers that share a vendor account are never refused by it, get on both, and hold up no other account', async () => {
  // With a place for one each: what rests doesn't keep it.
  const pollers = [poller(1), poller(1)]
  const sharing = [await create('strict', { token: 'shared' }), await create('strict', { token: 'shared' })]
  await tick(pollers, 1_500)
  const alone = await create('strict', { token: 'alone' })
  await tick(pollers, 1_000)
  expect(strict.served.get('alone')).toBeGreaterThan(0)
  await tick(pollers, 4_000)
  const restarted = poller()
  await Promise.all(pollers.map(each => each.stop()))
  const [resting] = await schedule.runs(sharing[0]!.id)
  expect(resting).toMatchObject({ state: 'running' })
  const before = strict.served.get('shared') ?? 0
  await tick([restarted], 3_500)
  await restarted.stop()
  expect(Object.fromEntries(strict.refused)).toEqual({})
  expect(strict.served.get('shared')).toBeGreaterThan(before)
  expect(strict.served.get('shared')).toBeGreaterThan(30)
  for (const { pages } of pollers) expect(pages).toBeGreaterThan(0)
  for (const instance of [...sharing, alone]) expect(await pagesOf(instance)).toBeGreaterThan(0)
})

test('a pause that one poller was told of is kept by another, after a restart, and by an instance of the same account that has asked for nothing yet', async () => {
  const asked = strict.served.get('paused') ?? 0
  const first = await create('strict', { token: 'paused' })
  const told = { kind: 'throttled', retryAt: Date.now() + 30_000, message: 'slow down' } as const
  const { connectors, pool } = fixture
  const elsewhere = new VendorSessions({ instances: fixture.instances(), connectors, egress, pool, baseUrls })
  await elsewhere.calls(first, 'person').call(() => Promise.resolve(told))
  const second = await create('strict', { token: 'paused' })
  const restarted = poller()
  await tick([restarted], 500)
  await restarted.stop()
  expect(strict.served.get('paused') ?? 0).toBe(asked)
  const { rows } = await database.pool.query<{ id: number; restMs: number }>(
    `select instance_id as id, (extract(epoch from due_at - now()) * 1000)::float8 as "restMs" from polled_instance order by 1`,
  )
  expect(rows.map(({ id }) => id)).toEqual([first.id, second.id])
  for (const { restMs } of rows) {
    expect(restMs).toBeGreaterThan(20_000)
    expect(restMs).toBeLessThan(34_000)
  }
})

test('a renewal that the vendor refuses pauses all resources of the instance and says why; authorized again, it is polled', async () => {
  rotating.reset()
  rotating.answer = { status: 400, body: { error: 'invalid_grant' } }
  const instance = await create('rotating', {
    ...{ 'oauth.user.token': 'ended', 'oauth.user.refresh_token': 'dead', 'oauth.api.key': 'client' },
    'event.poller.configuration': '{"things":{"url":"/things"},"others":{"url":"/things?x=1"}}',
  })
  const one = poller()
  await tick([one], 300)
  await one.settled()
  const why = expect.stringContaining('invalid_grant') as unknown
  expect(await schedule.paused(instance.accountId)).toMatchObject([
    { instanceId: instance.id, resource: 'others', error: why },
    { instanceId: instance.id, resource: 'things', error: why },
  ])
  expect(rotating.presented).toEqual(['dead'])
  expect((await schedule.runs(instance.id))[0]).toMatchObject({ state: 'failed' })
  expect((await fixture.instances().byId(instance.id))?.vendorRefusal).toMatchObject({ message: why })
  expect(warnings).toContainEqual(expect.objectContaining({ instanceId: instance.id, why }))
  rotating.answer = null
  const again = await fixture.instances().update(instance.id, ({ configuration }) => ({
    configuration: {
      ...configuration,
      ...{ 'oauth.user.token': rotating.access, 'oauth.user.refresh_token': 'first' },
      'event.poller.configuration': '{"things":{"url":"/things"}}',
    },
    vendorTokenExpiresAt: null,
  }))
  await schedule.sync(fixture.dataSource.manager, again!)
  await tick([one], 300)
  await one.stop()
  expect(again?.vendorRefusal).toBeNull()
  expect(await schedule.paused(instance.accountId)).toEqual([])
  expect((await schedule.runs(instance.id))[0]).toMatchObject({ state: 'done' })
})
