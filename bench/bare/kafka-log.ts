import { Kafka, logLevel, Partitioners } from 'kafkajs'
import type { BareLog, BareRecord } from './record.js'
import { microBatch } from './micro-batch.js'

/** kafkajs as it comes, with micro-batches in front of its producer and one handler for all partitions. */
export async function kafkaLog(brokers: string[], topic: string, role: 'append' | 'read'): Promise<BareLog> {
  const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING })
  const producer = kafka.producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    allowAutoTopicCreation: false,
  })
  if (role === 'append') await producer.connect()
  const send = (records: BareRecord[]) => producer.send({ topic, acks: -1, messages: records })
  return { append: microBatch(send, 2), read: handle => read(kafka, topic, handle) }
}

async function read(kafka: Kafka, topic: string, handle: (values: string[]) => Promise<void>): Promise<void> {
  const consumer = kafka.consumer({ groupId: `${topic}-bare`, maxWaitTimeInMs: 50, minBytes: 1 })
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  const together = gather(handle)
  await consumer.run({
    partitionsConsumedConcurrently: 12,
    autoCommitInterval: 1_000,
    eachBatch: async ({ batch }) =>
      void (await Promise.all(batch.messages.map(({ value }) => together(String(value))))),
  })
}

/** One call at a time for whatever came meanwhile, from all partitions. */
function gather(handle: (values: string[]) => Promise<void>): (value: string) => Promise<void> {
  let waiting: { value: string; done: () => void; fail: (error: unknown) => void }[] = []
  let running = false
  const run = async () => {
    running = true
    await new Promise(done => setImmediate(done))
    while (waiting.length > 0) {
      const batch = waiting
      waiting = []
      await handle(batch.map(({ value }) => value)).then(
        () => batch.forEach(({ done }) => done()),
        error => batch.forEach(({ fail }) => fail(error)),
      )
    }
    running = false
  }
  return value =>
    new Promise((done, fail) => {
      waiting.push({ value, done, fail })
      if (!running) void run()
    })
}
