import type { VendorResponse } from '#connectors'
import type { EventLog, LogRecord } from '#event-log'
import { decodeEvent, type NormalizedEvent } from '#events'
import { PollSchedule, VendorCalls, type Instance, type PollRun, type VendorSessions } from '#instances'
import { Metrics, type Logger } from '#platform'
import { testDatabase, type TestDatabase } from '#test'
import { Fixture } from '../../../../libs/instances/src/testing/fixture.js'
import { fixedOptions, type PollerOptions } from './options.js'
import { Poller } from './poller.js'
import { PostgresSchedule } from './store/postgres-schedule.js'
import { Conversations, ok } from './testing/conversations.js'
import { Watcher } from './watcher.js'

const options: PollerOptions = {
  ...fixedOptions,
  topicPrefix: 'tributary',
  concurrency: 8,
  eventsPerSecond: 1_000_000,
  keepRunsMs: 1_000,
}
const logger = { info() {}, warn() {}, error() {} } as unknown as Logger

let database: TestDatabase
let fixture: Fixture
let schedule: PollSchedule
let vendor: Conversations
let events: NormalizedEvent[]
let publish: (topic: string, records: readonly LogRecord[]) => Promise<void>

beforeEach(async () => {
  database = await testDatabase()
  fixture = await Fixture.open(database)
  schedule = new PollSchedule(fixture.dataSource, fixture.connectors)
  vendor = new Conversations()
  events = []
  publish = async (_topic, records) => {
    for (const { value } of records) events.push(decodeEvent(value.toString()))
  }
})

afterEach(async () => {
  await fixture.close()
  await database.drop()
})

function poller(changes: Partial<PollerOptions> = {}): Poller {
  const all = { ...options, ...changes }
  const sessions = {
    calls: ({ configuration, identity }: Instance) =>
      new VendorCalls({ session: async () => ({ configuration: { ...configuration }, identity }), renew: null }),
    http: () => vendor.http,
  } as unknown as VendorSessions
  const log = {
    publish: (topic: string, records: readonly LogRecord[]) => publish(topic, records),
  } as unknown as EventLog
  const ports = {
    schedule: new PostgresSchedule(database.pool, 'me', all.leaseMs),
    connectors: fixture.connectors,
    sessions,
    log,
  }
  const clocks = { now: Date.now, random: () => 0, watcher: new Watcher(logger, new Metrics()) }
  return new Poller(fixture.instances(), { ...ports, ...clocks }, all, logger)
}

async function polls(one = poller()): Promise<void> {
  await one.tick()
  await one.settled()
}

async function polling(configuration: Record<string, string> = {}): Promise<Instance> {
  const instance = await fixture.create({
    identity: { workspace: 'w', timeZone: 'UTC', variables: { site: 'US' } },
    configuration: {
      'oauth.user.token': 'tok',
      'event.notification.enabled': 'true',
      'event.vendor.type': 'polling',
      'event.poller.refresh_interval': '15',
      'event.poller.configuration': JSON.stringify({
        conversations: {
          url: '/hubs/marketing/conversations?orderBy=updated_at desc',
          idField: 'id',
        },
      }),
      ...configuration,
    },
  })
  await schedule.sync(fixture.dataSource.manager, instance)
  return instance
}

async function again(instance: Instance, one = poller()): Promise<PollRun> {
  const runId = await schedule.pollNow(instance.id)
  await polls(one)
  return (await schedule.run(instance.id, runId!))!
}

const second = () => Math.floor(Date.now() / 1_000)
const told = () => events.map(({ objectId, eventType }) => `${objectId} ${eventType}`)

test('a first poll begins now: what was there before is no event; what comes later is, once', async () => {
  const old = second() - 86_400
  vendor.conversations = [{ id: '1', created_at: old, updated_at: old }]
  const instance = await polling()
  await polls()
  expect(told()).toEqual([])
  const now = second()
  vendor.conversations.push({ id: '2', created_at: now, updated_at: now })
  vendor.conversations[0]!.updated_at = now
  await again(instance)
  await again(instance)
  expect(told().sort()).toEqual(['1 UPDATED', '2 CREATED'])
  expect(events[0]).toMatchObject({
    ...{ instanceId: instance.id, elementKey: 'intercom', hubKey: 'marketing', objectType: 'conversations' },
    ...{ source: 'polling', date: new Date(now * 1_000).toISOString() },
  })
  expect(JSON.parse(events.find(({ objectId }) => objectId === '2')!.raw)).toMatchObject({ id: '2', created_at: now })
})

