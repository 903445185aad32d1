import { Inject, Injectable } from '@nestjs/common'
import { inTransaction, POOL } from '#database'
import type { LogRecord } from '#event-log'
import type { Pool, PoolClient } from 'pg'

/** A record that waits for the log. */
export interface SpooledRecord extends LogRecord {
  id: string
  topic: string
  value: string
}

// Two gateways that drain at once would swap records of one key.
const drainLock = 7_301_946_201

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

  /** How many wait, and since when the oldest does. What the log refused isn't among them. */
  async waiting(): Promise<{ count: number; oldest: Date | null }> {
    const { rows } = await this.pool.query<{ count: number; oldest: Date | null }>({
      name: 'spool-waiting',
      text: `select count(*)::int as count, min(spooled_at) as oldest from webhook_spool where refused_at is null`,
    })
    return rows[0] ?? { count: 0, oldest: null }
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
   * Hands the oldest records to `publish`, and forgets them once it resolves; on its failure they stay.
   * @returns how many were published, or null where another process is draining
   */
  async drain(limit: number, publish: (records: SpooledRecord[]) => Promise<Refused[]>): Promise<number | null> {
    return inTransaction(this.pool, async client => {
      const { rows } = await client.query<{ taken: boolean }>('select pg_try_advisory_xact_lock($1) as taken', [
        drainLock,
      ])
      return rows[0]?.taken ? this.drainLocked(client, limit, publish) : null
    })
  }

  private async drainLocked(
    client: PoolClient,
    limit: number,
    publish: (records: SpooledRecord[]) => Promise<Refused[]>,
  ): Promise<number> {
    const { rows } = await client.query<Row>({
      name: 'spool-oldest',
      text: `select id, topic, key, value, headers from webhook_spool where refused_at is null order by id limit $1`,
      values: [limit],
    })
    if (rows.length === 0) return 0
    const refused = await publish(rows.map(recordOf))
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
    return rows.length
  }
}

type Row = Omit<SpooledRecord, 'key' | 'headers'> & { key: Buffer; headers: Buffer }

function recordOf({ key, headers, ...rest }: Row): SpooledRecord {
  return { ...rest, key: key.toString(), headers: JSON.parse(headers.toString()) as Record<string, string> }
}

/** A record that the log won't take, however often it is asked. */
export interface Refused {
  id: string
  error: string
}
