import type { EventLog, LogRecord } from '#event-log'
import { decodeEvent } from '#events'
import { PollSchedule, VendorCalls, type Instance, type Instances, type VendorSessions } from '#instances'
import { Metrics, type Logger } from '#platform'
import { testDatabase, type TestDatabase } from '#test'
import { Fixture } from '../../../../libs/instances/src/testing/fixture.js'
import { fixedOptions } from './options.js'
import { Poller } from './poller.js'
import { PostgresSchedule } from './store/postgres-schedule.js'
import { Conversations } from './testing/conversations.js'
import { Watcher } from './watcher.js'

const logger = { info() {}, warn() {}, error() {} } as unknown as Logger
const options = {
  ...fixedOptions,
  ...{ topicPrefix: 'tributary', concurrency: 8, eventsPerSecond: 1_000_000, keepRunsMs: 1_000 },
}

let database: TestDatabase
let fixture: Fixture
let instances: Instances
let vendor: Conversations
let poller: Poller
let told: string[]
let publish: () => Promise<void>

beforeEach(async () => {
  database = await testDatabase()
  fixture = await Fixture.open(database)
  const schedule = new PollSchedule(fixture.dataSource, fixture.connectors)
  instances = fixture.instances()
  instances.onChange((manager, instance) => schedule.sync(manager, instance))
  vendor = new Conversations()
  told = []
  publish = () => Promise.resolve()
  const log = {
    publish: async (_topic: string, records: readonly LogRecord[]) => {
      await publish()
      for (const { value } of records) told.push(decodeEvent(value.toString()).objectId)
    },
  } as unknown as EventLog
  const sessions = {
    calls: ({ configuration, identity }: Instance) =>
      new VendorCalls({ session: async () => ({ configuration: { ...configuration }, identity }), renew: null }),
    http: () => vendor.http,
  } as unknown as VendorSessions
  poller = new Poller(
    fixture.instances(),
    {
      ...{ schedule: new PostgresSchedule(database.pool, 'me', options.leaseMs), connectors: fixture.connectors },
      ...{ sessions, log, now: Date.now, random: () => 0, watcher: new Watcher(logger, new Metrics()) },
    },
    options,
    logger,
  )
})

afterEach(async () => {
  await fixture.close()
  await database.drop()
})

const polls = {
  ...{ 'oauth.user.token': 'tok', 'event.notification.enabled': 'true', 'event.vendor.type': 'polling' },
  'event.poller.configuration': JSON.stringify({
    conversations: { url: '/hubs/marketing/conversations?orderBy=updated_at desc', idField: 'id' },
  }),
}

/** An instance that was polled an hour ago for the last time. */
async function polledAnHourAgo(): Promise<{ id: number; since: (seconds: number) => void }> {
  const hourAgo = Math.floor(Date.now() / 1_000) - 3_600
  const backfill = new Date(hourAgo * 1_000).toISOString()
  const configuration = { ...polls, 'event.poller.backfill': backfill }
  const identity = { workspace: 'w', timeZone: 'UTC', variables: { site: 'US' } }
  const { id } = await instances.create(fixture.draft({ configuration, identity }))
  vendor.conversations = [{ id: 'before', created_at: hourAgo, updated_at: hourAgo }]
  await tick()
  await database.pool.query('update polled_resource set watermark_ms = $1, since_ms = $1', [hourAgo * 1_000])
  expect(told.splice(0)).toEqual(['before'])
  const changed = (seconds: number) => {
    const at = hourAgo + seconds
    vendor.conversations.push({ id: `at ${seconds}`, created_at: at, updated_at: at })
  }
  return { id, since: changed }
}

async function tick(): Promise<void> {
  await poller.tick()
  await poller.settled()
}

test.each<[string, Record<string, string>]>([
  ['events are off', { ...polls, 'event.notification.enabled': 'false' }],
  ['events come by webhooks', { ...polls, 'event.vendor.type': 'webhooks' }],
  [
    'the configuration names another resource',
    { ...polls, 'event.poller.configuration': '{"teams":{"url":"/hubs/x/teams","mode":"snapshot"}}' },
  ],
])('while %s nothing is polled of it, and what changed meanwhile is delivered once it is again', async (_, away) => {
  const { id, since } = await polledAnHourAgo()
  await instances.update(id, { configuration: away })
  since(1_800)
  vendor.requests.length = 0
  await tick()
  expect(vendor.requests.filter(({ url }) => url.includes('conversations'))).toEqual([])
  await instances.update(id, { configuration: polls })
  await tick()
  expect(told.filter(objectId => objectId.startsWith('at'))).toEqual(['at 1800'])
})

test('a disabled instance rests, and what changed meanwhile is delivered once it is enabled', async () => {
  const { id, since } = await polledAnHourAgo()
  await instances.update(id, { disabled: true })
  since(1_800)
  await database.pool.query('update polled_resource set next_due = now()')
  await tick()
  expect(told).toEqual([])
  await instances.update(id, { disabled: false })
  await tick()
  expect(told).toEqual(['at 1800'])
})

test('a poll under way when events are turned off and on saves nothing, and is made again from its watermark', async () => {
  const { id, since } = await polledAnHourAgo()
  since(1_800)
  await database.pool.query('update polled_resource set next_due = now()')
  await database.pool.query('update polled_instance set due_at = now()')
  publish = async () => {
    publish = () => Promise.resolve()
    await instances.update(id, { configuration: { ...polls, 'event.notification.enabled': 'false' } })
    await instances.update(id, { configuration: polls })
  }
  await tick()
  expect(told).toEqual(['at 1800'])
  since(1_900)
  await tick()
  expect(told.slice(1).sort()).toEqual(['at 1800', 'at 1900'])
  await tick()
  expect(told).toHaveLength(3)
})
