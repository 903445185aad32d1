import type { BatchOutcome, EventLog, RecordBatch, StoredRecord, Subscription } from './event-log.js'
import { Pause } from './pause.js'
import type { PostgresEventLog } from './postgres/postgres-event-log.js'
import { withoutErased } from './erased-keys.js'
import type { Pool } from 'pg'

export interface RelayOptions {
  /** Read under the group's own name, so from where the group stopped; closed with the relay. */
  from: PostgresEventLog
  to: EventLog
  /** Where it says what was erased: that isn't moved. */
  pool: Pool
  /** What the names of the topics begin with. */
  topicPrefix: string
  group: string
  warn(what: string, error?: unknown): void
}

const LOOK_MS = 5_000

/**
 * Moves what a group has not read from the PostgreSQL log to the same topics of another log, in order, and goes on
 * looking for as long as it runs. It is the group there: what it commits is durable on the other side, and a consumer of
 * the group that still runs on PostgreSQL shares the partitions with it, so nothing is read by neither.
 */
export class Relay {
  private readonly pause = new Pause()
  private readonly running: Promise<void>
  private closing = false
  private topics: string[] = []
  private subscription?: Subscription

  constructor(private readonly options: RelayOptions) {
    this.running = this.run()
  }

  /** Records that are yet to be moved. */
  async remaining(): Promise<number> {
    const { from, group, topicPrefix } = this.options
    return from.remaining(group, await from.topicsStartingWith(topicPrefix))
  }

  async close(): Promise<void> {
    this.closing = true
    this.pause.wake()
    await this.options.from.close()
    await this.running
  }

  private async run(): Promise<void> {
    while (!this.closing) {
      try {
        await this.follow(await this.options.from.topicsStartingWith(this.options.topicPrefix))
      } catch (error) {
        if (!this.closing) this.options.warn('what is left in the PostgreSQL log could not be looked at', error)
      }
      await this.pause.wait(LOOK_MS)
    }
  }

  /** Subscribes anew where there are topics that weren't there before. */
  private async follow(topics: string[]): Promise<void> {
    if (topics.length === 0 || topics.join() === this.topics.join()) return
    const { from, to, group } = this.options
    await to.ensureTopics(topics)
    await this.subscription?.close()
    this.subscription = await from.subscribe({ topics, readers: 'group', group }, batch => this.move(batch))
    this.topics = topics
  }

  private async move({ records }: RecordBatch): Promise<BatchOutcome> {
    const byTopic = new Map<string, StoredRecord[]>()
    for (const record of await withoutErased(this.options.pool, records)) {
      const list = byTopic.get(record.topic)
      if (list) list.push(record)
      else byTopic.set(record.topic, [record])
    }
    await Promise.all([...byTopic].map(([topic, list]) => this.options.to.publish(topic, list)))
    return { kind: 'done' }
  }
}
