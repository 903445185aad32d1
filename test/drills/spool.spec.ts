import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { EVENT_LOG, SpoolTable, type EventLog, type StoredRecord } from '#event-log'
import { DurablePublisher } from '../../apps/webhook-gateway/src/spool/durable-publisher.js'
import { RunningGateway } from '../../apps/webhook-gateway/src/testing/running-gateway.js'
import { whyNoKafka } from '../../libs/event-log/src/testing/test-kafka.js'
import { Broker } from './support/broker.js'

// A broker that was given to us is none of ours to stop; the drill starts its own.
const givenKafka = process.env['KAFKA_BROKERS'] !== undefined && process.env['KAFKA_REQUIRED'] !== '1'
const why = givenKafka ? 'that of KAFKA_BROKERS is not ours to stop' : whyNoKafka()
const describeWithKafka = why ? describe.skip : describe

describeWithKafka(`a gateway whose Kafka is stopped${why ? ` (${why})` : ''}`, () => {
  let folder: string
  let broker: Broker | undefined
  let gateway: RunningGateway | undefined

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tributary-spool-'))
    broker = await Broker.start(folder)
    gateway = await RunningGateway.start({ KAFKA_BROKERS: broker.address })
  }, 180_000)

  afterAll(async () => {
    await gateway?.close()
    await broker?.stop()
    if (folder) await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }, 60_000)

  test('spools what comes, and afterwards every record is on the log, each key’s in order', async () => {
    const { app } = gateway!
    const [log, publisher, spool] = [app.get<EventLog>(EVENT_LOG), app.get(DurablePublisher), app.get(SpoolTable)]
    const topic = `drill-${randomUUID()}`
    await log.ensureTopics([topic])
    const read: StoredRecord[] = []
    await log.subscribe({ topics: [topic], readers: 'group', group: topic }, async ({ records }) => {
      read.push(...records)
      return { kind: 'done' }
    })
    const kinds = new Map<string, number>()
    let sent = 0
    const send = async (count: number) => {
      for (let n = 0; n < count; n++, sent++) {
        const { kind } = await publisher.publish(topic, [{ key: `key-${sent % 7}`, value: String(sent) }])
        kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
      }
    }
    await send(50)
    expect(kinds).toEqual(new Map([['published', 50]]))
    await broker!.stop()
    await send(2_000)
    expect(kinds.get('spooled')).toBeGreaterThanOrEqual(1_990)
    expect(kinds.has('unavailable')).toBe(false)
    await broker!.start()
    // While the spool drains, too.
    while ((await spool.oldest()) !== null || sent < 2_500) {
      await send(5)
      await pause(10)
    }
    await until(() => new Set(read.map(record => record.value.toString())).size === sent)
    for (let key = 0; key < 7; key++) {
      const values = read.filter(record => record.key === `key-${key}`).map(record => Number(record.value.toString()))
      // A publish that wasn't confirmed may be there twice; the first of each counts.
      const firsts = [...new Set(values)]
      expect(firsts).toEqual([...firsts].sort((a, b) => a - b))
    }
    expect(await log.keepsMs(topic)).toBeGreaterThan(86_400_000)
  }, 180_000)
})

async function until(check: () => boolean): Promise<void> {
  for (const end = Date.now() + 60_000; !check(); await pause(50)) {
    if (Date.now() > end) throw new Error('it did not come to that')
  }
}
