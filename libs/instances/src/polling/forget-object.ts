import { inTransaction } from '#database'
import type { Pool } from 'pg'

/**
 * Removes what the poller remembers of one object: the hash of a snapshot, the versions it has seen, and how far it got
 * in a listing that may hold it. A poller at work on the instance loses its lease, lest it writes its own copy back, and
 * whoever takes it over lists that resource anew; event ids keep what comes again from being stored again.
 * @returns how many of these there were
 */
export async function forgetPolledObject(
  pool: Pool,
  instanceId: number,
  resource: string,
  objectId: string,
): Promise<number> {
  return inTransaction(pool, async client => {
    // Whatever touches several of these tables takes this row first.
    const instance = await client.query(`select 1 from polled_instance where instance_id = $1 for update`, [instanceId])
    if (!instance.rowCount) return 0
    const hashes = await client.query(
      `delete from polled_object where instance_id = $1 and resource = $2 and object_id = $3`,
      [instanceId, resource, objectId],
    )
    const { rows } = await client.query<{ seen: number }>(forgetSeen, [instanceId, resource, objectId])
    if (rows[0]) await client.query(takeLease, [instanceId])
    return (hashes.rowCount ?? 0) + (rows[0]?.seen ?? 0)
  })
}

const without = (list: string) =>
  `coalesce((select jsonb_agg(v) from jsonb_array_elements(${list}) v where v->>0 <> $3), '[]')`
const size = (list: string) =>
  `(select count(*)::int from jsonb_array_elements(coalesce(${list}, '[]')) v where v->>0 = $3)`

const forgetSeen = `
  with before as (
    select instance_id, resource, state from polled_resource where instance_id = $1 and resource = $2)
  update polled_resource r set
    checkpoint = r.checkpoint - 'position',
    state = case when b.state->'deletions'->'seen' is null then s.state
                 else jsonb_set(s.state, '{deletions,seen}', ${without(`s.state->'deletions'->'seen'`)}) end
  from before b cross join lateral (
    select case when b.state->'seen' is null then b.state
                else jsonb_set(b.state, '{seen}', ${without(`b.state->'seen'`)}) end as state) s
  where r.instance_id = b.instance_id and r.resource = b.resource
  returning ${size(`b.state->'seen'`)} + ${size(`b.state->'deletions'->'seen'`)} as seen`

const takeLease = `
  update polled_instance
  set epoch = nextval('polling_epoch'), lease_owner = null, due_at = greatest(now(), not_before)
  where instance_id = $1 and lease_owner is not null`