test('event.poller.backfill says since when', async () => {
  const past = Date.parse('2026-01-02T00:00:00Z') / 1_000
  vendor.conversations = [
    { id: '1', created_at: past - 10, updated_at: past - 10 },
    { id: '2', created_at: past, updated_at: past },
    { id: '3', created_at: past - 10, updated_at: past + 10 },
  ]
  await polling({ 'event.poller.backfill': '2026-01-02T00:00:00Z' })
  await polls()
  expect(told()).toEqual(['2 CREATED', '3 UPDATED'])
})

test('conversations that were deleted are told of, once', async () => {
  const instance = await polling()
  vendor.deleted = [{ id: '9', deleted_at: second() }]
  await polls()
  await again(instance)
  expect(told()).toEqual(['9 DELETED'])
})

test('a poller that dies between publishing and saving publishes the same ids again, and in the same run', async () => {
  const instance = await polling()
  const now = second()
  vendor.pageSize = 2
  vendor.conversations = [1, 2, 3, 4, 5].map(id => ({ id: String(id), created_at: now, updated_at: now }))
  const dying = poller({ leaseMs: 300 })
  // The connection to the database is gone at the moment the second page is published.
  const query = jest.spyOn(database.pool, 'query')
  const published = publish
  let pages = 0
  publish = async (topic, records) => {
    await published(topic, records)
    if (++pages === 2) query.mockRejectedValue(new Error('terminating connection') as never)
  }
  const runId = await schedule.pollNow(instance.id)
  await polls(dying)
  query.mockRestore()
  publish = published
  expect(events).toHaveLength(4)
  const [first] = await schedule.resources(instance.id)
  await new Promise(resolve => setTimeout(resolve, 400))
  await polls()
  const [after] = await schedule.resources(instance.id)
  expect(new Set(events.map(({ id }) => id)).size).toBe(5)
  expect(new Set(events.map(({ origin }) => origin))).toEqual(new Set([runId]))
  expect(first!.watermark.getTime()).toBeLessThanOrEqual(after!.watermark.getTime())
  expect((await schedule.run(instance.id, runId!))!.state).toBe('done')
})

test('a publish that fails moves nothing, and the run is repeated 30 s later', async () => {
  const instance = await polling()
  const now = second()
  vendor.conversations = [{ id: '1', created_at: now, updated_at: now }]
  const published = publish
  publish = async () => {
    throw new Error('the log is away')
  }
  const run = await again(instance)
  expect(run).toMatchObject({ state: 'failed', resources: [{ error: 'not published: the log is away', events: 0 }] })
  const [resource] = await schedule.resources(instance.id)
  expect(resource!.nextDue.getTime() - Date.now()).toBeGreaterThan(28_000)
  expect(resource!.nextDue.getTime() - Date.now()).toBeLessThan(34_000)
  expect(resource!.failures).toBe(0)
  publish = published
  await again(instance)
  expect(told()).toEqual(['1 CREATED'])
})

test('failures in a row wait longer, up to the interval, and a hundred of them pause the resource until it is resumed', async () => {
  const instance = await polling()
  vendor.answer = () => ({ status: 500, headers: {}, body: 'down' })
  const waits: number[] = []
  for (let failure = 1; failure <= 7; failure++) {
    await again(instance)
    const [resource] = await schedule.resources(instance.id)
    waits.push(Math.round((resource!.nextDue.getTime() - Date.now()) / 30_000))
  }
  expect(waits).toEqual([1, 2, 4, 8, 16, 30, 30])
  await database.pool.query('update polled_resource set failures = 99')
  await again(instance)
  expect(await schedule.paused(instance.accountId)).toMatchObject([
    { instanceId: instance.id, resource: 'conversations', failures: 100 },
  ])
  const asked = vendor.requests.length
  expect(await again(instance)).toMatchObject({ state: 'failed' })
  expect(vendor.requests.length).toBe(asked)
  vendor.answer = null
  expect(await schedule.resume(instance.id)).toBe(1)
  await polls()
  expect((await schedule.resources(instance.id))[0]).toMatchObject({ failures: 0, pausedAt: null, error: null })
})

