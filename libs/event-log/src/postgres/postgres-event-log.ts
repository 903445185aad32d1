import pg from 'pg'
import { within } from '#platform'
import { messageOf, UnknownTopicError } from '../errors.js'
import type { BatchHandler, EventLog, LogRecord, SubscribeOptions, Subscription } from '../event-log.js'
import { silentObserver, type LogObserver } from '../observer.js'
import { PublishQueue, type EncodedRecord, type PartitionRecords } from '../publish-queue.js'
import { append } from './append.js'
import { Catalogue } from './catalogue.js'
import { dropDays, ensureDays, type Reader } from './days.js'
import { eraseRecords, type Erasable } from './erase.js'
import { GroupPositions, type Lease } from './group-positions.js'
import { isTransient, sqlState } from './queries.js'
import { ReadLoop } from './read-loop.js'
import { TailPositions } from './tail-positions.js'
import { WakeUp } from './wake-up.js'

export interface PostgresEventLogOptions {
  pool: pg.Pool
  /** For LISTEN and for dropping days, which need a session of their own; else the pool's own settings are used. */
  directUrl?: string
  observer?: LogObserver
  /** How long a member may be silent before others take its partitions over. */
  lease?: Lease
  lookMs?: number
  /** Days that records are kept at least; longer where a group hasn't read them. */
  keepDays?: number
  /** Whose unread records are kept in any case, even if it has never read. */
  reader?: Reader
  publishTimeoutMs?: number
}

const HOUR_MS = 3_600_000
const DEFAULT_KEEP_DAYS = 7
const DEFAULT_MAX_RECORDS = 1_000
/** A process has half a minute to end in. */
const CLOSE_MS = 10_000
const NONE: ReadonlyMap<EncodedRecord, Error> = new Map()

/** The event log in PostgreSQL: partitions, offsets, groups and replay as Kafka has them, in tables. */
export class PostgresEventLog implements EventLog {
  readonly engine = 'postgres'
  private readonly pool: pg.Pool
  private readonly observer: LogObserver
  private readonly catalogue: Catalogue
  private readonly wakeUp: WakeUp
  private readonly queue: PublishQueue
  private readonly subscriptions = new Set<ReadLoop>()
  private readonly read = new Set<string>()
  private readonly housekeeping: NodeJS.Timeout
  private closed = false

  constructor(private readonly options: PostgresEventLogOptions) {
    this.pool = options.pool
    this.observer = options.observer ?? silentObserver
    this.catalogue = new Catalogue(this.pool)
    this.wakeUp = new WakeUp(this.pool, options.directUrl, this.observer)
    this.queue = new PublishQueue({
      send: parts => this.send(parts),
      partitionsOf: topic => this.partitionsOf(topic),
      isRetryable: isTransient,
      observer: this.observer,
      timeoutMs: options.publishTimeoutMs,
      // What comes in during a commit goes into the next one: fewer and larger appends for the same wait.
      maxFlushes: 1,
    })
    this.housekeeping = setInterval(() => void this.keepHouse(), HOUR_MS).unref()
  }

  publish(topic: string, records: readonly LogRecord[]): Promise<void> {
    return this.queue.publish(topic, records)
  }

  async subscribe(options: SubscribeOptions, handler: BatchHandler): Promise<Subscription> {
    const loop = options.readers === 'group' ? this.join(options, handler) : await this.tail(options, handler)
    this.subscriptions.add(loop)
    if (loop.ready) await loop.ready
    return {
      idleMs: () => loop.idleMs(),
      close: () => {
        this.subscriptions.delete(loop)
        return this.inTime(loop.close())
      },
    }
  }

  async ensureTopics(topics: readonly string[]): Promise<void> {
    await ensureDays(this.pool)
    await this.catalogue.ensure(topics)
  }

  async probe(topics: readonly string[]): Promise<void> {
    const [missing] = await this.catalogue.missing(topics)
    if (missing !== undefined) throw new UnknownTopicError(missing)
  }

  /** The topics that there are whose names begin so. */
  topicsStartingWith(prefix: string): Promise<string[]> {
    return this.catalogue.startingWith(prefix)
  }

  /** How many records of these topics the group has not committed. A topic it never read counts whole. */
  async remaining(group: string, topics: readonly string[]): Promise<number> {
    const { rows } = await this.pool.query<{ left: string }>(REMAINING, [group, topics])
    return Number(rows[0]?.left ?? 0)
  }

  /** The longest that any subscription has been without a successful fetch. */
  idleMs(): number {
    return Math.max(0, ...[...this.subscriptions].map(subscription => subscription.idleMs()))
  }

  /** What is, or is about to be, subscribed to. */
  topicsRead(): ReadonlySet<string> {
    return this.read
  }

