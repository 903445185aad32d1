import type { Pool } from 'pg'
import { PARTITIONS } from '../topics.js'
import { partitionOf } from '../partition.js'

/** Records of one key, or of all keys that begin with `keyPrefix`; with `before`, only those appended until then. */
export type Erasable = ({ key: string } | { keyPrefix: string }) & { before?: Date }

/** Offsets of a partition that one statement looks through: a few milliseconds' work. */
const WINDOW = 5_000

/**
 * Removes records of the PostgreSQL log for good, a stretch of a partition at a time: nobody's append or fetch waits.
 * @param onProgress called after each stretch with how many went; what it throws ends the work
 * @returns how many went
 */
export async function eraseRecords(
  pool: Pool,
  which: Erasable,
  onProgress: (removed: number) => Promise<void> = async () => undefined,
): Promise<number> {
  const isWhole = 'key' in which
  const key = Buffer.from(isWhole ? which.key : which.keyPrefix)
  const partition = isWhole ? partitionOf(key, PARTITIONS) : null
  const { rows } = await pool.query<{ id: number; first: string; end: string }>(BOUNDS, [partition])
  let removed = 0
  for (const { id, first, end } of rows) {
    for (let from = BigInt(first); from < BigInt(end); from += BigInt(WINDOW)) {
      const values = [id, String(from), WINDOW, key, isWhole, which.before ?? null]
      const { rowCount } = await pool.query({ name: 'event_log_erase', text: ERASE, values })
      removed += rowCount ?? 0
      await onProgress(rowCount ?? 0)
    }
  }
  return removed
}

// Partitions without records are left out.
const BOUNDS = `
  select p.id, r.first, p.next_offset as end
  from event_log_partition p
  cross join lateral (select min(record_offset) as first from event_log_record e where e.partition_id = p.id) r
  where ($1::int is null or p.partition = $1) and r.first is not null
  order by p.id`

const ERASE = `
  delete from event_log_record
  where partition_id = $1 and record_offset >= $2::bigint and record_offset < $2::bigint + $3::int
    and case when $5 then key = $4::bytea else substring(key from 1 for length($4::bytea)) = $4::bytea end
    and ($6::timestamptz is null or appended_at <= $6)`