test('a token that is revoked pauses the resource at once', async () => {
  const instance = await polling()
  const body = JSON.stringify({ type: 'error.list', errors: [{ code: 'token_revoked', message: 'revoked' }] })
  vendor.answer = () => ({ status: 401, headers: {}, body })
  await again(instance)
  expect(await schedule.paused(instance.accountId)).toHaveLength(1)
  const asked = vendor.requests.length
  await polls()
  expect(vendor.requests.length).toBe(asked)
})

test('credentials that the vendor does not take three times in a row pause the resource, and what else fails in between does not', async () => {
  const instance = await polling()
  const answers = [401, 401, 500, 401, 401]
  for (const status of answers) {
    vendor.answer = () => ({ status, headers: {}, body: 'no' })
    await again(instance)
  }
  expect(await schedule.paused(instance.accountId)).toEqual([])
  await again(instance)
  expect(await schedule.paused(instance.accountId)).toMatchObject([
    { failures: 6, error: expect.stringContaining('unauthorized: Intercom answered 401') as unknown },
  ])
  await schedule.resume(instance.id)
  await polls()
  expect(await schedule.paused(instance.accountId)).toEqual([])
  expect((await schedule.resources(instance.id))[0]).toMatchObject({ failures: 1 })
})

test('a throttled instance rests until the vendor says, and holds up no other', async () => {
  const throttled = await polling()
  await polls()
  vendor.answer = () => ({
    status: 429,
    headers: { 'x-ratelimit-reset': String(second() + 120) },
    body: JSON.stringify({ type: 'error.list', errors: [{ code: 'rate_limit_exceeded', message: 'slow down' }] }),
  })
  const run = await again(throttled)
  expect(run.state).toBe('running')
  expect(run.resources[0]!.error).toContain('throttled')
  vendor.answer = null
  const asked = vendor.requests.length
  const other = await polling()
  await schedule.pollNow(throttled.id)
  await polls()
  expect((await schedule.runs(other.id))[0]).toMatchObject({ state: 'done' })
  expect((await schedule.runs(throttled.id))[0]).toMatchObject({ id: run.id, state: 'running' })
  expect(vendor.requests.length).toBe(asked + 2)
})

test('a budget that the vendor says is spent is not exceeded', async () => {
  const instance = await polling()
  const now = second()
  vendor.pageSize = 1
  vendor.conversations = [1, 2, 3].map(id => ({ id: String(id), created_at: now, updated_at: now }))
  vendor.answer = async request => {
    vendor.answer = null
    const answer = await vendor.http(request)
    vendor.requests.pop()
    return { ...answer, headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(now + 60) } }
  }
  const run = await again(instance)
  expect(run).toMatchObject({ state: 'running', resources: [{ pages: 1, events: 1 }] })
  expect(vendor.requests).toHaveLength(1)
})

