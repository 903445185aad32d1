import { hashSecret, Vault, type MasterKey } from '#vault'
import type { Pool } from 'pg'

export const intervalMs = 900_000
const atOnce = 5_000

/** Whose instances they are. */
export interface Owner {
  accountId: number
  companyId: number
  userId: number
}

/**
 * Makes instances `from` up to `to` that poll each quarter hour, one of two `contacts` and the other `conversations`, each
 * of a vendor account of its own; as the API would, but a few thousand at a time.
 */
export async function makeInstances(pool: Pool, key: MasterKey, owner: Owner, from: number, to: number): Promise<void> {
  const vault = new Vault([key])
  for (let first = from; first <= to; first += atOnce) {
    const ids = Array.from({ length: Math.min(atOnce, to - first + 1) }, (_, at) => first + at)
    const secrets = ids.map(id => {
      const text = { token: `t${id}`, doorKey: `d${id}`, configuration: { 'oauth.user.token': `vendor-token-${id}` } }
      return vault.seal(JSON.stringify(text), `instance:${id}:secrets`)
    })
    await pool.query(instancesSql, [
      ids,
      secrets,
      ids.map(id => hashSecret(`t${id}`)),
      ids.map(id => hashSecret(`d${id}`)),
      JSON.stringify(configurationOf('contacts')),
      JSON.stringify(configurationOf('conversations')),
      ...[owner.accountId, owner.companyId, owner.userId],
    ])
    await pool.query(schedulesSql, [first, ids.at(-1)])
  }
  await pool.query('vacuum analyze instance, polled_instance, polled_resource')
}

function configurationOf(resource: string): Record<string, string> {
  return {
    ...{ 'event.notification.enabled': 'true', 'event.vendor.type': 'polling' },
    'event.poller.refresh_interval': String(intervalMs / 60_000),
    'event.poller.configuration': JSON.stringify({ [resource]: { url: `/hubs/marketing/${resource}` } }),
  }
}

const instancesSql = `
  insert into instance (id, account_id, company_id, user_id, element_key, name, search_text, configuration, secrets,
                        token_hash, door_key_hash, workspace, identity, events)
  select id, $7, $8, $9, 'intercom', 'Instance ' || id, 'instance ' || id,
         case when id % 2 = 0 then $5::jsonb else $6::jsonb end, secrets, token_hash, door_key_hash, 'w' || id,
         jsonb_build_object('workspace', 'w' || id, 'timeZone', 'UTC', 'variables', '{"site": "US"}'::jsonb), 'polling'
  from unnest($1::integer[], $2::bytea[], $3::bytea[], $4::bytea[]) as t (id, secrets, token_hash, door_key_hash)`

const schedulesSql = `
  with instances as (
    insert into polled_instance (instance_id, account_id, enabled, due_at)
    select id, account_id, true, now() from instance where id between $1 and $2
    returning instance_id
  )
  insert into polled_resource (instance_id, resource, next_due, interval_ms, since_ms, watermark_ms)
  select instance_id, case when instance_id % 2 = 0 then 'contacts' else 'conversations' end, now(), ${intervalMs}, ms, ms
  from instances, (select (extract(epoch from now())::bigint * 1000) as ms) s`

/** Says when instances are due, and that nothing is going on; `due` and `where` are SQL expressions over polled_instance. */
export async function reschedule(pool: Pool, due: string, where = 'true'): Promise<void> {
  await pool.query(
    `with rescheduled as (
       update polled_instance set due_at = ${due}, run_id = null, lease_owner = null, not_before = null,
         epoch = nextval('polling_epoch')
       where ${where} returning instance_id, due_at
     )
     update polled_resource r set next_due = i.due_at, run_id = null, started_at = null, checkpoint = null
     from rescheduled i where r.instance_id = i.instance_id`,
  )
}

/** Each in a place of its own, as they are after some intervals. */
export const inTheirPlaces = `now() + (instance_id * 0.6180339887498949 % 1) * interval '${intervalMs} ms'`
