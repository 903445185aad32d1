import type { Pool } from 'pg'
import { numbers } from '#database'
import type { StoredRecord } from '../event-log.js'
import { run } from './queries.js'

/** Where a reader stands in one partition: `position` is the offset of the next record. */
export interface Cursor {
  readonly id: number
  readonly topic: string
  readonly partition: number
  /** The epoch this reader owns the partition under; 0 where nobody owns partitions. */
  readonly epoch: bigint
  readonly position: bigint
}

/** Where a fetch got to in one partition, and how many records are left behind that. */
export interface Reached {
  cursor: Cursor
  position: bigint
  left: bigint
}

export interface Fetched {
  records: StoredRecord[]
  /** Of every partition that had anything, even if all of it was erased or expired. */
  reached: Reached[]
}

/** The next records of these partitions, at most `maxRecords`, about `maxBytes` of each partition. */
export async function fetch(
  pool: Pool,
  cursors: readonly Cursor[],
  maxRecords: number,
  maxBytes: number,
): Promise<Fetched> {
  const byId = new Map(cursors.map(cursor => [cursor.id, cursor]))
  const { rows } = await run<Row>(pool, FETCH, [
    numbers(cursors.map(cursor => cursor.id)),
    numbers(cursors.map(cursor => cursor.position)),
    maxRecords,
    maxBytes,
  ])
  const records: StoredRecord[] = []
  const reached = new Map<number, Reached>()
  for (const row of rows) {
    const cursor = byId.get(row.id)
    if (!cursor) continue
    const next = BigInt(row.next_offset)
    // A counter beyond us with no record behind it: what was there is erased or has expired.
    const position = row.record_offset === null ? next : BigInt(row.record_offset) + 1n
    if (position <= (reached.get(row.id)?.position ?? cursor.position)) throw new Error('records came out of order')
    reached.set(row.id, { cursor, position, left: next - position })
    if (row.record_offset !== null) records.push(recordOf(cursor, row, row.record_offset))
  }
  return { records, reached: [...reached.values()] }
}

interface Row {
  id: number
  next_offset: string
  record_offset: string | null
  key: string
  headers: string
  value: string
  at_ms: string
}

function recordOf(cursor: Cursor, row: Row, offset: string): StoredRecord {
  return {
    topic: cursor.topic,
    partition: cursor.partition,
    offset,
    key: bytes(row.key).toString(),
    value: bytes(row.value),
    headers: row.headers === NO_HEADERS ? {} : (JSON.parse(bytes(row.headers).toString()) as Record<string, string>),
    timestamp: Number(row.at_ms),
  }
}

// The function's comment, in the migration, says what it promises.
const FETCH = {
  name: 'event_log_fetch',
  // pg reads bytes as text, and base64 is shorter than its own way of writing them, and quicker to read.
  text: `
    select id, next_offset, record_offset, encode(key, 'base64') as key, encode(headers, 'base64') as headers,
      encode(value, 'base64') as value, at_ms
    from event_log_read($1::int[], $2::bigint[], $3, $4)`,
}

const NO_HEADERS = Buffer.from('{}').toString('base64')

function bytes(base64: string): Buffer {
  return Buffer.from(base64, 'base64')
}
