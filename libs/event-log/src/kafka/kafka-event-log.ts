import { randomUUID } from 'node:crypto'
import type { Kafka } from 'kafkajs'
import { within } from '#platform'
import { messageOf, UnknownTopicError } from '../errors.js'
import type { BatchHandler, EventLog, LogRecord, SubscribeOptions, Subscription } from '../event-log.js'
import { silentObserver, type LogObserver } from '../observer.js'
import { PublishQueue } from '../publish-queue.js'
import type { Progress } from './batch-pump.js'
import { kafkaClient, type KafkaConnection } from './client.js'
import { KafkaProducer } from './producer.js'
import { KafkaReader } from './reader.js'
import { KafkaTopics } from './topics.js'

export interface KafkaEventLogOptions extends KafkaConnection {
  observer?: LogObserver
  /** How long a member may be silent before others take its partitions over. */
  sessionTimeoutMs?: number
  publishTimeoutMs?: number
}

const DEFAULT_MAX_RECORDS = 1_000
/**
 * A consumer that outlives its broker comes back as another member, and waits this long for its former self. Heartbeats
 * go out every second, whatever the handler does, so a live member isn't taken for dead.
 */
const DEFAULT_SESSION_TIMEOUT_MS = 10_000

const DISCONNECT_MS = 3_000

/** The event log on Kafka. */
export class KafkaEventLog implements EventLog {
  readonly engine = 'kafka'
  private readonly observer: LogObserver
  private readonly topics: KafkaTopics
  private readonly producer: KafkaProducer
  private readonly queue: PublishQueue
  private readonly readers = new Set<KafkaReader>()
  private readonly read = new Set<string>()
  private closed = false

  constructor(private readonly options: KafkaEventLogOptions) {
    this.observer = options.observer ?? silentObserver
    this.topics = new KafkaTopics(this.newClient())
    this.producer = new KafkaProducer(this.newClient())
    this.queue = new PublishQueue({
      send: parts => this.producer.send(parts),
      partitionsOf: topic => this.topics.partitionsOf(topic),
      isRetryable: error => !(error instanceof UnknownTopicError),
      observer: this.observer,
      timeoutMs: options.publishTimeoutMs,
      maxFlushes: 4,
    })
  }

  publish(topic: string, records: readonly LogRecord[]): Promise<void> {
    return this.queue.publish(topic, records)
  }

  async subscribe(options: SubscribeOptions, handler: BatchHandler): Promise<Subscription> {
    for (const topic of options.topics) this.read.add(topic)
    const keepsOffsets = options.readers === 'group'
    const reader = new KafkaReader({
      newClient: () => this.newClient(),
      // A group of its own for each process, under which nothing is ever committed.
      group: keepsOffsets ? options.group : `${this.options.clientId ?? 'tributary'}-${randomUUID()}`,
      name: keepsOffsets ? options.group : 'every-process',
      positions: keepsOffsets ? undefined : await this.ends(options.topics),
      topics: options.topics,
      handler,
      maxRecords: options.maxRecords ?? DEFAULT_MAX_RECORDS,
      observer: this.observer,
      sessionTimeoutMs: this.options.sessionTimeoutMs ?? DEFAULT_SESSION_TIMEOUT_MS,
    })
    this.readers.add(reader)
    await reader.ready
    return {
      idleMs: () => reader.idleMs(),
      close: () => {
        this.readers.delete(reader)
        return reader.close()
      },
    }
  }

  ensureTopics(topics: readonly string[]): Promise<void> {
    return this.topics.ensure(topics)
  }

  probe(topics: readonly string[]): Promise<void> {
    return this.topics.probe(topics)
  }

  keepsMs(topic: string): Promise<number | null> {
    return this.topics.keepsMs(topic)
  }

  /** The longest that any subscription has been without a sign of life. */
  idleMs(): number {
    return Math.max(0, ...[...this.readers].map(reader => reader.idleMs()))
  }

  /** What is, or is about to be, subscribed to. */
  topicsRead(): ReadonlySet<string> {
    return this.read
  }

  async close(): Promise<void> {
    if (this.closed) return
    this.closed = true
    await Promise.all([...this.readers].map(reader => reader.close()))
    await this.queue.close()
    // A broker that hangs doesn't hold up the end: all that was confirmed is durable, and nothing else was promised.
    await Promise.allSettled([this.producer, this.topics].map(one => within(DISCONNECT_MS, one.close())))
  }

  private newClient(): Kafka {
    return kafkaClient(this.options, this.observer)
  }

  /** Where a reader of everything from now on starts. */
  private async ends(topics: readonly string[]): Promise<Map<string, Progress>> {
    for (;;) {
      try {
        const ends = await this.topics.ends(topics)
        return new Map(ends.map(end => [`${end.topic} ${end.partition}`, { ...end, left: 0 }]))
      } catch (error) {
        if (this.closed) throw new Error('the event log is closed')
        this.observer.warn(`waiting to read ${topics.join(', ')}: ${messageOf(error)}`)
        await new Promise(resolve => setTimeout(resolve, 500))
      }
    }
  }
}
