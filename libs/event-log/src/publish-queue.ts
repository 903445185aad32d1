import { messageOf, PublishFailedError, RecordTooLargeError } from './errors.js'
import type { LogRecord } from './event-log.js'
import type { LogObserver } from './observer.js'
import { partitionOf } from './partition.js'

/** A record ready for the wire. */
export interface EncodedRecord {
  key: Buffer
  value: Buffer
  headers: Record<string, string>
  bytes: number
  /** When it was accepted; now, where absent. */
  timestamp?: number
}

/** Records of one partition, in order, to be sent together. */
export interface PartitionRecords {
  topic: string
  partition: number
  records: EncodedRecord[]
}

export interface PublishQueueOptions {
  /**
   * Makes all of it durable but the records it returns, which are refused for good; or throws, and is called again with
   * the same records where `isRetryable` says so.
   */
  send(parts: PartitionRecords[]): Promise<ReadonlyMap<EncodedRecord, Error>>
  partitionsOf(topic: string): number | Promise<number>
  isRetryable(error: unknown): boolean
  observer: LogObserver
  /** A publish that isn't durable after this long is rejected. */
  timeoutMs?: number
  maxFlushBytes?: number
  maxPartitionFlushBytes?: number
  maxQueuedBytes?: number
  /** Flushes under way at once; a partition is never in two of them. */
  maxFlushes?: number
}

/** Larger than any notification the gateway lets in, and what topics are made with. */
export const MAX_RECORD_BYTES = 4 * 1024 * 1024 - 64 * 1024

interface Call {
  topic: string
  records: number
  left: number
  since: number
  settled: boolean
  resolve(): void
  reject(error: Error): void
}

interface Entry {
  record: EncodedRecord
  call: Call
}

interface Lane {
  topic: string
  partition: number
  waiting: Entry[]
  busy: boolean
}

const RETRY_PAUSE_MS = 100
const LEAST_LINGER_MS = 1
const MOST_LINGER_MS = 4
const RECORDS_PER_LINGER_MS = 8

/**
 * Turns many small publishes into few large flushes. Records of a partition go out in the order they came in:
 * one flush at a time per partition, and what has to be sent again goes before what came later.
 * Memory is bounded: what waits too long is rejected, and what exceeds the queue is rejected at once.
 */
export class PublishQueue {
  private readonly lanes = new Map<string, Lane>()
  /** Lanes with records, longest waiting first. */
  private readonly filled = new Set<Lane>()
  private readonly calls = new Set<Call>()
  private queuedBytes = 0
  private flushes = 0
  /** How many records the last flush held. */
  private lastFlush = 0
  private timer?: NodeJS.Timeout
  private sweeper?: NodeJS.Timeout
  private pausedUntil = 0
  private closed = false
  private readonly limits

  constructor(private readonly options: PublishQueueOptions) {
    this.limits = {
      timeoutMs: options.timeoutMs ?? 5_000,
      maxFlushBytes: options.maxFlushBytes ?? 8 * 1024 * 1024,
      maxPartitionFlushBytes: options.maxPartitionFlushBytes ?? 1024 * 1024,
      maxQueuedBytes: options.maxQueuedBytes ?? 64 * 1024 * 1024,
      maxFlushes: options.maxFlushes ?? 2,
    }
  }

  async publish(topic: string, records: readonly LogRecord[]): Promise<void> {
    if (records.length === 0) return
    for (const record of records) {
      const fault = faultOf(record)
      if (fault) throw new PublishFailedError('refused', `A record for the topic "${topic}" has ${fault}.`)
    }
    const encoded = records.map(encode)
    for (const { bytes } of encoded) {
      if (bytes > MAX_RECORD_BYTES) throw new RecordTooLargeError(topic, bytes, MAX_RECORD_BYTES)
    }
    const since = Date.now()
    const known = this.options.partitionsOf(topic)
    const partitions = typeof known === 'number' ? known : await this.inTime(known)
    if (this.closed) throw new PublishFailedError('closed', 'The event log is closed.')
    const bytes = encoded.reduce((sum, record) => sum + record.bytes, 0)
    if (this.queuedBytes > 0 && this.queuedBytes + bytes > this.limits.maxQueuedBytes) {
      throw new PublishFailedError(
        'backed-up',
        `The event log is not keeping up: ${this.queuedBytes} bytes are waiting.`,
      )
    }
    this.queuedBytes += bytes
    return new Promise((resolve, reject) => {
      const call = { topic, records: records.length, left: records.length, since, settled: false, resolve, reject }
      this.calls.add(call)
      this.sweeper ??= setInterval(() => this.rejectExpired(), 50)
      for (const record of encoded)
        this.enqueue(this.lane(topic, partitionOf(record.key, partitions)), { record, call })
      this.flushSoon(this.linger())
    })
  }

