import type { Pool } from 'pg'
import { numbers } from '#database'
import type { EncodedRecord } from '../publish-queue.js'
import { run } from './queries.js'

/** Records of one partition, by the id of its counter row. */
export interface Appended {
  id: number
  records: readonly EncodedRecord[]
}

/**
 * Appends everything in one statement, which commits by itself. Offsets come from the counter rows alone, locked in the
 * order of their ids (any other order deadlocks with another process's flush) and held until the commit: so a reader who
 * sees a counter sees every record below it, and no number is ever passed that commits later.
 */
export async function append(pool: Pool, parts: readonly Appended[]): Promise<void> {
  const ids: number[] = []
  const counts: number[] = []
  const owner: number[] = []
  const index: number[] = []
  const starts: number[] = []
  const keyLengths: number[] = []
  const headerLengths: number[] = []
  const valueLengths: number[] = []
  const bytes: Buffer[] = []
  const accepted: (number | null)[] = []
  let at = 1
  for (const { id, records } of parts) {
    ids.push(id)
    counts.push(records.length)
    records.forEach(({ key, headers, value, timestamp = null }, i) => {
      const headerBytes = Buffer.from(JSON.stringify(headers))
      owner.push(id)
      index.push(i)
      accepted.push(timestamp)
      starts.push(at)
      keyLengths.push(key.length)
      headerLengths.push(headerBytes.length)
      valueLengths.push(value.length)
      bytes.push(key, headerBytes, value)
      at += key.length + headerBytes.length + value.length
    })
  }
  const lists = [ids, counts, owner, index, starts, keyLengths, headerLengths, valueLengths].map(numbers)
  // Hardly any record was accepted earlier than now; a list that is too short counts as nulls.
  const timestamps = accepted.some(at => at !== null) ? accepted : []
  const { rowCount } = await run(pool, APPEND, [...lists, Buffer.concat(bytes), timestamps])
  if (rowCount !== owner.length) throw new Error(`${owner.length} records were to be appended, ${rowCount} were`)
}

// The records travel as one binary parameter, cut up by the server: an array of texts would have to be escaped.
const APPEND = {
  name: 'event_log_append',
  text: `
    with locked as materialized (
      select id, next_offset from event_log_partition where id = any($1::int[]) order by id for no key update
    ), advanced as (
      update event_log_partition p set next_offset = locked.next_offset + wanted.n
      from locked join unnest($1::int[], $2::int[]) as wanted (id, n) using (id)
      where p.id = locked.id
      returning p.id, locked.next_offset as base
    )
    insert into event_log_record (day, partition_id, record_offset, key, headers, value, appended_at)
    select (now() at time zone 'UTC')::date, r.id, advanced.base + r.i,
      substring($9::bytea from r.at for r.k),
      substring($9::bytea from r.at + r.k for r.h),
      substring($9::bytea from r.at + r.k + r.h for r.v),
      coalesce(least(now(), to_timestamp(r.accepted / 1000)), now())
    from unnest($3::int[], $4::int[], $5::int[], $6::int[], $7::int[], $8::int[], $10::double precision[])
      as r (id, i, at, k, h, v, accepted)
    join advanced using (id)`,
}
