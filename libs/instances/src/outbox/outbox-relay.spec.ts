import { PostgresEventLog, type EventLog, type LogRecord } from '#event-log'
import { testDatabase, type TestDatabase } from '#test'
import { Fixture } from '../testing/fixture.js'
import { OutboxRelay } from './outbox-relay.js'

let database: TestDatabase
let fixture: Fixture
let log: PostgresEventLog

beforeAll(async () => {
  database = await testDatabase()
  fixture = await Fixture.open(database)
  log = new PostgresEventLog({ pool: database.pool })
  await log.ensureTopics(['test.instances'])
})

afterAll(async () => {
  await log.close()
  await fixture.close()
  await database.drop()
})

async function waiting(): Promise<number> {
  const { rows } = await database.pool.query<{ count: number }>('select count(*)::integer as count from outbox')
  return rows[0]?.count ?? 0
}

test('every change reaches the log once, however many relays run; in order, and without a secret', async () => {
  const values: unknown[] = []
  const subscription = await log.subscribe(
    { topics: ['test.instances'], readers: 'group', group: 'spec' },
    async batch => {
      values.push(...batch.records.map(({ value }) => JSON.parse(String(value)) as unknown))
      return { kind: 'done' }
    },
  )
  const { id } = await fixture.create()
  for (let at = 0; at < 5; at++) await fixture.instances().update(id, { name: `${at}` })
  await fixture.instances().delete(id)
  const relays = [1, 2, 3].map(() => new OutboxRelay(fixture.dataSource, log, 'test'))
  const moved = await Promise.all(relays.map(relay => relay.drain()))
  expect(moved.reduce((a, b) => a + b)).toBe(7)
  expect(await waiting()).toBe(0)
  for (const deadline = Date.now() + 10_000; values.length < 7 && Date.now() < deadline;) {
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  await subscription.close()
  expect(values).toEqual([1, 2, 3, 4, 5, 6, 7].map(version => ({ instanceId: id, version, deleted: version === 7 })))
})

test('what the log does not take stays, and is moved by the next attempt', async () => {
  await fixture.create()
  const published: LogRecord[] = []
  let down = true
  const flaky = {
    publish: async (_topic: string, records: LogRecord[]) => {
      if (down) throw new Error('the log is down')
      published.push(...records)
    },
  } as unknown as EventLog
  const relay = new OutboxRelay(fixture.dataSource, flaky, 'test')
  await expect(relay.drain()).rejects.toThrow('the log is down')
  expect(await waiting()).toBe(1)
  down = false
  expect([await relay.drain(), published.length, await waiting()]).toEqual([1, 1, 0])
})