  /** Waits for what is under way; what comes later is rejected. */
  async close(): Promise<void> {
    while (this.calls.size > 0) await new Promise(resolve => setTimeout(resolve, 5))
    this.closed = true
    clearTimeout(this.timer)
    clearInterval(this.sweeper)
  }

  private async inTime<T>(answer: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(this.timeoutError()), this.limits.timeoutMs)
    })
    return Promise.race([answer, late]).finally(() => clearTimeout(timer))
  }

  private lane(topic: string, partition: number): Lane {
    const name = `${partition} ${topic}`
    let lane = this.lanes.get(name)
    if (!lane) this.lanes.set(name, (lane = { topic, partition, waiting: [], busy: false }))
    return lane
  }

  private enqueue(lane: Lane, entry: Entry): void {
    lane.waiting.push(entry)
    this.filled.add(lane)
  }

  /** How long a record waits for company: the more came together lately, the longer, since there is more to save. */
  private linger(): number {
    return Math.min(MOST_LINGER_MS, Math.max(LEAST_LINGER_MS, this.lastFlush / RECORDS_PER_LINGER_MS))
  }

  private flushSoon(ms: number): void {
    if (this.timer || this.flushes >= this.limits.maxFlushes) return
    const wait = Math.max(ms, this.pausedUntil - Date.now())
    this.timer = setTimeout(() => {
      this.timer = undefined
      while (this.flushes < this.limits.maxFlushes && this.flush());
    }, wait)
  }

  /** Starts one flush over all idle partitions; false where there is nothing to send. */
  private flush(): boolean {
    const taken = this.take()
    if (taken.length === 0) return false
    this.flushes++
    this.lastFlush = taken.reduce((sum, { entries }) => sum + entries.length, 0)
    void this.send(taken).finally(() => {
      this.flushes--
      if (this.filled.size > 0) this.flushSoon(0)
    })
    return true
  }

  private take(): { lane: Lane; entries: Entry[] }[] {
    const taken: { lane: Lane; entries: Entry[] }[] = []
    let room = this.limits.maxFlushBytes
    for (const lane of [...this.filled]) {
      if (lane.busy) continue
      const count = fitting(lane.waiting, this.limits.maxPartitionFlushBytes, taken.length === 0 ? Infinity : room)
      if (count === 0) break
      const entries = lane.waiting.splice(0, count)
      for (const { record } of entries) room -= record.bytes
      lane.busy = true
      // A lane that has more goes to the end of the line.
      this.filled.delete(lane)
      if (lane.waiting.length > 0) this.filled.add(lane)
      taken.push({ lane, entries })
      if (room <= 0) break
    }
    return taken
  }

  private async send(taken: { lane: Lane; entries: Entry[] }[]): Promise<void> {
    const parts = taken.map(({ lane, entries }) => ({
      topic: lane.topic,
      partition: lane.partition,
      records: entries.map(entry => entry.record),
    }))
    try {
      const refused = await this.options.send(parts)
      for (const { lane, entries } of taken) this.finish(lane, entries, refused)
    } catch (error) {
      const again = this.options.isRetryable(error)
      if (again) this.pausedUntil = Date.now() + RETRY_PAUSE_MS
      for (const { lane, entries } of taken) this.fail(lane, entries, error, again)
    }
  }

  private finish(lane: Lane, entries: Entry[], refused: ReadonlyMap<EncodedRecord, Error>): void {
    lane.busy = false
    for (const { record, call } of entries) {
      this.queuedBytes -= record.bytes
      const error = refused.get(record)
      if (error) this.settle(call, failure(error))
      else if (--call.left === 0) this.settle(call)
    }
  }

  private fail(lane: Lane, entries: Entry[], error: unknown, again: boolean): void {
    lane.busy = false
    const kept = again ? entries.filter(entry => !entry.call.settled) : []
    if (kept.length > 0) {
      lane.waiting = kept.concat(lane.waiting)
      this.filled.add(lane)
    }
    const keptSet = new Set(kept)
    for (const entry of entries) {
      if (keptSet.has(entry)) continue
      this.queuedBytes -= entry.record.bytes
      this.settle(entry.call, failure(error))
    }
  }

  private settle(call: Call, error?: Error): void {
    if (call.settled) return
    call.settled = true
    this.calls.delete(call)
    if (this.calls.size === 0) {
      clearInterval(this.sweeper)
      this.sweeper = undefined
    }
    if (error) {
      this.options.observer.publishFailed(call.topic, call.records, error)
      call.reject(error)
    } else {
      this.options.observer.published(call.topic, call.records, (Date.now() - call.since) / 1000)
      call.resolve()
    }
  }

  private rejectExpired(): void {
    const limit = Date.now() - this.limits.timeoutMs
    let expired = false
    for (const call of this.calls) {
      if (call.since > limit) break
      expired = true
      this.settle(call, this.timeoutError())
    }
    if (expired) this.dropSettled()
  }

  /** What nobody waits for any more isn't worth its memory. */
  private dropSettled(): void {
    for (const lane of this.filled) {
      lane.waiting = lane.waiting.filter(({ call, record }) => {
        if (call.settled) this.queuedBytes -= record.bytes
        return !call.settled
      })
      if (lane.waiting.length === 0) this.filled.delete(lane)
    }
  }

  private timeoutError(): PublishFailedError {
    return new PublishFailedError(
      'timeout',
      `The event log has not confirmed a publish within ${this.limits.timeoutMs} ms.`,
    )
  }
}

