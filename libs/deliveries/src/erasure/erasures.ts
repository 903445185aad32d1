import { despiteDeadlocks, inTransaction } from '#database'
import type { Pool, PoolClient, QueryConfig } from 'pg'
import { keysOf, nothingRemoved, type Erasure, type ErasureTarget, type Removed } from './erasure.js'
import { settled } from './settled.js'
import * as statements from './statements.js'

/** Events that go in one transaction. */
const batch = 2_000
/** Listed is what was stored until this long after: a dispatcher's clock may be ahead of the database's. */
const skewMs = 5_000
/** What listing a day may take, and as long nobody takes the erasure over. */
const listingMs = 600_000
/** A callback that was in a dispatcher's memory has long been answered by then. */
const lateMs = 120_000

interface Row extends Omit<Erasure, 'object' | 'removed'> {
  objectType: string | null
  objectId: string | null
  removed: Partial<Removed>
}

const columns = `
  id, account_id as "accountId", instance_id as "instanceId", object_type as "objectType", object_id as "objectId",
  erased_at as "erasedAt", finished_at as "finishedAt", removed`

/**
 * Erasures, step by step. The row that `begin` writes is what keeps events from being stored again, so it comes first;
 * every step can be repeated, by another process too.
 */
export class Erasures {
  constructor(private readonly pool: Pool) {}

  /** From now on nothing that was accepted before is stored, moved or drained any more. */
  async begin({ accountId, instanceId, object }: ErasureTarget): Promise<Erasure> {
    const keys = keysOf({ instanceId, object })
    const { rows } = await this.pool.query<Row>(
      `insert into erased (account_id, instance_id, object_type, object_id, key, leased_until)
       values ($1, $2, $3, $4, $5, now() + interval '1 minute') returning ${columns}`,
      [
        ...[accountId, instanceId, object?.objectType ?? null, object?.objectId ?? null],
        Buffer.from('key' in keys ? keys.key : keys.keyPrefix),
      ],
    )
    return erasureOf(rows[0]!)
  }

  /** An instance's, the newest first. */
  async ofInstance(instanceId: number, limit = 200): Promise<Erasure[]> {
    const { rows } = await this.pool.query<Row>(
      `select ${columns} from erased where instance_id = $1 order by id desc limit $2`,
      [instanceId, limit],
    )
    return rows.map(erasureOf)
  }

  async byId(id: string): Promise<Erasure | null> {
    const { rows } = await this.pool.query<Row>(`select ${columns} from erased where id = $1`, [id])
    return rows[0] ? erasureOf(rows[0]) : null
  }

  /** One that is unfinished and that nobody works on, for a minute; null: there is none. */
  async takeUnfinished(): Promise<Erasure | null> {
    return this.take(`finished_at is null`)
  }

  /** One that is finished, and whose latecomers are yet to be removed; null: there is none just now. */
  async takeUnswept(): Promise<Erasure | null> {
    return this.take(`finished_at is not null and erased_at < now() - ${lateMs} * interval '1.25 ms'`)
  }

  /** Lists the events that are to go. What is stored from now on isn't among them. */
  async list(erasure: Erasure): Promise<void> {
    await settled(this.pool)
    const { rows } = await this.pool.query<{ listed: boolean }>(
      `update erased set leased_until = now() + ${listingMs} * interval '1 ms' where id = $1 returning listed`,
      [erasure.id],
    )
    if (rows[0]?.listed) return
    const until = new Date(erasure.erasedAt.getTime() + skewMs)
    // The latest first: only there something may still be added.
    for (const day of await this.days()) {
      const values = [erasure.id, erasure.instanceId, day, until]
      if (!erasure.object) {
        await this.patiently(statements.listInstance, values)
        continue
      }
      const { objectType, objectId } = erasure.object
      const found = await this.patiently(statements.listObject, [...values, objectType, objectId])
      if (found > 0) await this.patiently(statements.listSiblings, [...values, objectType, objectId])
    }
    await this.pool.query(`update erased set listed = true where id = $1`, [erasure.id])
  }

  /** Removes some of the listed events and what belongs to them. @returns whether there may be more */
  async removeSome(erasure: Erasure): Promise<boolean> {
    // Whoever writes outcomes locks the same deliveries.
    return despiteDeadlocks(() => inTransaction(this.pool, client => this.removeBatch(client, erasure)))
  }

