import type { Pool } from 'pg'
import { dueChannel } from '../subscriptions/channels.js'

/** Which of an instance's notifications to send again, or for the first time. */
export interface ReplayRange {
  accountId: number
  instanceId: number
  /** Stored at or after, and before. */
  from?: Date
  to?: Date
  /** Only these. */
  notificationIds?: readonly string[]
  /** The oldest ones first. */
  limit?: number
}

const defaultLimit = 10_000

// A whole block per row: ids needn't be dense, and no round trip is needed to draw them.
const replaySql = `
  with chosen as (
    select n.id, n.day, n.account_id, n.instance_id, n.created_at
    from notification n
    where n.account_id = $1 and n.instance_id = $2
      and ($3::timestamptz is null or (n.created_at >= $3 and n.day >= ($3 at time zone 'utc')::date))
      and ($4::timestamptz is null or (n.created_at < $4 and n.day <= ($4 at time zone 'utc')::date))
      and ($5::bigint[] is null or n.id = any($5))
    order by n.day, n.id limit $6),
  added as (
    insert into delivery (id, notification_id, day, account_id, instance_id, subscription_id, lane_id, state, replay,
                          created_at, due_at)
    select nextval('id_block') * 1000, c.id, c.day, c.account_id, c.instance_id, s.id, s.lane_id,
           case when s.active then 'due' else 'queued' end, true, c.created_at, now()
    from chosen c join subscription s on s.instance_id = c.instance_id and s.ended_at is null
    on conflict (notification_id, subscription_id) do nothing
    returning lane_id),
  wanted as (
    update lane set next_due = now() where id in (select lane_id from added) and owner is null returning 1)
  select (select count(*)::integer from added) as count, pg_notify('${dueChannel}', lane_id::text)
  from (select distinct lane_id from added) lanes`

/** Sends stored notifications again: the same id and bytes, with a header that says so. */
export class Replays {
  constructor(private readonly pool: Pool) {}

  /**
   * Makes deliveries to the instance's present URL of what its range holds; what is on its way already stays as it is.
   * Where the subscription isn't active they are queued; where there is no URL, nothing is made.
   * @returns how many
   */
  async start(range: ReplayRange): Promise<number> {
    const { accountId, instanceId, from, to, notificationIds, limit = defaultLimit } = range
    const values = [accountId, instanceId, from ?? null, to ?? null, notificationIds ?? null, limit]
    const { rows } = await this.pool.query<{ count: number }>(replaySql, values)
    return rows[0]?.count ?? 0
  }
}