/** How many of the first entries fit. The first one may exceed the partition's share, but not the room there is. */
function fitting(entries: Entry[], share: number, room: number): number {
  let count = 0
  let bytes = 0
  for (const { record } of entries) {
    bytes += record.bytes
    if (bytes > room || (count > 0 && bytes > share)) break
    count++
  }
  return count
}

function failure(error: unknown): Error {
  if (error instanceof PublishFailedError || error instanceof RecordTooLargeError) return error
  return new PublishFailedError('refused', `The event log refused a publish: ${messageOf(error)}`, { cause: error })
}

/** The last instant of a Date: PostgreSQL has it, too. */
const LATEST_MS = 8.64e15

/**
 * Why no engine could write it down, which it would otherwise say of everything that goes with it. The compiler keeps
 * out what isn't text; what was computed from a stranger's data is what it can't see.
 */
function faultOf({ key, value, headers, timestamp }: LogRecord): string | null {
  if (typeof key !== 'string') return `a key that is no text: ${String(key)}`
  if (typeof value !== 'string' && !Buffer.isBuffer(value)) return `a value that is neither text nor bytes`
  for (const name in headers) {
    if (typeof headers[name] !== 'string') return `a header ${name} that is no text: ${String(headers[name])}`
  }
  if (timestamp !== undefined && !(timestamp >= 0 && timestamp <= LATEST_MS)) {
    return `the timestamp ${timestamp}, which is not from 0 to ${LATEST_MS} ms since 1970`
  }
  return null
}

function encode({ key, value, headers = {}, timestamp }: LogRecord): EncodedRecord {
  const keyBytes = Buffer.from(key)
  const valueBytes = typeof value === 'string' ? Buffer.from(value) : value
  let bytes = keyBytes.length + valueBytes.length + 64
  for (const name in headers) bytes += name.length + (headers[name] ?? '').length + 8
  return { key: keyBytes, value: valueBytes, headers, bytes, ...(timestamp !== undefined && { timestamp }) }
}
