import { Test } from '@nestjs/testing'
import { Health, PlatformModule, readSettings, Metrics } from '#platform'
import { testDatabase, type TestDatabase } from '#test'
import { until } from '../conformance/reading.js'
import type { EventLog } from '../event-log.js'
import { PostgresEventLog } from '../postgres/postgres-event-log.js'
import { testKafka, whyNoKafka } from '../testing/test-kafka.js'
import { dispatchGroup, eventsTopic, instancesTopic } from '../topics.js'
import { EventLogModule } from './event-log.module.js'
import { EVENT_LOG } from './tokens.js'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.drop())

test('without brokers the log is in PostgreSQL, ready once its topics are there', async () => {
  const app = await appWith({})
  const log = app.get<EventLog>(EVENT_LOG)
  expect(log.engine).toBe('postgres')
  expect((await app.get(Health).ready()).checks['event-log']).toMatchObject({ status: 'down' })
  await log.ensureTopics([instancesTopic('tributary')])
  expect((await app.get(Health).ready()).checks['event-log']).toEqual({ status: 'up' })
  await log.publish(instancesTopic('tributary'), [{ key: '1', value: '{}' }])
  expect(await app.get(Metrics).registry.metrics()).toMatch(
    /tributary_log_published_total\{topic="tributary.instances"\} 1/,
  )
  await app.close()
})

const why = whyNoKafka()
const testWithKafka = why ? test.skip : test

testWithKafka(
  `with brokers a dispatcher moves what PostgreSQL still holds, and shows the rest${why ?? ''}`,
  async () => {
    const { brokers } = await testKafka()
    const prefix = `module-${Date.now()}`
    const topic = eventsTopic(prefix, 'intercom')
    const old = new PostgresEventLog({ pool: database.pool, directUrl: database.url })
    await old.ensureTopics([topic])
    await old.publish(topic, [{ key: 'a', value: 'from before' }])
    const app = await appWith({ KAFKA_BROKERS: brokers?.join(), TOPIC_PREFIX: prefix })
    const log = app.get<EventLog>(EVENT_LOG)
    expect(log.engine).toBe('kafka')
    const seen: string[] = []
    await log.ensureTopics([topic, instancesTopic(prefix)])
    await log.subscribe({ topics: [topic], readers: 'group', group: dispatchGroup(prefix) }, async ({ records }) => {
      for (const { value } of records) seen.push(value.toString())
      return { kind: 'done' }
    })
    await until(
      () => seen.includes('from before'),
      () => 'the record was not moved',
    )
    let checks = (await app.get(Health).ready()).checks
    for (let i = 0; i < 50 && checks['event-log-relay']?.status !== 'up'; i++)
      checks = (await app.get(Health).ready()).checks
    expect(checks).toMatchObject({ 'event-log': { status: 'up' }, 'event-log-relay': { status: 'up' } })
    expect(await app.get(Metrics).registry.metrics()).toMatch(/tributary_log_relay_remaining_records 0/)
    await app.close()
    await old.close()
  },
  60_000,
)

async function appWith(env: Record<string, string | undefined>) {
  const masterKeys = `test:${Buffer.alloc(32).toString('base64')}`
  const settings = readSettings(
    { DATABASE_URL: database.url, MASTER_KEYS: masterKeys, LOG_LEVEL: 'silent', ...env },
    'dispatcher',
  )
  const module = await Test.createTestingModule({ imports: [PlatformModule.with(settings), EventLogModule] }).compile()
  return module.init()
}
