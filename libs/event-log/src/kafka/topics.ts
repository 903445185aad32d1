import kafkajs, { type Admin, type Kafka } from 'kafkajs'
import { UnknownTopicError } from '../errors.js'
import { PARTITIONS } from '../topics.js'
import { errorType } from './client.js'

const FRESH_MS = 300_000
const ANSWER_MS = 5_000
const SERVED_MS = 20_000
/** Brokers look for what is past retention every five minutes, and remove its files a minute later. */
const CLEANUP_MS = 600_000
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024

/** The brokers' topics: what there is, and making what is missing. */
export class KafkaTopics {
  private admin?: Promise<Admin>
  private readonly counts = new Map<string, { partitions: number; since: number }>()

  constructor(private readonly kafka: Kafka) {}

  /** How many partitions the topic has, now and then looked at again. Throws (or rejects with) UnknownTopicError. */
  partitionsOf(topic: string): number | Promise<number> {
    const known = this.counts.get(topic)
    if (!known) return this.look(topic)
    if (Date.now() - known.since > FRESH_MS) {
      known.since = Date.now()
      this.look(topic).catch(() => undefined)
    }
    return known.partitions
  }

  /** Rejects unless the brokers answer and have these topics. */
  async probe(topics: readonly string[]): Promise<void> {
    const there = new Set(await this.ask(admin => admin.listTopics()))
    const missing = topics.find(topic => !there.has(topic))
    if (missing !== undefined) throw new UnknownTopicError(missing)
  }

  /** Makes the topics that are missing; those that are there are left as they are. */
  async ensure(topics: readonly string[]): Promise<void> {
    const there = new Set(await this.ask(admin => admin.listTopics()))
    const missing = topics.filter(topic => !there.has(topic))
    if (missing.length === 0) return
    const { brokers } = await this.ask(admin => admin.describeCluster())
    const configEntries = [{ name: 'max.message.bytes', value: String(MAX_MESSAGE_BYTES) }]
    if (brokers.length >= 3) configEntries.push({ name: 'min.insync.replicas', value: '2' })
    const replicationFactor = Math.min(3, brokers.length)
    await this.ask(admin =>
      admin.createTopics({
        waitForLeaders: false,
        topics: missing.map(topic => ({ topic, numPartitions: PARTITIONS, replicationFactor, configEntries })),
      }),
    )
    await this.served(missing)
  }

  /** Brokers hear of a new topic one after another, and refuse its records until then. */
  private async served(topics: readonly string[]): Promise<void> {
    const deadline = Date.now() + SERVED_MS
    for (;;) {
      try {
        await this.probe(topics)
        await this.ends(topics)
        return
      } catch (error) {
        if (Date.now() > deadline) throw error
        await new Promise(resolve => setTimeout(resolve, 100))
      }
    }
  }

  /** The offset that the next record of each partition will get. */
  async ends(topics: readonly string[]): Promise<{ topic: string; partition: number; offset: string }[]> {
    const ends = await Promise.all(
      topics.map(async topic => {
        const offsets = await this.ask(admin => admin.fetchTopicOffsets(topic))
        return offsets.map(({ partition, high }) => ({ topic, partition, offset: high }))
      }),
    )
    return ends.flat()
  }

  /**
   * How long the brokers may keep a record of the topic, as it is configured now; null: for good. They remove whole
   * segments, so the last record of its segment counts, and they look only now and then.
   */
  async keepsMs(topic: string): Promise<number | null> {
    const { resources } = await this.ask(admin =>
      admin.describeConfigs({
        includeSynonyms: false,
        resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic }],
      }),
    )
    const entries = new Map(resources[0]?.configEntries.map(entry => [entry.configName, entry.configValue]))
    const [retentionMs, segmentMs] = [Number(entries.get('retention.ms')), Number(entries.get('segment.ms'))]
    const isDeleted = entries.get('cleanup.policy')?.includes('delete')
    if (!isDeleted || !(retentionMs >= 0)) return null
    return retentionMs + segmentMs + CLEANUP_MS
  }

  async close(): Promise<void> {
    const admin = this.admin
    this.admin = undefined
    await admin?.then(it => it.disconnect()).catch(() => undefined)
  }

  private async look(topic: string): Promise<number> {
    try {
      const { topics } = await this.ask(admin => admin.fetchTopicMetadata({ topics: [topic] }))
      const partitions = topics[0]?.partitions.length ?? 0
      if (partitions === 0) throw new UnknownTopicError(topic)
      this.counts.set(topic, { partitions, since: Date.now() })
      return partitions
    } catch (error) {
      if (errorType(error) === 'UNKNOWN_TOPIC_OR_PARTITION') throw new UnknownTopicError(topic)
      throw error
    }
  }

  /** Asks within a bounded time. A connection that failed is not used again. */
  private async ask<T>(question: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = (this.admin ??= this.connect())
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`Kafka has not answered within ${ANSWER_MS} ms`)), ANSWER_MS)
    })
    try {
      return await Promise.race([admin.then(question), late])
    } catch (error) {
      if (errorType(error) === '') this.drop(admin)
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  private async connect(): Promise<Admin> {
    const admin = this.kafka.admin()
    await admin.connect()
    return admin
  }

  private drop(admin: Promise<Admin>): void {
    if (this.admin === admin) this.admin = undefined
    void admin.then(it => it.disconnect()).catch(() => undefined)
  }
}