  async keepsMs(): Promise<number> {
    // The day in which it was appended goes when it is that old as a whole, at the hour's look.
    return ((this.options.keepDays ?? DEFAULT_KEEP_DAYS) + 1) * 24 * HOUR_MS + HOUR_MS
  }

  /** Removes records for good: of one key, or of all keys that begin with `keyPrefix`. Returns how many. */
  erase(which: Erasable): Promise<number> {
    return eraseRecords(this.pool, which)
  }

  /** Makes the days ahead, drops the old ones that nobody needs. Runs by itself every hour. */
  async keepHouse(): Promise<void> {
    try {
      await ensureDays(this.pool)
      const dropped = await this.dropOldDays()
      if (dropped.length > 0) this.observer.info('dropped days of the event log', { days: dropped })
    } catch (error) {
      this.observer.warn('the event log could not be tidied', error)
    }
  }

  async close(): Promise<void> {
    if (this.closed) return
    this.closed = true
    clearInterval(this.housekeeping)
    await this.inTime(Promise.all([...this.subscriptions].map(subscription => subscription.close())))
    await this.queue.close()
    await this.wakeUp.close()
  }

  /** Nobody waits for a server that is silent: leases end by themselves, and what isn't committed is read again. */
  private async inTime(closing: Promise<unknown>): Promise<void> {
    try {
      await within(CLOSE_MS, closing)
    } catch (error) {
      this.observer.warn(
        'a reader of the event log could not be closed in order; others take over from stored state',
        error,
      )
    }
  }

  private partitionsOf(topic: string): number | Promise<number> {
    const ids = this.catalogue.ids(topic)
    return 'then' in ids ? ids.then(({ length }) => length) : ids.length
  }

  private async send(parts: PartitionRecords[]): Promise<ReadonlyMap<EncodedRecord, Error>> {
    const appended = []
    for (const { topic, partition, records } of parts) {
      const id = (await this.catalogue.ids(topic))[partition]
      if (id === undefined) throw new UnknownTopicError(topic)
      appended.push({ id, records })
    }
    try {
      await append(this.pool, appended)
    } catch (error) {
      if (sqlState(error) !== NO_DAY) throw error
      await ensureDays(this.pool)
      await append(this.pool, appended)
    }
    const records = parts.reduce((sum, part) => sum + part.records.length, 0)
    this.wakeUp.announce(new Set(parts.map(({ topic }) => topic)), records)
    return NONE
  }

  private join(options: SubscribeOptions & { readers: 'group' }, handler: BatchHandler): ReadLoop {
    const lease = this.options.lease ?? { leaseMs: 6_000, heartbeatMs: 1_000 }
    const { pool, wakeUp, observer } = this
    const positions = new GroupPositions(pool, options.group, options.topics, lease, wakeUp, observer)
    const loop = this.loop(options, options.group, positions, handler)
    positions.onChange = () => loop.wake()
    return loop
  }

  private async tail(
    options: SubscribeOptions & { readers: 'every-process' },
    handler: BatchHandler,
  ): Promise<ReadLoop> {
    const positions = new TailPositions(this.pool, options.topics)
    for (;;) {
      try {
        await positions.start()
        return this.loop(options, 'every-process', positions, handler)
      } catch (error) {
        if (this.closed) throw new Error('the event log is closed')
        this.observer.warn(`waiting to read ${options.topics.join(', ')}: ${messageOf(error)}`)
        await new Promise(resolve => setTimeout(resolve, 500))
      }
    }
  }

  private loop(
    options: SubscribeOptions,
    name: string,
    positions: GroupPositions | TailPositions,
    handler: BatchHandler,
  ): ReadLoop {
    const loop = new ReadLoop({
      pool: this.pool,
      positions,
      handler,
      observer: this.observer,
      name,
      maxRecords: options.maxRecords ?? DEFAULT_MAX_RECORDS,
      lookMs: this.options.lookMs ?? 250,
    })
    const stopListening = this.wakeUp.on(options.topics, () => loop.wake())
    const close = loop.close.bind(loop)
    loop.close = () => {
      stopListening()
      return close()
    }
    return loop
  }

  private async dropOldDays(): Promise<string[]> {
    const { pool, options } = this
    const client = new pg.Client(options.directUrl ? { connectionString: options.directUrl } : pool.options)
    client.on('error', () => undefined)
    await client.connect()
    try {
      return await dropDays(client, options.keepDays ?? DEFAULT_KEEP_DAYS, options.reader)
    } finally {
      await client.end()
    }
  }
}

/** check_violation: PostgreSQL's word for a row that no partition of a table takes. */
const NO_DAY = '23514'

const REMAINING = `
  select coalesce(sum(p.next_offset - coalesce(o.committed, 0)), 0) as left
  from event_log_partition p
  left join event_log_position o on o.partition_id = p.id and o.group_name = $1
  where p.topic = any($2::text[])`
