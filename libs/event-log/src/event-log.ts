/** A record to publish. Records of one key stay in order. Headers are text. */
export interface LogRecord {
  key: string
  value: string | Buffer
  headers?: Record<string, string>
  /** When it was accepted, where that was earlier than now: milliseconds since the epoch. It stays the record's timestamp. */
  timestamp?: number
}

/** A record as read back. */
export interface StoredRecord {
  topic: string
  partition: number
  /** Grows within a partition; decimal digits, since it may exceed 2^53. */
  offset: string
  key: string
  value: Buffer
  headers: Record<string, string>
  /** When it was appended, or accepted before that: milliseconds since the epoch. */
  timestamp: number
}

/** What a reader is handed: consecutive records of each of its partitions, each partition's in order. */
export interface RecordBatch {
  records: readonly StoredRecord[]
  /** True once the partitions were given to another member: the work may go on, but its commit will be refused. */
  isStale(): boolean
}

/**
 * What became of a batch. `done`: every record is dealt with for good, and the offsets are committed.
 * `retry`: nothing is committed, and the batch is handed over again after a pause. A throw, or any other value, is a retry.
 */
export type BatchOutcome = { kind: 'done' } | { kind: 'retry'; why: string }

export type BatchHandler = (batch: RecordBatch) => Promise<BatchOutcome>

export type SubscribeOptions =
  | {
      topics: readonly string[]
      /** Offsets are kept under the group's name; a new group starts at the earliest record; members share partitions. */
      readers: 'group'
      group: string
      /** At most this many records in a batch. */
      maxRecords?: number
    }
  | {
      topics: readonly string[]
      /** Every process gets every record from now on; no offsets are kept. */
      readers: 'every-process'
      maxRecords?: number
    }

export interface Subscription {
  /** Finishes the batch under way, commits it, leaves the group. */
  close(): Promise<void>
  /** Milliseconds since the last successful fetch: what liveness is judged by. */
  idleMs(): number
}

/** The log that carries events between processes: the only way from one to the other. */
export interface EventLog {
  readonly engine: 'postgres' | 'kafka'
  /** Resolves once every record is durable (acks=all; a committed transaction). Rejects when that isn't sure. */
  publish(topic: string, records: readonly LogRecord[]): Promise<void>
  subscribe(options: SubscribeOptions, handler: BatchHandler): Promise<Subscription>
  /** Makes the topics that are missing. For the migration job and the embedded start. */
  ensureTopics(topics: readonly string[]): Promise<void>
  /** Rejects unless the log answers and has these topics. For readiness. */
  probe(topics: readonly string[]): Promise<void>
  /** The longest, in milliseconds, that the log keeps a record of this topic which everybody has read; null: for good. */
  keepsMs(topic: string): Promise<number | null>
  close(): Promise<void>
}
