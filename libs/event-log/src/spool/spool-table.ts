import { Inject, Injectable } from '@nestjs/common'
import { inTransaction, POOL } from '#database'
import type { Pool, PoolClient } from 'pg'
import { withoutErased } from '../erased-keys.js'
import type { LogRecord } from '../event-log.js'

/** A record that waits for the log. */
export interface SpooledRecord extends LogRecord {
  id: string
  topic: string
  value: string
  /** When it was spooled: milliseconds since the epoch. */
  timestamp: number
}

/** A record that the log won't take, however often it is asked. */
export interface Refused {
  id: string
  error: string
}

/** A record that was set aside, without what is in it. */
export interface RefusedRecord extends Refused {
  topic: string
  key: string
  bytes: number
  refusedAt: Date
}

/** What one round of draining did. */
export interface Drained {
  /** Published, set aside, or erased since they were spooled. */
  records: number
  /** There may be more. */
  isFull: boolean
}

// Two gateways that drain at once would swap records of one key.
const drainLock = 7_301_946_201
const turnLock = 7_301_946_202
/** Of values, at once: a vendor's body may have a megabyte. */
const drainBytes = 8 * 1024 * 1024

/** `webhook_spool`: records the log didn't take in time, in the order they came. */
@Injectable()
export class SpoolTable {
  constructor(@Inject(POOL) private readonly pool: Pool) {}

  /** Resolves once all are committed. */
  async add(topic: string, records: readonly LogRecord[]): Promise<void> {
    await this.pool.query({
      name: 'spool-add',
      text: `insert into webhook_spool (topic, key, value, headers)
             select $1, key, value, headers from unnest($2::bytea[], $3::text[], $4::bytea[])
               with ordinality as r(key, value, headers, ordinal) order by ordinal`,
      values: [
        topic,
        records.map(record => Buffer.from(record.key)),
        records.map(record => String(record.value)),
        records.map(record => Buffer.from(JSON.stringify(record.headers ?? {}))),
      ],
    })
  }

  /** Since when the oldest that waits does; null: none waits. Quick, however many there are. */
  async oldest(): Promise<Date | null> {
    const { rows } = await this.pool.query<{ at: Date }>({
      name: 'spool-oldest-at',
      text: `select spooled_at as at from webhook_spool where refused_at is null order by id limit 1`,
    })
    return rows[0]?.at ?? null
  }

  /** How many wait for the log, and how many it refused. Counts them all. */
  async counts(): Promise<{ waiting: number; refused: number }> {
    const { rows } = await this.pool.query<{ waiting: number; refused: number }>({
      name: 'spool-counts',
      text: `select (select count(*)::int from webhook_spool where refused_at is null) as waiting,
                    (select count(*)::int from webhook_spool where refused_at is not null) as refused`,
    })
    return rows[0] ?? { waiting: 0, refused: 0 }
  }

  /** Those of these keys that have records waiting: newer ones must queue behind them. */
  async keysWaiting(keys: readonly string[]): Promise<Set<string>> {
    const { rows } = await this.pool.query<{ key: Buffer }>({
      name: 'spool-keys-waiting',
      text: `select distinct key from webhook_spool where key = any($1::bytea[]) and refused_at is null`,
      values: [keys.map(key => Buffer.from(key))],
    })
    return new Set(rows.map(row => row.key.toString()))
  }

  /**
   * Does `work` while no other process does so: who drains round after round holds all to its pace.
   * @returns whether it was this one's turn
   */
  async inTurn(work: () => Promise<void>): Promise<boolean> {
    return inTransaction(this.pool, async client => {
      const { rows } = await client.query<{ mine: boolean }>('select pg_try_advisory_xact_lock($1) as mine', [turnLock])
      if (!rows[0]?.mine) return false
      await work()
      return true
    })
  }

