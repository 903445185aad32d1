import type { NormalizedEvent } from '#events'
import type { Pool } from 'pg'
import { isPoison } from '../storing/event-store.js'
import { readRecord, type IncomingEvent } from '../storing/read-record.js'

/** A record of the log that couldn't be stored, without what is in it. */
export interface RejectedEntry {
  id: string
  topic: string
  key: string
  bytes: number
  error: string
  rejectedAt: Date
}

/** Whether a rejected record could be stored now. */
export type Storability =
  | { kind: 'storable'; topic: string; event: NormalizedEvent; rejectedAt: Date }
  | { kind: 'not-storable'; why: string }
  | { kind: 'none' }

/** `rejected_record`: what the dispatcher put aside. */
export class RejectedRecords {
  constructor(private readonly pool: Pool) {}

  /** The oldest first, those with a higher id than `after`. */
  async list(limit: number, after = '0'): Promise<RejectedEntry[]> {
    const { rows } = await this.pool.query<Omit<RejectedEntry, 'key'> & { key: Buffer }>(
      `select id, topic, key, octet_length(value) as bytes, error, rejected_at as "rejectedAt"
       from rejected_record where id > $1 order by id limit $2`,
      [after, limit],
    )
    return rows.map(row => ({ ...row, key: row.key.toString() }))
  }

  /** Tries to store it, in a transaction that is undone; where it still can't be, the reason is kept with it. */
  async examine(id: string): Promise<Storability> {
    const { rows } = await this.pool.query<{ topic: string; value: Buffer; rejectedAt: Date }>(
      `select topic, value, rejected_at as "rejectedAt" from rejected_record where id = $1`,
      [id],
    )
    if (!rows[0]) return { kind: 'none' }
    const { topic, value, rejectedAt } = rows[0]
    const reading = readRecord(value, rejectedAt.getTime())
    const why = reading.kind === 'unreadable' ? reading.why : await this.faultOf(reading.incoming)
    if (why === null && reading.kind === 'event') {
      return { kind: 'storable', topic, event: reading.incoming.event, rejectedAt }
    }
    const text = String(why).replaceAll('\0', '\uFFFD').slice(0, 1_000)
    await this.pool.query(`update rejected_record set error = $2 where id = $1`, [id, text])
    return { kind: 'not-storable', why: text }
  }

  async remove(id: string): Promise<void> {
    await this.pool.query(`delete from rejected_record where id = $1`, [id])
  }

  /** What PostgreSQL has against it; null: nothing. */
  private async faultOf({ event, head }: IncomingEvent): Promise<string | null> {
    const client = await this.pool.connect()
    try {
      await client.query('begin')
      await client.query(trial, [
        ...[event.id, event.accountId, event.instanceId, event.objectType, event.objectId, event.eventType],
        ...[head, event.raw],
      ])
      return null
    } catch (error) {
      if (isPoison(error)) return (error as Error).message
      throw error
    } finally {
      await client.query('rollback').then(
        () => client.release(),
        (failure: Error) => client.release(failure),
      )
    }
  }
}

// A day that is there: ids and texts are what may be wrong.
const trial = `
  with key as (
    insert into event_key (id, day, instance_id, notification_id)
    values ($1, (now() at time zone 'utc')::date, $3, 0) on conflict do nothing)
  insert into event (day, notification_id, ordinal, id, account_id, instance_id, object_type, object_id, event_type,
                     stored_at, head, raw)
  values ((now() at time zone 'utc')::date, 0, 0, $1, $2, $3, $4, $5, $6, now(), $7, $8)`
