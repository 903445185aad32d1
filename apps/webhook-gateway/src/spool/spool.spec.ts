import { randomUUID } from 'node:crypto'
import { EVENT_LOG, PublishFailedError, SpoolTable } from '#event-log'
import type { EventLog, LogRecord, StoredRecord } from '#event-log'
import { POOL } from '#database'
import { Metrics } from '#platform'
import type { Pool } from 'pg'
import { RunningGateway } from '../testing/running-gateway.js'
import { release } from './drain.js'
import { DurablePublisher } from './durable-publisher.js'

/** A real log with a switch: off, it doesn't answer, as brokers that are gone don't. */
function withSwitch(log: EventLog) {
  const publish = log.publish.bind(log)
  const probe = log.probe.bind(log)
  const state = { on: true }
  const dead = () => Promise.reject(new PublishFailedError('timeout', 'the log does not answer'))
  log.publish = (...call) => (state.on ? publish(...call) : dead())
  log.probe = (...call) => (state.on ? probe(...call) : dead())
  return state
}

describe('the spool', () => {
  let gateway: RunningGateway
  let log: EventLog
  let publisher: DurablePublisher
  let pool: Pool
  let spool: SpoolTable
  let power: { on: boolean }
  let read: StoredRecord[]

  beforeAll(async () => {
    gateway = await RunningGateway.start({ SPOOL_RECORDS_PER_SECOND: '100000' })
    log = gateway.app.get<EventLog>(EVENT_LOG)
    publisher = gateway.app.get(DurablePublisher)
    pool = gateway.app.get<Pool>(POOL)
    spool = gateway.app.get(SpoolTable)
    power = withSwitch(log)
    await log.ensureTopics(['plain'])
    await log.subscribe({ topics: ['plain'], readers: 'group', group: randomUUID() }, async batch => {
      read.push(...batch.records)
      return { kind: 'done' }
    })
  })
  beforeEach(() => (read = []))
  afterAll(() => gateway.close())

  const record = (key: string, value: string): LogRecord => ({
    key,
    value: JSON.stringify(value),
    headers: { h: value },
  })
  const waiting = async () => (await spool.counts()).waiting
  const metric = async (name: string) =>
    (await gateway.app.get(Metrics).registry.getSingleMetric(name)!.get()).values[0]?.value ?? NaN

  test('while the log is down all is taken; once it is back, each key’s records arrive in their order', async () => {
    power.on = false
    const kinds = new Set<string>()
    for (let n = 0; n < 60; n++) kinds.add((await publisher.publish('plain', [record(`k${n % 3}`, `${n}`)])).kind)
    expect([...kinds]).toEqual(['spooled'])
    expect(await metric('tributary_spool_records')).toBe(60)
    expect(await metric('tributary_spool_oldest_seconds')).toBeGreaterThan(0)
    power.on = true
    // What comes in meanwhile doesn't overtake.
    for (let n = 60; n < 120; n++) {
      await publisher.publish('plain', [record(`k${n % 3}`, `${n}`)])
      await new Promise(done => setTimeout(done, 20))
    }
    await until(() => read.length >= 120)
    for (const key of ['k0', 'k1', 'k2']) {
      const values = read.filter(one => one.key === key).map(one => Number(JSON.parse(one.value.toString())))
      expect(values).toEqual([...values].sort((a, b) => a - b))
      expect(new Set(values).size).toBe(40)
    }
    expect(await waiting()).toBe(0)
  })

  test('several gateways drain at once without swapping records of a key', async () => {
    for (let n = 0; n < 400; n++) await spool.add('plain', [record(`s${n % 2}`, `${n}`)])
    const others = [new SpoolTable(pool), new SpoolTable(pool), new SpoolTable(pool)]
    while ((await waiting()) > 0) {
      await Promise.all(others.map(one => one.drain(37, batch => release(log, batch))))
    }
    await until(() => read.length >= 400)
    for (const key of ['s0', 's1']) {
      const values = read.filter(one => one.key === key).map(one => Number(JSON.parse(one.value.toString())))
      expect(values).toEqual(Array.from({ length: 200 }, (_, n) => n * 2 + Number(key[1])))
    }
  })

  test('what the log refuses is set aside with its error, and the rest goes on in order', async () => {
    const tooLarge = 'x'.repeat(5 * 1024 * 1024)
    await spool.add(
      'plain',
      ['1', '2'].map(value => record('r', value)),
    )
    await spool.add('plain', [record('r', tooLarge)])
    await spool.add('no-such-topic', [record('r', 'lost')])
    await spool.add(
      'plain',
      ['3', '4'].map(value => record('r', value)),
    )
    await until(async () => (await waiting()) === 0)
    await until(() => read.length >= 4)
    expect(read.map(one => JSON.parse(one.value.toString()) as string)).toEqual(['1', '2', '3', '4'])
    const refused = await spool.refused(10)
    expect(refused.map(({ topic, error }) => [topic, error])).toEqual([
      ['plain', expect.stringContaining('larger than the event log takes') as string],
      ['no-such-topic', expect.stringContaining('has no topic "no-such-topic"') as string],
    ])
    expect(await metric('tributary_spool_refused_records')).toBe(2)

    // Mended, and asked again: what can go goes, the other is set aside anew.
    await log.ensureTopics(['no-such-topic'])
    expect(await spool.retry(null)).toBe(2)
    await until(async () => (await waiting()) === 0)
    expect((await spool.refused(10)).map(one => one.topic)).toEqual(['plain'])
    expect(await spool.forgetRefused(new Date(Date.now() + 60_000))).toBe(1)
  })

  test('a log that does not answer sets nothing aside, whatever its probe says', async () => {
    const batch = [{ id: '1', topic: 'plain', key: 'k', value: '1', timestamp: Date.now() }]
    const deaf: EventLog = Object.assign(Object.create(log) as EventLog, {
      publish: () => Promise.reject(new PublishFailedError('timeout', 'not in time')),
      probe: () => Promise.resolve(),
    })
    await expect(release(deaf, batch)).rejects.toThrow('not in time')
  })

  test('a notification that the log refuses is spooled and set aside, and the log stays in use', async () => {
    expect(await publisher.publish('nowhere', [record('a', '1')])).toEqual({ kind: 'spooled' })
    expect(await publisher.publish('plain', [record('b', '1')])).toEqual({ kind: 'published' })
    await until(async () => (await spool.refused(10)).some(one => one.topic === 'nowhere'))
    await spool.forgetRefused(new Date(Date.now() + 60_000))
  })

  test('what was erased since it was spooled is not published; what was spooled later is', async () => {
    power.on = false
    await spool.add('plain', [
      record('7:contacts:a', 'before'),
      record('7:contacts:b', 'kept'),
      record('8:c:d', 'gone'),
    ])
    for (const [instance, type, object] of [
      [7, 'contacts', 'a'],
      [8, null, null],
    ] as const) {
      const key = type === null ? `${instance}:` : `${instance}:${type}:${object}`
      await pool.query(
        `insert into erased (account_id, instance_id, object_type, object_id, key) values (1, $1, $2, $3, $4)`,
        [instance, type, object, Buffer.from(key)],
      )
    }
    await spool.add('plain', [record('7:contacts:a', 'after')])
    power.on = true
    await until(() => read.length >= 2)
    await until(async () => (await waiting()) === 0)
    expect(read.map(one => JSON.parse(one.value.toString()) as string).sort()).toEqual(['after', 'kept'])
  })

  test('a spooled record keeps the time at which it was accepted', async () => {
    await spool.add('plain', [record('t', 'old')])
    await pool.query(`update webhook_spool set spooled_at = '2026-01-02T03:04:05Z'`)
    await until(() => read.length >= 1)
    expect(new Date(read[0]!.timestamp).toISOString()).toBe('2026-01-02T03:04:05.000Z')
  })
})

async function until(check: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 15_000; !(await check());) {
    if (Date.now() > end) throw new Error('it did not come to that')
    await new Promise(done => setTimeout(done, 20))
  }
}
