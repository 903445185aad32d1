import type { NormalizedEvent } from '#events'
import type { Pool } from 'pg'
import { urlHash } from '../subscriptions/lanes-of-urls.js'
import { eventOf } from './events.js'
import { limited, type Page } from './page.js'

/** Where a delivery that has not arrived stands: before its first attempt, before its next one, or not to be tried. */
export type WaitingStatus = (typeof waitingStatuses)[number]
const waitingStatuses = ['created', 'retry', 'queued'] as const

/** Whose deliveries. */
export interface DeliveryFilter {
  subscriptionId?: string
  instanceId?: number
  url?: string
  limit?: number
}

/** One notification on its way to one subscription, or there. */
export interface StoredDelivery {
  notificationId: string
  /** The day that its notification was stored; null where that is past retention. */
  day: string | null
  subscriptionId: string
  instanceId: number
  url: string
  status: WaitingStatus | 'delivered'
  /** Made so far. */
  attempts: number
  /** When its notification was stored. */
  createdAt: Date
  /** When it came to where it stands. */
  updatedAt: Date
  /** Null while it is queued, and once it is delivered. */
  dueAt: Date | null
  /** Of the last attempt. */
  lastError: string | null
}

/** A place among the delivered ones. */
export interface DeliveredPosition {
  startedAt: Date
  subscriptionId: string
  notificationId: string
}

interface WaitingRow extends StoredDelivery {
  id: string
}

interface DeliveredRow extends StoredDelivery {
  startedAt: Date
}

const conditions: Readonly<Record<WaitingStatus, string>> = {
  created: `d.state = 'due' and d.attempts = 0`,
  retry: `d.state = 'due' and d.attempts > 0`,
  queued: `d.state = 'queued'`,
}

const columns = `
  d.id, d.notification_id, d.day, d.subscription_id, d.instance_id, d.state, d.attempts, d.created_at, d.updated_at,
  d.due_at, d.last_error`

// $1 account, $2 after, $3 limit. Each kind by an index of its own.
const ofAccount = (status: WaitingStatus) => `
  (select ${columns} from delivery d
   where d.account_id = $1 and ${conditions[status]} and d.id > $2 order by d.id limit $3)`

// $2 subscription, $3 instance, $4 the URL's hash.
const chosenSql = `
  select s.id from subscription s
  where s.account_id = $1 and ($2::bigint is null or s.id = $2) and ($3::integer is null or s.instance_id = $3)
    and ($4::bytea is null or s.lane_id = (select l.id from lane l where l.account_id = $1 and l.url_hash = $4))`

const ofChosen = (status: WaitingStatus | undefined) => `
  (select d.* from unnest($4::bigint[]) as s (id) cross join lateral (
     select ${columns} from delivery d
     where d.subscription_id = s.id and d.account_id = $1 and d.id > $2 ${status ? `and ${conditions[status]}` : ''}
     order by d.id limit $3) d
   order by d.id limit $3)`

const waitingSql = (source: string) => `
  select d.id, d.notification_id as "notificationId", d.day::text as day, d.subscription_id as "subscriptionId",
         d.instance_id as "instanceId", s.url,
         case when d.state = 'queued' then 'queued' when d.attempts = 0 then 'created' else 'retry' end as status,
         d.attempts, d.created_at as "createdAt", d.updated_at as "updatedAt",
         case d.state when 'due' then d.due_at end as "dueAt", d.last_error as "lastError"
  from (${source}) d
  cross join lateral (select s.url from subscription s where s.id = d.subscription_id limit 1) s
  order by d.id limit $3`

const deliveredSql = `
  select a.notification_id as "notificationId", n.day::text as day, a.subscription_id as "subscriptionId",
         a.instance_id as "instanceId", s.url, 'delivered' as status, a.number as attempts,
         coalesce(n.created_at, a.started_at) as "createdAt",
         a.started_at + a.duration_ms * interval '1 ms' as "updatedAt", null as "dueAt", null as "lastError",
         a.started_at as "startedAt"
  from (
    select * from attempt a
    where a.account_id = $1 and a.outcome = 'delivered'
      and ($2::timestamptz is null
           or (a.started_at, a.subscription_id, a.notification_id) < ($2, $3::bigint, $4::bigint))
      and ($5::bigint[] is null or a.subscription_id = any($5))
    order by a.started_at desc, a.subscription_id desc, a.notification_id desc limit $6) a
  cross join lateral (select s.url from subscription s where s.id = a.subscription_id limit 1) s
  left join lateral (select n.day, n.created_at from notification n where n.id = a.notification_id limit 1) n on true
  order by a.started_at desc, a.subscription_id desc, a.notification_id desc`

