import type { Kafka, Producer, TopicMessages } from 'kafkajs'
import { RecordTooLargeError } from '../errors.js'
import type { EncodedRecord, PartitionRecords } from '../publish-queue.js'
import { errorType } from './client.js'

const ALL = -1
const ANSWER_MS = 10_000
/** Kafka's retention goes by these, so nothing may come to it as good as expired. */
const OLDEST_MS = 3_600_000
const TOO_LARGE = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'])

/**
 * Sends flushes, acknowledged by all in-sync replicas. No idempotent producer: event ids make repeats harmless, and
 * kafkajs' one dies on OUT_OF_ORDER_SEQUENCE. A producer whose own retries are used up is replaced by a new one.
 */
export class KafkaProducer {
  private producer?: Promise<Producer>

  constructor(private readonly kafka: Kafka) {}

  /** @returns the records that the brokers will never take */
  async send(parts: readonly PartitionRecords[]): Promise<ReadonlyMap<EncodedRecord, Error>> {
    try {
      await this.sendBatch(parts)
      return new Map()
    } catch (error) {
      if (!TOO_LARGE.has(errorType(error))) throw error
      return this.sendSingly(parts)
    }
  }

  async close(): Promise<void> {
    const producer = this.producer
    this.producer = undefined
    await producer?.then(it => it.disconnect()).catch(() => undefined)
  }

  /** A topic with a lower limit than ours refuses a whole flush for its sum, or for one record. */
  private async sendSingly(parts: readonly PartitionRecords[]): Promise<ReadonlyMap<EncodedRecord, Error>> {
    const refused = new Map<EncodedRecord, Error>()
    for (const { topic, partition, records } of parts) {
      for (const record of records) {
        try {
          await this.sendBatch([{ topic, partition, records: [record] }])
        } catch (error) {
          if (!TOO_LARGE.has(errorType(error))) throw error
          refused.set(record, new RecordTooLargeError(topic, record.bytes))
        }
      }
    }
    return refused
  }

  private async sendBatch(parts: readonly PartitionRecords[]): Promise<void> {
    const connected = (this.producer ??= this.connect())
    try {
      const producer = await connected
      await producer.sendBatch({ acks: ALL, timeout: ANSWER_MS, topicMessages: parts.map(messagesOf) })
    } catch (error) {
      if (!TOO_LARGE.has(errorType(error))) this.drop(connected)
      throw error
    }
  }

  private async connect(): Promise<Producer> {
    const producer = this.kafka.producer({
      allowAutoTopicCreation: false,
      idempotent: false,
      // Every message names its partition.
      createPartitioner:
        () =>
        ({ message }) =>
          message.partition ?? 0,
      retry: { retries: 2 },
    })
    await producer.connect()
    return producer
  }

  private drop(producer: Promise<Producer>): void {
    if (this.producer !== producer) return
    this.producer = undefined
    void producer.then(it => it.disconnect()).catch(() => undefined)
  }
}

function messagesOf({ topic, partition, records }: PartitionRecords): TopicMessages {
  const messages = records.map(({ key, value, headers, timestamp }) => ({
    ...{ partition, key, value, headers },
    // Kafka counts whole milliseconds, PostgreSQL parts of them; kafkajs fails on those, and so does the whole batch.
    ...(timestamp !== undefined && { timestamp: String(Math.floor(Math.max(timestamp, Date.now() - OLDEST_MS))) }),
  }))
  return { topic, messages }
}
