import { randomUUID } from 'node:crypto'
import { testDatabase, type TestDatabase } from '#test'
import { openKafka } from './conformance/kafka-under-test.js'
import { openPostgres } from './conformance/postgres-under-test.js'
import { assertOrder, done, Reading, sleep, until } from './conformance/reading.js'
import type { EventLog } from './event-log.js'
import type { PostgresEventLog } from './postgres/postgres-event-log.js'
import { Relay } from './relay.js'
import { testKafka, whyNoKafka } from './testing/test-kafka.js'
import { dispatchGroup, eventsTopic, eventsTopicPrefix } from './topics.js'

const why = whyNoKafka()
const describeWithKafka = why ? describe.skip : describe

describeWithKafka(`the switch from PostgreSQL to Kafka${why ? ` (${why})` : ''}`, () => {
  let database: TestDatabase
  let brokers: string[]

  beforeAll(async () => {
    database = await testDatabase()
    brokers = (await testKafka()).brokers ?? []
  }, 180_000)
  afterAll(() => database.drop())

  test('under load loses nothing, whichever log a process still appends to', async () => {
    const prefix = `switch-${randomUUID()}`
    const topic = eventsTopic(prefix, 'intercom')
    const group = dispatchGroup(prefix)
    const old = openPostgres(database.url).log as PostgresEventLog
    const kafka = openKafka(brokers).log
    await old.ensureTopics([topic])
    await kafka.ensureTopics([topic])
    const stillOld = new Load(old, topic, 'old')

    // The dispatcher on PostgreSQL is slow, so it leaves a rest when it is stopped.
    const before = new Reading(async () => {
      await sleep(100)
      return done
    })
    const dispatcher = await old.subscribe({ topics: [topic], readers: 'group', group, maxRecords: 20 }, before.handler)
    await sleep(1_500)
    await dispatcher.close()
    expect(await old.remaining(group, [topic])).toBeGreaterThan(0)

    // KAFKA_BROKERS is set: the dispatcher is on Kafka, with a relay; one gateway has followed, another has not yet.
    const from = openPostgres(database.url).log as PostgresEventLog
    const relay = new Relay({
      ...{ from, to: kafka, pool: database.pool, topicPrefix: eventsTopicPrefix(prefix), group },
      warn: () => undefined,
    })
    const after = new Reading()
    await kafka.subscribe({ topics: [topic], readers: 'group', group }, after.handler)
    const switched = new Load(kafka, topic, 'new')
    await sleep(2_000)
    const acknowledged = [...(await stillOld.stop()), ...(await switched.stop())]
    let left = NaN
    void (async () => {
      for (; left !== 0; await sleep(50)) left = await relay.remaining()
    })()
    await until(
      () => left === 0,
      () => `${left} records are yet to be moved`,
      60_000,
    )

    const read = new Set([...before.values, ...after.values])
    await until(
      () => acknowledged.every(value => read.has(value) || after.values.includes(value)),
      () => 'records were lost',
      30_000,
    )
    assertOrder([...before.records, ...after.records])
    expect(acknowledged.length).toBeGreaterThan(500)
    await relay.close()
    await Promise.all([old.close(), kafka.close()])
  }, 120_000)
})

test('what was erased is not moved, and the rest keeps the time it was accepted at', async () => {
  const [here, there] = [await testDatabase(), await testDatabase()]
  const old = openPostgres(here.url).log as PostgresEventLog
  const to = openPostgres(there.url).log
  const topic = eventsTopic('moved', 'intercom')
  for (const log of [old, to]) await log.ensureTopics([topic])
  const timestamp = Date.now() - 60_000
  await old.publish(topic, [
    { key: '1:contacts:gone', value: 'erased', timestamp },
    { key: '1:contacts:kept', value: 'kept', timestamp },
    { key: '1:contacts:gone', value: 'later', timestamp: Date.now() + 1_000 },
  ])
  await here.pool.query(
    `insert into erased (account_id, instance_id, object_type, object_id, key, erased_at)
     values (1, 1, 'contacts', 'gone', '1:contacts:gone', now() - interval '30 s')`,
  )
  const relay = new Relay({
    ...{ from: openPostgres(here.url).log as PostgresEventLog, to, pool: here.pool },
    ...{ topicPrefix: eventsTopicPrefix('moved'), group: dispatchGroup('moved'), warn: () => undefined },
  })
  const reading = new Reading()
  await to.subscribe({ topics: [topic], readers: 'group', group: 'g' }, reading.handler)
  await reading.has(['kept', 'later'])
  expect(reading.values).not.toContain('erased')
  expect(reading.records.find(record => record.value.toString() === 'kept')?.timestamp).toBe(timestamp)
  await relay.close()
  await Promise.all([old.close(), to.close()])
  await Promise.all([here.drop(), there.drop()])
})

/** Publishes one record after the other under each of a few keys. */
class Load {
  private stopped = false
  private readonly acknowledged: string[] = []
  private readonly callers: Promise<void>[]

  constructor(log: EventLog, topic: string, name: string) {
    this.callers = Array.from({ length: 8 }, async (_, caller) => {
      const key = `${name}-${caller}`
      for (let n = 0; !this.stopped; n++) {
        await log.publish(topic, [{ key, value: `${key}:${n}` }])
        this.acknowledged.push(`${key}:${n}`)
      }
    })
  }

  async stop(): Promise<string[]> {
    this.stopped = true
    await Promise.all(this.callers)
    return this.acknowledged
  }
}