test('an instance whose vendor hangs holds up no other', async () => {
  const hanging = await polling({ 'oauth.user.token': 'hangs' })
  const other = await polling()
  let letGo = () => {}
  vendor.answer = request => {
    if (!request.headers['authorization']?.includes('hangs')) return null
    return new Promise<VendorResponse>(resolve => (letGo = () => resolve({ status: 500, headers: {}, body: '' })))
  }
  const one = poller()
  await one.tick()
  for (let tries = 0; tries < 100 && (await schedule.runs(other.id))[0]?.state !== 'done'; tries++) {
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  expect((await schedule.runs(other.id))[0]).toMatchObject({ state: 'done' })
  expect((await schedule.runs(hanging.id))[0]).toMatchObject({ state: 'running' })
  letGo()
  await one.settled()
})

test('a poller that is stopped ends its page, gives the lease back, and the next one goes on from there', async () => {
  const instance = await polling()
  const now = second()
  vendor.pageSize = 1
  vendor.conversations = [1, 2, 3].map(id => ({ id: String(id), created_at: now, updated_at: now }))
  const one = poller()
  const published = publish
  publish = async (topic, records) => {
    await published(topic, records)
    void one.stop()
  }
  await polls(one)
  publish = published
  expect(events).toHaveLength(1)
  await polls()
  expect(told().sort()).toEqual(['1 CREATED', '2 CREATED', '3 CREATED'])
  expect(await schedule.runs(instance.id)).toMatchObject([{ state: 'done', resources: [{ pages: 4, events: 3 }] }])
})

test('a poller that is stopped doesn’t wait for a vendor that hangs, nor hold it against the resource', async () => {
  const instance = await polling()
  let asked = () => {}
  const hanging = new Promise<void>(resolve => (asked = resolve))
  vendor.answer = () => {
    asked()
    return new Promise<VendorResponse>(() => {})
  }
  const one = poller({ endGraceMs: 50 })
  await one.tick()
  await hanging
  await one.stop()
  vendor.answer = null
  await polls()
  expect(await schedule.runs(instance.id)).toMatchObject([{ state: 'done' }])
  expect((await schedule.resources(instance.id))[0]).toMatchObject({ failures: 0 })
})

test('a mistyped resource fails by itself and says why; the others are polled', async () => {
  const configured = { conversations: { url: '/hubs/marketing/conversations' }, nonsense: { url: '/hubs/x/nonsense' } }
  const instance = await polling({ 'event.poller.configuration': JSON.stringify(configured) })
  await polls()
  const [run] = await schedule.runs(instance.id)
  expect(run!.resources).toMatchObject([
    { resource: 'conversations', state: 'done' },
    { resource: 'nonsense', state: 'failed', error: expect.stringContaining('has no resource "nonsense"') as string },
  ])
})

test('a snapshot tells of what is new, changed and gone; what was there at first is no news', async () => {
  vendor.answer = request => {
    if (!request.url.endsWith('/tags')) return null
    return ok({ type: 'list', data: tags })
  }
  let tags = [
    { type: 'tag', id: '1', name: 'a' },
    { type: 'tag', id: '2', name: 'b' },
  ]
  const instance = await polling({ 'event.poller.configuration': '{"tags":{"url":"/hubs/marketing/tags"}}' })
  await polls()
  expect(told()).toEqual([])
  tags = [
    { type: 'tag', id: '2', name: 'B' },
    { type: 'tag', id: '3', name: 'c' },
  ]
  await again(instance)
  expect(told().sort()).toEqual(['1 DELETED', '2 UPDATED', '3 CREATED'])
  await again(instance)
  expect(events).toHaveLength(3)
})

test('the documented iContact poll works as printed: another id field, a format that doesn’t fit, New York’s time', async () => {
  const createDate = new Date(Date.now() + 1_000).toLocaleString('sv-SE', { timeZone: 'America/New_York' })
  vendor.answer = request => {
    if (!request.url.includes('/contacts')) throw new Error(`not asked for: ${request.url}`)
    const contacts = [{ contactId: '66674163', email: 'user@example.com', createDate, status: 'normal' }]
    return { ...ok({ contacts, limit: 500, offset: 0, total: 1 }), headers: { 'content-type': 'text/html' } }
  }
  const format = "yyyy-MM-dd'T'HH:mm:ssXXX"
  const instance = await fixture.create({
    elementKey: 'icontact',
    identity: { variables: { accountId: '1', clientFolderId: '2' } },
    configuration: {
      ...{ 'api.version': '2.2', AppID: 'app', 'api.username': 'user', 'api.password': 'pass' },
      'event.notification.enabled': 'true',
      'event.vendor.type': 'polling',
      'event.poller.refresh_interval': '15',
      'event.poller.configuration': JSON.stringify({
        contacts: {
          url: '/hubs/general/contacts',
          idField: 'messageId',
          datesConfiguration: {
            ...{ updatedDateField: 'createDate', updatedDateFormat: format },
            ...{ createdDateField: 'createDate', createdDateFormat: format },
          },
        },
      }),
    },
  })
  await schedule.sync(fixture.dataSource.manager, instance)
  await polls()
  expect(told()).toEqual(['66674163 CREATED'])
  expect(Math.abs(Date.parse(events[0]!.date) - Date.now())).toBeLessThan(10_000)
})
