import type { Pool } from 'pg'

/** From the longest to the shortest. In UTC; weeks begin on Mondays. */
export const intervals = ['year', 'month', 'week', 'day', 'hour', 'minute', 'second'] as const
export type Interval = (typeof intervals)[number]

/** Which events are counted, and by how long a time each. */
export interface Counting {
  accountId: number
  /** Stored at or after, and before. */
  from: Date
  to: Date
  interval: Interval
  /** Only theirs. */
  instanceIds?: readonly number[]
}

export interface EventCount {
  /** The beginning of the interval that the events were stored in. */
  at: Date
  count: number
}

/** What became of the events: success, a callback of theirs was answered 2xx; failed, they were sent and none was. */
export interface JudgedCount extends EventCount {
  success: number
  failed: number
}

export interface InstanceCount extends JudgedCount {
  instanceId: number
}

// Attempts of an event come after it, but the clocks of two machines may differ.
const skew = `interval '1 hour'`

const wanted = `
  e.account_id = $1 and e.stored_at >= $2::timestamptz and e.stored_at < $3::timestamptz
  and e.day >= ($2::timestamptz at time zone 'utc')::date
  and e.day <= (($3::timestamptz - interval '1 us') at time zone 'utc')::date
  and ($5::integer[] is null or e.instance_id = any($5::integer[]))`

const countSql = `
  select date_trunc($4, e.stored_at, 'UTC') as at, count(*)::integer as count
  from event e where ${wanted} group by 1 order by 1`

// Joined flat rather than asked for each event, so that few events are looked up and many are hashed.
const judgedSql = (columns: string, groups: string) => `
  with noted as (
    select date_trunc($4, e.stored_at, 'UTC') as at, e.instance_id, e.notification_id, count(*) as count
    from event e where ${wanted} group by 1, 2, 3),
  judged as (
    select n.at, n.instance_id, n.count, bool_or(a.outcome = 'delivered') as arrived
    from noted n left join attempt a
      on a.notification_id = n.notification_id and a.account_id = $1 and a.started_at >= $2::timestamptz - ${skew}
        and a.day >= (($2::timestamptz - ${skew}) at time zone 'utc')::date
    group by n.at, n.instance_id, n.notification_id, n.count)
  select ${columns}, sum(count)::integer as count, coalesce(sum(count) filter (where arrived), 0)::integer as success,
         coalesce(sum(count) filter (where not arrived), 0)::integer as failed
  from judged group by ${groups} order by ${groups}`

const accountSql = judgedSql('at', 'at')
const instanceSql = judgedSql('at, instance_id as "instanceId"', 'at, instance_id')

/** How many events an account had, and when: out of indexes alone. Intervals without any are left out. */
export class EventCounts {
  constructor(private readonly pool: Pool) {}

  async ofAccount(counting: Counting): Promise<EventCount[]> {
    return (await this.pool.query<EventCount>(countSql, valuesOf(counting))).rows
  }

  async judged(counting: Counting): Promise<JudgedCount[]> {
    return (await this.pool.query<JudgedCount>(accountSql, valuesOf(counting))).rows
  }

  /** Of each instance by itself; no more rows than `limit`. */
  async perInstance(counting: Counting, limit: number): Promise<InstanceCount[]> {
    return (await this.pool.query<InstanceCount>(`${instanceSql} limit $6`, [...valuesOf(counting), limit])).rows
  }
}

function valuesOf({ accountId, from, to, interval, instanceIds }: Counting): unknown[] {
  return [accountId, from, to, interval, instanceIds ?? null]
}
