import type { Pool } from 'pg'
import { objectHash, type ToldChange } from './told-change.js'

/** What is known of a change. */
export interface Known {
  /** The other side told it: of a polled one a webhook, and the other way round. */
  told: boolean
  /** It told anything of the object. */
  object: boolean
}

/** A told change, with the log's record that tells it. */
export interface Remembered extends ToldChange {
  key: string
  /** Milliseconds since 1970. */
  appendedAt: number
}

// A deletion has no date that both sides agree on: it is told where nothing later is. Each answer is a look at the index:
// where it can, the planner would sooner read the whole table once than do so for every row.
/** 1 instances, 2 objects, 3 seconds, 4 deletions, 5 polled. */
const lookSql = `
  select case when c.deleted then (
           select t.deleted from told_change t
           where t.instance_id = c.instance_id and t.object = c.object and t.polled = not c.polled
           order by t.changed_at desc, t.deleted desc limit 1)
         else (
           select true from told_change t
           where t.instance_id = c.instance_id and t.object = c.object and t.polled = not c.polled
             and t.changed_at = c.changed_at and not t.deleted limit 1) end is true as told,
         (select true from told_change t
          where t.instance_id = c.instance_id and t.object = c.object and t.polled = not c.polled limit 1)
           is true as object
  from unnest($1::integer[], $2::bigint[], $3::bigint[], $4::boolean[], $5::boolean[]) with ordinality
    as c (instance_id, object, changed_at, deleted, polled, nth)
  order by nth`

/** As above; 6 keys of the log, 7 when appended, 8 day. Not of what has been erased since. */
const rememberSql = `
  insert into told_change (instance_id, object, polled, changed_at, deleted, day)
  select c.instance_id, c.object, c.polled, c.changed_at, c.deleted, $8::date
  from unnest($1::integer[], $2::bigint[], $3::bigint[], $4::boolean[], $5::boolean[], $6::text[],
              $7::double precision[])
    as c (instance_id, object, changed_at, deleted, polled, key, appended)
  where not exists (
    select from erased x
    where x.key in (convert_to(c.key, 'UTF8'), convert_to(c.instance_id || ':', 'UTF8'))
      and to_timestamp(c.appended / 1000) <= x.erased_at)
  order by 1, 2, 3, 4, 5
  on conflict do nothing`

/** 1 day. */
const expireSql = `
  delete from told_change where ctid = any(array(select ctid from told_change where day < $1::date limit 10000))`

/**
 * Which changes were told, of instances whose webhooks have a poller beside them. Remembered by whoever stores events, for
 * as long as their ids are, so that each change arrives once, whoever tells it first.
 */
export class ToldChanges {
  constructor(private readonly pool: Pool) {}

  /** What is known of each of these, in their order. */
  async look(changes: readonly ToldChange[]): Promise<Known[]> {
    if (changes.length === 0) return []
    const { rows } = await this.pool.query<Known>({ name: 'told_look', text: lookSql, values: columnsOf(changes) })
    return rows
  }

  /** @param day of storing: yyyy-mm-dd */
  async remember(changes: readonly Remembered[], day: string): Promise<void> {
    if (changes.length === 0) return
    await this.pool.query({
      name: 'told_remember',
      text: rememberSql,
      values: [...columnsOf(changes), changes.map(({ key }) => key), changes.map(({ appendedAt }) => appendedAt), day],
    })
  }

  /** Erases what is remembered of an instance, or of one of its objects. @returns how much that was */
  async forget(instanceId: number, object: { objectType: string; objectId: string } | null): Promise<number> {
    const { rowCount } = await this.pool.query(
      `delete from told_change where instance_id = $1 and ($2::bigint is null or object = $2)`,
      [instanceId, object && objectHash(object.objectType, object.objectId)],
    )
    return rowCount ?? 0
  }

  /** Forgets what was stored before a day: yyyy-mm-dd. A little at a time, so that nothing is locked for long. */
  async expire(day: string): Promise<void> {
    for (;;) {
      const { rowCount } = await this.pool.query(expireSql, [day])
      if ((rowCount ?? 0) < 10_000) return
    }
  }
}

function columnsOf(changes: readonly ToldChange[]): unknown[] {
  return [
    changes.map(({ instanceId }) => instanceId),
    changes.map(({ object }) => object),
    changes.map(({ changedAt }) => changedAt),
    changes.map(({ deleted }) => deleted),
    changes.map(({ polled }) => polled),
  ]
}
