import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs'
import { within } from '#platform'
import { messageOf } from '../errors.js'
import type { BatchHandler, StoredRecord } from '../event-log.js'
import type { LogObserver } from '../observer.js'
import { BatchPump, type Part, type Progress } from './batch-pump.js'
import { typedCause } from './client.js'

export interface SessionOptions {
  kafka: Kafka
  group: string
  topics: readonly string[]
  handler: BatchHandler
  maxRecords: number
  /** The reader's name in metrics and logs. */
  name: string
  observer: LogObserver
  sessionTimeoutMs: number
  /** Where a reader stands who keeps no offsets at the brokers, by topic and partition. */
  positions?: Map<string, Progress>
  joined(): void
  /** Called at every sign of life: a fetch that succeeded, the handler's beginning or ending a batch. */
  alive(): void
}

/** The group has to be joined again; the first three: others may have the partitions already. */
const LOST = new Set(['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION', 'FENCED_INSTANCE_ID'])
const REJOIN = new Set([...LOST, 'REBALANCE_IN_PROGRESS', 'NOT_COORDINATOR_FOR_GROUP'])
/** A process has half a minute to end in, and may have more than one session to close. */
const FINISH_MS = 6_000
const LEAVE_MS = 3_000
const FETCH_WAIT_MS = 250
/** From a batch's end to its commit: what a crash makes the next reader read again, and know by its ids. */
const COMMIT_PAUSE_MS = 100
const PARTITION_BYTES = 1024 * 1024
/** Of a fetch, for the pump to merge. kafkajs starts so many workers with every fetch, whatever it brought. */
const PARTITIONS_AT_ONCE = 64

/**
 * One kafkajs consumer, from connecting to its end. kafkajs commits nothing by itself here (its own commits die with a
 * lost membership, and take the consumer along): offsets go out soon after a finished batch, and errors say what next.
 */
export class ConsumerSession {
  /** Resolves with what ended it. */
  readonly ended: Promise<unknown>
  private end!: (why: unknown) => void
  private readonly consumer: Consumer
  private readonly pump: BatchPump
  private ticker?: NodeJS.Timeout
  private committing?: NodeJS.Timeout
  private heartbeat?: () => Promise<void>
  private lastHeartbeat = Date.now()
  private hasPartitions = true
  /** Why the group has to be joined again. A batch in the handler's hands may still finish and commit before that. */
  private mustRejoin?: Error
  private lost = false
  /** Done, but not known to be committed. */
  private readonly uncommitted = new Map<string, Progress>()

  constructor(private readonly options: SessionOptions) {
    this.ended = new Promise(resolve => (this.end = resolve))
    this.consumer = options.kafka.consumer({
      groupId: options.group,
      allowAutoTopicCreation: false,
      sessionTimeout: options.sessionTimeoutMs,
      heartbeatInterval: Math.floor(options.sessionTimeoutMs / 10),
      minBytes: 1,
      maxWaitTimeInMs: FETCH_WAIT_MS,
      maxBytesPerPartition: PARTITION_BYTES,
    })
    this.pump = new BatchPump({
      ...options,
      advance: progress => this.advance(progress),
      isStale: () => this.lost || Date.now() - this.lastHeartbeat > options.sessionTimeoutMs,
    })
  }

  get isHandling(): boolean {
    return this.pump.isHandling
  }

