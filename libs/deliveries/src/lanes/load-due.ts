import type { NormalizedEvent } from '#events'
import type { Pool } from 'pg'

/** A delivery as it is read for an attempt. */
export interface DueDelivery {
  id: string
  laneId: string
  notificationId: string
  /** The day that its notification was stored. */
  day: string
  accountId: number
  instanceId: number
  subscriptionId: string
  /** Inactive: nobody wants it just now, and it belongs in the queue. */
  subscription: 'active' | 'inactive' | 'ended'
  /** The subscription is there only for as long as the instance is configured with its URL. */
  asConfigured: boolean
  /** Attempts made so far. */
  attempts: number
  firstAttemptAt: Date | null
  replay: boolean
  /** It keeps the order of its objects: an earlier one of them may have to come first. */
  ordered: boolean
  createdAt: Date
  /** None: retention has dropped them. */
  events: readonly NormalizedEvent[]
}

/** How many deliveries a lane has room for. */
export interface Room {
  laneId: string
  room: number
}

interface DueRow extends Omit<DueDelivery, 'events'> {
  heads: string | null
  raws: string | null
}

// JSON can't contain this character, so it can stand between two texts of JSON.
const separator = '\u001e'

// The latest one before it is locked, so that whoever removes that one finds this one behind it. One that is locked is
// about to be removed, most likely: nothing is put behind it, and the next look sees.
const putBehindSql = `
  with blocked as materialized (
    select c.id, b.subscription_id, b.before
    from unnest($1::bigint[]) as c (id)
    cross join lateral (
      select o.subscription_id, b.delivery_id as before
      from ordered_object o
      cross join lateral (
        select b.delivery_id from ordered_object b
        where b.subscription_id = o.subscription_id and b.object = o.object and b.position < o.position
        order by b.position desc limit 1) b
      where o.delivery_id = c.id limit 1) b),
  held as materialized (
    select id, subscription_id from delivery
    where id = any(array(select before from blocked)) for key share skip locked),
  sure as materialized (
    select b.id, b.subscription_id
    from blocked b join held h on h.id = b.before and h.subscription_id = b.subscription_id),
  put as (
    update delivery d set behind = true
    from sure where d.id = any(array(select id from sure)) and d.id = sure.id and d.subscription_id = sure.subscription_id)
  select id from blocked`

// Laterals with aggregates and limits: each delivery's rows are looked up by index, whatever the planner believes.
const loadSql = `
  select d.id, d.lane_id as "laneId", d.notification_id as "notificationId", d.day::text as day,
         d.account_id as "accountId", d.instance_id as "instanceId", d.subscription_id as "subscriptionId",
         d.attempts, d.first_attempt_at as "firstAttemptAt", d.replay, d.position is not null as ordered,
         d.created_at as "createdAt",
         s.subscription, s."asConfigured", e.heads, e.raws
  from unnest($1::bigint[], $2::integer[]) as w (lane_id, room)
  cross join lateral (
    select * from delivery d
    where d.lane_id = w.lane_id and d.state = 'due' and not d.behind and d.due_at <= now()
      and (d.id in (select unnest($3::bigint[]))) is not true
    order by d.due_at, d.id limit w.room) d
  cross join lateral (
    select case when s.ended_at is not null then 'ended' when s.active then 'active' else 'inactive' end as subscription,
           not s.added as "asConfigured"
    from subscription s where s.id = d.subscription_id limit 1) s
  cross join lateral (
    select string_agg(e.head, chr(30) order by e.ordinal) as heads, string_agg(e.raw, chr(30) order by e.ordinal) as raws
    from event e
    where e.instance_id = d.instance_id and e.day = d.day and e.notification_id = d.notification_id) e
  order by d.due_at, d.id`

/** Reads what is due: first the lanes that have room, then a few deliveries of each. */
export class DueDeliveries {
  constructor(private readonly pool: Pool) {}

  /** Due deliveries of these lanes, each lane's oldest first, without those in `held`. */
  async load(rooms: readonly Room[], held: readonly string[]): Promise<DueDelivery[]> {
    const { rows } = await this.pool.query<DueRow>({
      name: 'delivery_load',
      text: loadSql,
      values: [rooms.map(one => one.laneId), rooms.map(one => one.room), held],
    })
    return rows.map(row => Object.assign(row, { events: eventsOf(row.heads, row.raws) }))
  }

  /**
   * Which of these, which keep the order of their objects, an earlier delivery has to come before. They aren't due until
   * one that they wait for has ended, however it ends.
   */
  async putBehind(deliveryIds: readonly string[]): Promise<Set<string>> {
    const statement = { name: 'delivery_put_behind', text: putBehindSql, values: [deliveryIds] }
    const { rows } = await this.pool.query<{ id: string }>(statement)
    return new Set(rows.map(row => row.id))
  }

  /** How long until each lane's next delivery is due, in milliseconds; lanes that nothing waits in are missing. */
  async untilNext(laneIds: readonly string[]): Promise<Map<string, number>> {
    const { rows } = await this.pool.query<{ laneId: string; ms: number }>({
      name: 'delivery_next',
      text: `
        select w.lane_id as "laneId", extract(epoch from d.due_at - now())::double precision * 1000 as ms
        from unnest($1::bigint[]) as w (lane_id)
        cross join lateral (
          select d.due_at from delivery d
          where d.lane_id = w.lane_id and d.state = 'due' and not d.behind and d.due_at > now()
          order by d.due_at limit 1) d`,
      values: [laneIds],
    })
    return new Map(rows.map(row => [row.laneId, row.ms]))
  }

  /** The age of the oldest delivery that is due, in seconds; 0 where none is. */
  async oldestDueSeconds(): Promise<number> {
    const { rows } = await this.pool.query<{ seconds: number | null }>(
      `select extract(epoch from now() - min(d.due_at))::double precision as seconds
       from lane l cross join lateral (
         select d.due_at from delivery d
         where d.lane_id = l.id and d.state = 'due' and not d.behind order by d.due_at limit 1) d`,
    )
    return Math.max(0, rows[0]?.seconds ?? 0)
  }
}

function eventsOf(heads: string | null, raws: string | null): NormalizedEvent[] {
  if (heads === null || raws === null) return []
  const rawTexts = raws.split(separator)
  return heads.split(separator).map((head, index) => {
    const event = JSON.parse(head) as NormalizedEvent
    event.raw = rawTexts[index] ?? 'null'
    return event
  })
}
