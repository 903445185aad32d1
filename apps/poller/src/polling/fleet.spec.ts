import type { VendorRequest } from '#connectors'
import type { EventLog } from '#event-log'
import { PollSchedule, VendorCalls, type Instance, type VendorSessions } from '#instances'
import { Metrics, type Logger } from '#platform'
import { testDatabase, type TestDatabase } from '#test'
import { setTimeout as pause } from 'node:timers/promises'
import { Fixture } from '../../../../libs/instances/src/testing/fixture.js'
import { fixedOptions } from './options.js'
import { Poller } from './poller.js'
import { PostgresSchedule } from './store/postgres-schedule.js'
import { ok } from './testing/conversations.js'
import { Watcher } from './watcher.js'

const logger = { info() {}, warn() {}, error() {} } as unknown as Logger
const log = { publish: () => Promise.resolve() } as unknown as EventLog
const fleetSize = 48
const concurrency = 4

let database: TestDatabase
let fixture: Fixture
let asked: VendorRequest[]
let answered: (poller: string) => Promise<void>

beforeEach(async () => {
  database = await testDatabase()
  fixture = await Fixture.open(database)
  asked = []
  answered = () => Promise.resolve()
})

afterEach(async () => {
  await fixture.close()
  await database.drop()
})

async function fleet(resource: string): Promise<Instance[]> {
  const schedule = new PollSchedule(fixture.dataSource, fixture.connectors)
  const configuration = {
    ...{ 'oauth.user.token': 'tok', 'event.notification.enabled': 'true', 'event.vendor.type': 'polling' },
    'event.poller.refresh_interval': '15',
    'event.poller.configuration': JSON.stringify({ [resource]: { url: `/hubs/marketing/${resource}` } }),
  }
  const identity = { workspace: 'w', timeZone: 'UTC', variables: { site: 'US' } }
  return Promise.all(
    Array.from({ length: fleetSize }, async () => {
      const instance = await fixture.create({ configuration, identity })
      await schedule.sync(fixture.dataSource.manager, instance)
      return instance
    }),
  )
}

class Fellow extends Poller {
  readonly claims: { limit: number; instances: number[] }[] = []

  constructor(name: string, leaseMs = fixedOptions.leaseMs, places = concurrency) {
    const schedule = new PostgresSchedule(database.pool, name, leaseMs)
    const sessions = {
      calls: ({ configuration, identity }: Instance) =>
        new VendorCalls({ session: async () => ({ configuration: { ...configuration }, identity }), renew: null }),
      http: () => async (request: VendorRequest) => {
        asked.push(request)
        await answered(name)
        return ok({ type: 'list', data: [], conversations: [], pages: { next: null }, total_count: 0 })
      },
    } as unknown as VendorSessions
    const ports = {
      schedule,
      sessions,
      log,
      connectors: fixture.connectors,
      watcher: new Watcher(logger, new Metrics()),
    }
    const options = {
      ...{ ...fixedOptions, topicPrefix: 'tributary', concurrency: places, eventsPerSecond: 1e6, keepRunsMs: 1_000 },
      leaseMs,
    }
    super(fixture.instances(), { ...ports, now: Date.now, random: Math.random }, options, logger)
    const claimDue = schedule.claimDue.bind(schedule)
    schedule.claimDue = async limit => {
      const claims = await claimDue(limit)
      this.claims.push({ limit, instances: claims.map(({ instanceId }) => instanceId) })
      return claims
    }
  }

  get polled(): number[] {
    return this.claims.flatMap(({ instances }) => instances)
  }
}

async function work(fellows: readonly Poller[]): Promise<void> {
  await Promise.all(fellows.map(each => each.tick()))
  await Promise.all(fellows.map(each => each.settled()))
}

/** Statements by name. */
function statements(): Map<string, number> {
  const counts = new Map<string, number>()
  const query = database.pool.query.bind(database.pool) as (...args: unknown[]) => unknown
  jest.spyOn(database.pool, 'query').mockImplementation(((...args: [{ name?: string }]) => {
    const name = args[0].name ?? 'unnamed'
    counts.set(name, (counts.get(name) ?? 0) + 1)
    return query(...args)
  }) as never)
  jest.spyOn(database.pool, 'connect')
  return counts
}

test.each([
  ['contacts', 1, { poll_claim_due: 1, instances_by_ids: 1, poll_settle: fleetSize }],
  ['conversations', 2, { poll_claim_due: 1, instances_by_ids: 1, poll_checkpoint: fleetSize, poll_settle: fleetSize }],
])('of a poll of %s without news: requests to the vendor, statements', async (resource, requests, expected) => {
  await fleet(resource)
  const fellow = new Fellow('one', undefined, fleetSize + 1)
  const counts = statements()
  await work([fellow])
  expect(Object.fromEntries(counts)).toEqual(expected)
  // Nothing is a transaction of several statements.
  expect(database.pool.connect).toHaveBeenCalledTimes([...counts.values()].reduce((sum, count) => sum + count, 0))
  expect(asked).toHaveLength(fleetSize * requests)
  await work([fellow])
  expect(asked).toHaveLength(fleetSize * requests)
})

test('what is due all at once is shared, a few at a time, polled once, and spread over the interval from then on', async () => {
  const instances = await fleet('contacts')
  const fellows = ['a', 'b', 'c'].map(name => new Fellow(name))
  // As after a standstill of a day.
  await database.pool.query(`update polled_resource set next_due = now() - interval '1 day'`)
  await database.pool.query(`update polled_instance set due_at = now() - interval '1 day'`)
  await work(fellows)
  const polled = fellows.flatMap(each => each.polled)
  expect(polled.sort((a, b) => a - b)).toEqual(instances.map(({ id }) => id).sort((a, b) => a - b))
  expect(asked).toHaveLength(fleetSize)
  for (const fellow of fellows) {
    expect(fellow.polled.length).toBeGreaterThanOrEqual(fleetSize / 6)
    expect(Math.max(...fellow.claims.map(({ limit }) => limit))).toBeLessThanOrEqual(concurrency)
  }
  const { rows } = await database.pool.query<{ due: number }>(
    `select extract(epoch from due_at - now())::float8 as due from polled_instance order by due_at`,
  )
  const dues = rows.map(({ due }) => due)
  expect(dues[0]).toBeGreaterThan(440)
  expect(dues.at(-1)).toBeLessThan(901)
  const perMinute = Array.from(
    { length: 16 },
    (_, minute) => dues.filter(due => Math.floor(due / 60) === minute).length,
  )
  // 48 in seven and a half minutes.
  expect(Math.max(...perMinute)).toBeLessThanOrEqual(10)
})

test('what a dead poller had is taken over once its lease has ended, by those that live', async () => {
  await fleet('contacts')
  let wake = () => {}
  const sleep = new Promise<void>(resolve => (wake = resolve))
  answered = poller => (poller === 'dead' ? sleep : Promise.resolve())
  const dead = new Fellow('dead', 1_000)
  await dead.tick()
  const living = ['b', 'c'].map(name => new Fellow(name))
  await work(living)
  expect(living.flatMap(each => each.polled)).toHaveLength(fleetSize - concurrency)
  await pause(1_100)
  await work(living)
  const { rows } = await database.pool.query(
    `select count(*)::int as runs, count(finished_at)::int as finished from poll_run`,
  )
  expect(rows).toEqual([{ runs: fleetSize, finished: fleetSize }])
  expect(living.flatMap(each => each.polled)).toEqual(expect.arrayContaining(dead.polled))
  wake()
  await dead.settled()
})