  /** Removes records that couldn't be stored. */
  async removeRejected(erasure: Erasure): Promise<number> {
    const keys = keysOf(erasure)
    const { rowCount } = await this.pool.query(
      `delete from rejected_record where rejected_at <= $2
         and ${'key' in keys ? 'key = $1::bytea' : 'substring(key from 1 for length($1::bytea)) = $1::bytea'}`,
      [Buffer.from('key' in keys ? keys.key : keys.keyPrefix), erasure.erasedAt],
    )
    return rowCount ?? 0
  }

  /** Adds to the report, and keeps others from taking the erasure over for a minute. */
  async progress({ id }: Erasure, removed: Partial<Removed>): Promise<void> {
    await this.pool.query(statements.addRemoved, [id, JSON.stringify(removed)])
  }

  async finish({ id }: Erasure): Promise<void> {
    await this.pool.query(`update erased set finished_at = now(), leased_until = null where id = $1`, [id])
  }

  /** Removes attempts of callbacks that were under way in that moment, and their answers. */
  async sweep(erasure: Erasure): Promise<void> {
    const { accountId, instanceId, erasedAt } = erasure
    const [from, to] = [-lateMs, lateMs].map(ms => new Date(erasedAt.getTime() + ms))
    const { rows } = await this.pool.query<Pick<Removed, 'attempts' | 'answers'>>(statements.lateAttempts, [
      ...[accountId, instanceId, from, to],
    ])
    if (rows[0]) await this.progress(erasure, rows[0])
    await this.pool.query(`update erased set swept_at = now(), leased_until = null where id = $1`, [erasure.id])
  }

  /** A day of a very large instance takes longer than what else is asked of the database. */
  private async patiently(text: string, values: unknown[]): Promise<number> {
    // pg knows the per-query time-out, its types don't.
    const query: QueryConfig & { query_timeout: number } = { text, values, query_timeout: listingMs }
    return (await this.pool.query(query)).rowCount ?? 0
  }

  private async take(which: string): Promise<Erasure | null> {
    const { rows } = await this.pool.query<Row>(
      `update erased set leased_until = now() + interval '1 minute' where id = (
         select id from erased
         where swept_at is null and ${which} and (leased_until is null or leased_until < now())
         order by id limit 1 for update skip locked)
       returning ${columns}`,
    )
    return rows[0] ? erasureOf(rows[0]) : null
  }

  private async days(): Promise<string[]> {
    const { rows } = await this.pool.query<{ day: string }>(
      `select to_date(right(c.relname, 8), 'YYYYMMDD')::text as day
       from pg_inherits i join pg_class c on c.oid = i.inhrelid
       where i.inhparent = 'event'::regclass and not i.inhdetachpending order by 1 desc`,
    )
    return rows.map(row => row.day)
  }

  private async removeBatch(client: PoolClient, erasure: Erasure): Promise<boolean> {
    await client.query(statements.byIndex)
    const listed = await client.query<Listed>(statements.listed, [erasure.id, batch])
    const day = listed.rows[0]?.day
    const rows = listed.rows.filter(row => row.day === day)
    const last = rows.at(-1)
    if (day === undefined || !last) return false
    await client.query(statements.unlist, [erasure.id, day, last.notificationId, last.ordinal])
    const change = async (text: string, values: unknown[]) => (await client.query(text, values)).rowCount ?? 0
    const places = (some: Listed[]) => [
      ...[erasure.instanceId, day, [...new Set(some.map(row => row.notificationId))]],
      some.map(row => `${row.notificationId}:${row.ordinal}`),
    ]
    const events = await change(statements.deleteEvents, places(rows.filter(row => !row.sibling)))
    const bodies = await change(statements.clearBodies, places(rows.filter(row => row.sibling)))
    const all = [...new Set(rows.map(row => row.notificationId))]
    const found = await client.query<{ id: string }>(statements.emptied, [erasure.instanceId, day, all])
    const gone = new Set(found.rows.map(row => row.id))
    const removed: Partial<Removed> = {
      ...{ events, bodies },
      deliveries: await change(statements.deleteDeliveries, [[...gone]]),
      notifications: await change(statements.deleteNotifications, [day, [...gone]]),
      attempts: await change(statements.deleteAttempts, [day, [...gone]]),
      answers: await change(statements.clearAnswers, [day, all.filter(id => !gone.has(id))]),
    }
    await client.query(statements.addRemoved, [erasure.id, JSON.stringify(removed)])
    return true
  }
}

interface Listed {
  day: string
  notificationId: string
  ordinal: number
  sibling: boolean
}

function erasureOf({ objectType, objectId, removed, ...rest }: Row): Erasure {
  const object = objectType === null || objectId === null ? null : { objectType, objectId }
  return { ...rest, object, removed: { ...nothingRemoved, ...removed } }
}