  async start(): Promise<void> {
    const { consumer, options } = this
    this.watch()
    this.ticker = setInterval(() => void this.tick(), Math.min(1_000, options.sessionTimeoutMs / 10))
    try {
      await consumer.connect()
      await consumer.subscribe({ topics: [...options.topics], fromBeginning: true })
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: PARTITIONS_AT_ONCE,
        eachBatch: payload => this.eachBatch(payload),
      })
    } catch (error) {
      this.end(error)
    }
  }

  /** Lets the handler finish what it has, commits, leaves the group; a broker that hangs isn't waited for. */
  async close(): Promise<void> {
    try {
      await within(
        FINISH_MS,
        this.pump.stop().then(() => this.commit()),
      )
      await within(LEAVE_MS, this.consumer.disconnect())
    } catch (error) {
      // What isn't committed is handed over again, and the session ends by its time-out.
      this.options.observer.warn(`${this.options.name}: left without a word: ${messageOf(error)}`)
    }
    clearInterval(this.ticker)
    clearTimeout(this.committing)
    this.end(undefined)
  }

  private watch(): void {
    const { consumer, options } = this
    const { CRASH, GROUP_JOIN, HEARTBEAT, REQUEST } = consumer.events
    consumer.on(CRASH, ({ payload }) => this.end(payload.error))
    consumer.on(HEARTBEAT, () => this.heard())
    // Not kafkajs' FETCH, which is also told of fetches that failed.
    consumer.on(REQUEST, ({ payload }) => {
      if (payload.apiName === 'Fetch') options.alive()
    })
    consumer.on(GROUP_JOIN, ({ payload }) => {
      this.hasPartitions = Object.values(payload.memberAssignment).some(partitions => partitions.length > 0)
      // kafkajs starts over from what is committed; what it fetched before will come again.
      this.pump.giveUp()
      this.mustRejoin = undefined
      this.lost = false
      this.uncommitted.clear()
      this.heard()
      for (const { topic, partition, offset } of options.positions?.values() ?? []) {
        consumer.seek({ topic, partition, offset })
      }
      options.joined()
    })
  }

  private heard(): void {
    this.lastHeartbeat = Date.now()
    // A member without partitions has nothing to fetch.
    if (!this.hasPartitions) this.options.alive()
  }

  private async eachBatch({ batch, heartbeat, resolveOffset }: EachBatchPayload): Promise<void> {
    this.heartbeat = heartbeat
    const part = partOf(batch)
    const end = part.records.at(-1)?.offset
    const reached = await this.pump.offer(part)
    if (this.mustRejoin) throw this.mustRejoin
    if (reached === undefined || end === undefined) return
    // From here kafkajs fetches on. It moves past a transaction's invisible end only where it is told the very last offset.
    const last = BigInt(reached) - 1n
    resolveOffset(last.toString())
  }

  private advance(progress: readonly Progress[]): void {
    const { positions } = this.options
    for (const one of progress) (positions ?? this.uncommitted).set(`${one.topic} ${one.partition}`, one)
    if (this.uncommitted.size > 0) this.committing ??= setTimeout(() => void this.commitAndLook(), COMMIT_PAUSE_MS)
    if (this.mustRejoin) this.pump.giveUp()
  }

  private async commitAndLook(): Promise<void> {
    await this.commit()
    this.committing = undefined
    if (this.mustRejoin) this.pump.giveUp()
  }

  private async commit(): Promise<void> {
    const owed = [...this.uncommitted]
    if (owed.length === 0 || this.lost) return
    try {
      await this.consumer.commitOffsets(owed.map(([, { topic, partition, offset }]) => ({ topic, partition, offset })))
      for (const [name, one] of owed) if (this.uncommitted.get(name) === one) this.uncommitted.delete(name)
    } catch (error) {
      // A lost membership is made good by joining again, anything else by the next commit, or by the next tick.
      if (this.rejoinAfter(error)) return
      this.options.observer.warn(`${this.options.name}: offsets could not be committed: ${messageOf(error)}`)
    }
  }

  /** Heartbeats while batches are being handled, and commits that are still owed. */
  private async tick(): Promise<void> {
    try {
      if (this.pump.isActive) await this.heartbeat?.()
      else await this.commit()
    } catch (error) {
      if (this.rejoinAfter(error) && !this.pump.isHandling) this.pump.giveUp()
    }
  }

  private rejoinAfter(error: unknown): boolean {
    const cause = typedCause(error)
    if (!cause || !REJOIN.has(cause.type)) return false
    // kafkajs knows what to do with it, but only looks at the outermost error.
    this.mustRejoin ??= cause
    if (LOST.has(cause.type)) this.lost = true
    return true
  }
}

function partOf({ topic, partition, messages, highWatermark }: EachBatchPayload['batch']): Part {
  const records = messages.map((message): StoredRecord => ({
    topic,
    partition,
    offset: message.offset,
    key: message.key?.toString() ?? '',
    value: message.value ?? Buffer.alloc(0),
    headers: headersOf(message.headers),
    timestamp: Number(message.timestamp),
  }))
  const last = records.at(-1)
  return { topic, partition, records, left: last ? Number(BigInt(highWatermark) - BigInt(last.offset) - 1n) : 0 }
}

function headersOf(headers: EachBatchPayload['batch']['messages'][number]['headers']): Record<string, string> {
  const texts: Record<string, string> = {}
  for (const name in headers) {
    const value = headers[name]
    // A foreign producer may repeat a header: the last one holds.
    const last = Array.isArray(value) ? value.at(-1) : value
    if (last !== undefined) texts[name] = last.toString()
  }
  return texts
}