  /**
   * Hands the oldest records to `publish`, and forgets them once it resolves, but those it says are refused; on its
   * failure all stay. What was erased since it was spooled is forgotten unpublished.
   * @returns null where another process is draining
   */
  async drain(limit: number, publish: (records: SpooledRecord[]) => Promise<Refused[]>): Promise<Drained | null> {
    return inTransaction(this.pool, async client => {
      const { rows } = await client.query<{ taken: boolean }>('select pg_try_advisory_xact_lock($1) as taken', [
        drainLock,
      ])
      return rows[0]?.taken ? this.drainLocked(client, limit, publish) : null
    })
  }

  /** What was refused, the oldest first. */
  async refused(limit: number): Promise<RefusedRecord[]> {
    const { rows } = await this.pool.query<Omit<RefusedRecord, 'key'> & { key: Buffer }>(
      `select id, topic, key, octet_length(value) as bytes, refused_at as "refusedAt", error
       from webhook_spool where refused_at is not null order by refused_at, id limit $1`,
      [limit],
    )
    return rows.map(row => ({ ...row, key: row.key.toString() }))
  }

  /** Lets what was refused wait for the log again: this one, or all. What the log still refuses is set aside again. */
  async retry(id: string | null): Promise<number> {
    const { rowCount } = await this.pool.query(
      `update webhook_spool set refused_at = null, error = null
       where refused_at is not null and ($1::bigint is null or id = $1)`,
      [id],
    )
    return rowCount ?? 0
  }

  /** Drops what was refused before then. */
  async forgetRefused(before: Date): Promise<number> {
    const { rowCount } = await this.pool.query(`delete from webhook_spool where refused_at < $1`, [before])
    return rowCount ?? 0
  }

  /** Removes what was spooled until `before`, of this key, or of all keys that begin with `keyPrefix`. */
  async erase(which: { key: string } | { keyPrefix: string }, before: Date): Promise<number> {
    const isWhole = 'key' in which
    const { rowCount } = await this.pool.query(
      `delete from webhook_spool where spooled_at <= $2
         and ${isWhole ? 'key = $1::bytea' : 'substring(key from 1 for length($1::bytea)) = $1::bytea'}`,
      [Buffer.from(isWhole ? which.key : which.keyPrefix), before],
    )
    return rowCount ?? 0
  }

  private async drainLocked(
    client: PoolClient,
    limit: number,
    publish: (records: SpooledRecord[]) => Promise<Refused[]>,
  ): Promise<Drained> {
    const { rows } = await client.query<Row>({
      name: 'spool-oldest',
      text: `
        select id, topic, key, value, headers, timestamp from (
          select id, topic, key, value, headers, extract(epoch from spooled_at)::double precision * 1000 as timestamp,
                 sum(octet_length(value)) over (order by id rows unbounded preceding) - octet_length(value) as before
          from (select * from webhook_spool where refused_at is null order by id limit $1) w) s
        where before < $2 order by id`,
      values: [limit, drainBytes],
    })
    if (rows.length === 0) return { records: 0, isFull: false }
    const refused = await publish(await withoutErased(client, rows.map(recordOf)))
    await client.query({
      name: 'spool-refuse',
      text: `update webhook_spool s set refused_at = now(), error = r.error
             from unnest($1::bigint[], $2::text[]) as r(id, error) where s.id = r.id`,
      values: [refused.map(one => one.id), refused.map(one => one.error)],
    })
    await client.query({
      name: 'spool-forget',
      text: 'delete from webhook_spool where id = any($1::bigint[]) and refused_at is null',
      values: [rows.map(row => row.id)],
    })
    const bytes = rows.reduce((sum, { value }) => sum + value.length, 0)
    return { records: rows.length, isFull: rows.length === limit || bytes >= drainBytes / 2 }
  }
}

type Row = Omit<SpooledRecord, 'key' | 'headers'> & { key: Buffer; headers: Buffer }

function recordOf({ key, headers, ...rest }: Row): SpooledRecord {
  return { ...rest, key: key.toString(), headers: JSON.parse(headers.toString()) as Record<string, string> }
}