// A lateral with a limit: each notification's rows are looked up by index, whatever the planner believes.
const eventsSql = `
  select w.id as "notificationId", e.head, e.raw
  from unnest($1::bigint[], $2::integer[], $3::date[]) as w (id, instance_id, day)
  cross join lateral (
    select e.ordinal, e.head, e.raw from event e
    where e.instance_id = w.instance_id and e.day = w.day and e.notification_id = w.id
    order by e.ordinal limit 1000) e
  order by w.id, e.ordinal`

/** An account's deliveries, for the API. Nothing here changes anything. */
export class DeliveryList {
  constructor(private readonly pool: Pool) {}

  /** What has not arrived, the oldest first. */
  async waiting(
    accountId: number,
    filter: DeliveryFilter & { status?: WaitingStatus; after?: string } = {},
  ): Promise<Page<StoredDelivery>> {
    const { status, after = '0' } = filter
    const limit = limited(filter.limit)
    const chosen = await this.chosen(accountId, filter)
    const everything = (status ? [status] : waitingStatuses).map(ofAccount).join('\nunion all')
    const { rows } = chosen
      ? await this.pool.query<WaitingRow>(waitingSql(ofChosen(status)), [accountId, after, limit, chosen])
      : await this.pool.query<WaitingRow>(waitingSql(everything), [accountId, after, limit])
    const next = rows.length === limit ? (rows.at(-1)?.id ?? null) : null
    return { items: rows.map(({ id: _, ...delivery }) => delivery), next }
  }

  /** What has arrived, the newest first: as many as attempts that were answered 2xx, replays included. */
  async delivered(
    accountId: number,
    filter: DeliveryFilter & { after?: DeliveredPosition } = {},
  ): Promise<Page<StoredDelivery>> {
    const { after } = filter
    const limit = limited(filter.limit)
    const { rows } = await this.pool.query<DeliveredRow>(deliveredSql, [
      accountId,
      after?.startedAt ?? null,
      after?.subscriptionId ?? null,
      after?.notificationId ?? null,
      await this.chosen(accountId, filter),
      limit,
    ])
    const last = rows.length === limit ? rows.at(-1) : undefined
    const next = last ? `${last.startedAt.getTime()}.${last.subscriptionId}.${last.notificationId}` : null
    return { items: rows.map(({ startedAt: _, ...delivery }) => delivery), next }
  }

  /** The events of these deliveries' notifications, by notification; those past retention are missing. */
  async events(deliveries: readonly StoredDelivery[]): Promise<Map<string, [NormalizedEvent, ...NormalizedEvent[]]>> {
    const kept = new Map(deliveries.flatMap(one => (one.day === null ? [] : [[one.notificationId, one] as const])))
    const { rows } = await this.pool.query<{ notificationId: string; head: string; raw: string }>(eventsSql, [
      [...kept.keys()],
      [...kept.values()].map(one => one.instanceId),
      [...kept.values()].map(one => one.day),
    ])
    const events = new Map<string, [NormalizedEvent, ...NormalizedEvent[]]>()
    for (const { notificationId, ...row } of rows) {
      const others = events.get(notificationId)
      if (others) others.push(eventOf(row))
      else events.set(notificationId, [eventOf(row)])
    }
    return events
  }

  /** Null: all of the account's. */
  private async chosen(
    accountId: number,
    { subscriptionId, instanceId, url }: DeliveryFilter,
  ): Promise<string[] | null> {
    if (subscriptionId === undefined && instanceId === undefined && url === undefined) return null
    const values = [accountId, subscriptionId ?? null, instanceId ?? null, url === undefined ? null : urlHash(url)]
    const { rows } = await this.pool.query<{ id: string }>(chosenSql, values)
    return rows.map(row => row.id)
  }
}

/** What `Page.next` of delivered ones says; null where no page ever said so. */
export function readDeliveredPosition(token: string): DeliveredPosition | null {
  const [, startedAt, subscriptionId, notificationId] = /^(\d{1,15})\.(\d{1,18})\.(\d{1,18})$/.exec(token) ?? []
  if (startedAt === undefined || subscriptionId === undefined || notificationId === undefined) return null
  return { startedAt: new Date(Number(startedAt)), subscriptionId, notificationId }
}
