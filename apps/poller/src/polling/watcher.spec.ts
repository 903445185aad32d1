import type { VendorRequest } from '#connectors'
import { Egress } from '#egress'
import type { EventLog } from '#event-log'
import { PollSchedule, VendorCalls, type Instance, type VendorSessions } from '#instances'
import { createLogger, Metrics, type Logger, type Settings } from '#platform'
import { testDatabase, type TestDatabase } from '#test'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Fixture } from '../../../../libs/instances/src/testing/fixture.js'
import { fixedOptions } from './options.js'
import { Poller } from './poller.js'
import { PostgresSchedule } from './store/postgres-schedule.js'
import { Watcher } from './watcher.js'

let database: TestDatabase
let fixture: Fixture
let egress: Egress
let schedule: PollSchedule
let metrics: Metrics
let poller: Poller
let lines: Record<string, unknown>[]

/** Intercom as it answers searches: how long it takes, and with what. */
const vendor = { answersAfterMs: 0, status: 200, conversations: [] as object[], errors: [] as object[] }
const server = createServer((request, response) => void answer(response, request.url ?? ''))

async function answer(response: ServerResponse, url: string): Promise<void> {
  await sleep(vendor.answersAfterMs)
  const conversations = url.includes('/deleted') ? [] : vendor.conversations
  const list = { type: 'conversation.list', conversations, pages: { type: 'pages', next: null }, total_count: 0 }
  const body = vendor.errors.length > 0 ? { type: 'error.list', errors: vendor.errors } : list
  response.writeHead(vendor.status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

beforeAll(async () => {
  database = await testDatabase()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  fixture = await Fixture.open(database, { baseUrls: { intercom: url } })
  schedule = new PollSchedule(fixture.dataSource, fixture.connectors)
  egress = new Egress({ allow: [], publicUrl: 'http://tributary.example' })
  const sessions = {
    http: () => (request: VendorRequest) =>
      egress.request({ timeoutMs: 10_000, maxBytes: 1_000_000, ...request, allow: url }),
    calls: ({ configuration, identity }: Instance) =>
      new VendorCalls({ session: async () => ({ configuration: { ...configuration }, identity }), renew: null }),
  } as unknown as VendorSessions
  metrics = new Metrics()
  lines = []
  const write = (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>)
  const logger: Logger = createLogger({ role: 'poller', logLevel: 'info' } as Settings, { write })
  const options = {
    ...fixedOptions,
    ...{ topicPrefix: 'tributary', concurrency: 4, eventsPerSecond: 1e6, keepRunsMs: 1_000 },
  }
  const watcher = new Watcher(logger, metrics, { knows: (_element, resource) => resource === 'conversations' })
  poller = new Poller(
    fixture.instances(),
    {
      ...{ schedule: new PostgresSchedule(database.pool, 'me', options.leaseMs), connectors: fixture.connectors },
      ...{ sessions, log: { publish: async () => {} } as unknown as EventLog, now: Date.now, random: () => 0, watcher },
    },
    options,
    logger,
  )
})

beforeEach(() => {
  Object.assign(vendor, { answersAfterMs: 0, status: 200, conversations: [], errors: [] })
  metrics.registry.resetMetrics()
  lines.length = 0
})

afterAll(async () => {
  await poller.stop()
  server.closeAllConnections()
  server.close()
  await egress.close()
  await fixture.close()
  await database.drop()
})

const token = 'dG9rOjk5/secret'

async function polling(resource = 'conversations'): Promise<Instance> {
  const instance = await fixture.create({
    identity: { workspace: 'w', timeZone: 'UTC', variables: { site: 'US' } },
    configuration: {
      ...{ 'oauth.user.token': token, 'event.notification.enabled': 'true', 'event.vendor.type': 'polling' },
      'event.poller.configuration': JSON.stringify({ [resource]: { url: '/hubs/marketing/conversations' } }),
    },
  })
  await schedule.sync(fixture.dataSource.manager, instance)
  return instance
}

async function poll({ id }: Instance): Promise<void> {
  await schedule.pollNow(id)
  await poller.tick()
  await poller.settled()
}

async function stored({ id }: Instance) {
  const { rows } = await database.pool.query<Record<string, unknown>>(
    'select overruns, overrunning, took_ms::integer as took, read_until, polled_at, events from polled_resource where instance_id = $1',
    [id],
  )
  return rows[0]!
}

/** As Prometheus reads it: name and labels as they are printed → value. */
async function scraped(): Promise<Record<string, number>> {
  const text = await metrics.registry.metrics()
  const samples = text.split('\n').filter(line => line.startsWith('tributary_'))
  return Object.fromEntries(samples.map(line => [line.replace(/ \S+$/, ''), Number(/ (\S+)$/.exec(line)![1])]))
}

const conversations = 'element="intercom",resource="conversations"'

test('a poll is one line, and counted by element and resource', async () => {
  const instance = await polling()
  const now = Math.floor(Date.now() / 1_000)
  vendor.conversations = [{ type: 'conversation', id: '1', created_at: now, updated_at: now }]
  await poll(instance)
  expect(lines).toEqual([
    expect.objectContaining({
      ...{ level: 'info', msg: 'polled', instanceId: instance.id, resource: 'conversations', outcome: 'done' },
      ...{ pages: 2, records: 1, events: 1, runMs: expect.any(Number) as number, intervalMs: 900_000 },
    }),
  ])
  expect(await scraped()).toMatchObject({
    [`tributary_polls_total{${conversations},outcome="done"}`]: 1,
    [`tributary_poll_pages_total{${conversations}}`]: 2,
    [`tributary_poll_records_total{${conversations}}`]: 1,
    [`tributary_poll_events_total{${conversations}}`]: 1,
    [`tributary_poll_seconds_count{${conversations}}`]: 1,
    [`tributary_poll_lag_seconds_count{${conversations}}`]: 1,
  })
})

test('a poll that takes longer than its interval is a warning that says what to do, counted, and over with the next quick one', async () => {
  const instance = await polling()
  const shorten = () =>
    database.pool.query('update polled_resource set interval_ms = 600 where instance_id = $1', [instance.id])
  await shorten()
  vendor.answersAfterMs = 400
  await poll(instance)
  await poll(instance)
  expect(lines).toHaveLength(2)
  for (const { level, msg, instanceId, resource, runMs, intervalMs, overrun } of lines) {
    expect({ level, instanceId, resource, intervalMs, overrun }).toEqual({
      ...{ level: 'warn', instanceId: instance.id, resource: 'conversations', intervalMs: 600, overrun: true },
    })
    expect(runMs).toBeGreaterThan(600)
    expect(msg).toMatch(
      new RegExp(`^conversations of instance ${instance.id} took .* longer than its interval .* Lengthen event.poller`),
    )
  }
  expect(await scraped()).toMatchObject({ [`tributary_poll_overruns_total{${conversations}}`]: 2 })
  const { overruns, overrunning, took } = await stored(instance)
  expect([overruns, overrunning]).toEqual([2, true])
  expect(took).toBeGreaterThan(600)
  expect(await scraped()).toMatchObject({ [`tributary_poll_seconds_count{${conversations}}`]: 2 })

  vendor.answersAfterMs = 0
  await database.pool.query('update polled_resource set interval_ms = 60000 where instance_id = $1', [instance.id])
  await poll(instance)
  expect(lines[2]).toMatchObject({ level: 'info', msg: 'polled' })
  expect(await stored(instance)).toMatchObject({ overruns: 0, overrunning: false })
})

test('a run that isn’t through is told of as soon as it takes longer, and counted at its end', async () => {
  const instance = await polling()
  await schedule.pollNow(instance.id)
  vendor.status = 429
  await poller.tick()
  await poller.settled()
  expect(lines).toMatchObject([{ level: 'info', outcome: 'throttled' }])
  await database.pool.query(
    `update polled_resource set started_at = now() - interval '20 minutes', next_due = now() where instance_id = $1`,
    [instance.id],
  )
  await database.pool.query('update polled_instance set not_before = null, due_at = now() where instance_id = $1', [
    instance.id,
  ])
  await poller.tick()
  await poller.settled()
  expect(lines[1]).toMatchObject({ level: 'warn', outcome: 'throttled', overrun: true })
  expect(lines[1]!['msg']).toContain('has been polled for 1200 s')
  expect(await stored(instance)).toMatchObject({ overruns: 0, overrunning: true })
  const counts = await scraped()
  expect(counts[`tributary_poll_errors_total{${conversations},kind="throttled"}`]).toBe(2)
  expect(counts[`tributary_poll_overruns_total{${conversations}}`]).toBeUndefined()
})

test('errors are counted by their kind, and leave what is read until where it was', async () => {
  const instance = await polling()
  await poll(instance)
  const { read_until: before } = await stored(instance)
  expect(before).toBeInstanceOf(Date)
  vendor.status = 500
  await poll(instance)
  expect(lines.at(-1)).toMatchObject({ level: 'warn', outcome: 'failed' })
  expect(await scraped()).toMatchObject({ [`tributary_poll_errors_total{${conversations},kind="failed"}`]: 1 })
  expect(await stored(instance)).toMatchObject({ read_until: before })
  vendor.status = 200
  await poll(instance)
  const { read_until: after } = await stored(instance)
  expect((after as Date).getTime()).toBeGreaterThanOrEqual((before as Date).getTime())
})

test('a secret that the vendor repeats is neither logged nor kept', async () => {
  const instance = await polling()
  Object.assign(vendor, {
    status: 400,
    errors: [{ code: 'parameter_invalid', message: `what is ${token}, and ${token}?` }],
  })
  await poll(instance)
  expect(lines.at(-1)).toMatchObject({ why: expect.stringContaining('what is ********, and ********?') as string })
  expect(JSON.stringify(lines)).not.toContain(token)
  const [resource] = await schedule.resources(instance.id)
  expect(resource!.error).toContain('what is ********')
  const { rows } = await database.pool.query<{ error: string }>(
    'select error from poll_run_resource where error is not null',
  )
  expect(JSON.stringify(rows)).not.toContain(token)
})

test('what a visit that isn’t the last leaves of the last poll stays', async () => {
  const instance = await polling()
  const now = Math.floor(Date.now() / 1_000)
  vendor.conversations = [{ type: 'conversation', id: '1', created_at: now, updated_at: now }]
  await poll(instance)
  const last = await stored(instance)
  expect(last).toMatchObject({ events: 1 })
  vendor.status = 429
  await poll(instance)
  expect(lines.at(-1)).toMatchObject({ outcome: 'throttled' })
  expect(await stored(instance)).toEqual(last)
})

test('a resource that an account named itself is counted with all such', async () => {
  await poll(await polling('what-i-like'))
  const counts = Object.keys(await scraped())
  expect(counts).toContain('tributary_polls_total{element="intercom",resource="other",outcome="done"}')
  expect(counts.join('\n')).not.toContain('what-i-like')
})
