import type { Pool } from 'pg'
import { limited, type Page } from './page.js'

/** What came of an event's callbacks, one after another. */
export interface Disposition {
  eventId: string
  instanceId: number
  attempts: Disposed[]
}

export interface Disposed {
  /** ISO 8601. */
  startedAt: string
  /** Null: nothing is known of the subscription any more. */
  url: string | null
  number: number
  outcome: 'delivered' | 'retry' | 'queued' | 'deactivated'
  status: number | null
  error: string | null
}

export interface DispositionFilter {
  /** The last attempt began at or after, and before. */
  from?: Date
  to?: Date
  /** What `readDispositionPosition` makes of the `next` of the page before. */
  after?: DispositionPosition
  limit?: number
}

/** An event's place among those of an account, by when it was last tried before an instant that all pages share. */
export interface DispositionPosition {
  /** Milliseconds since 1970. */
  toMs: number
  /** ISO 8601, to the microsecond. */
  triedAt: string
  notificationId: string
  ordinal: string
}

interface Row {
  /** Null: the event is past retention, though an attempt of it isn't. */
  eventId: string | null
  instanceId: number
  attempts: Disposed[] | null
  triedUs: string
  notificationId: string
  ordinal: string | null
}

const first = { triedAt: 'infinity', notificationId: '9223372036854775807', ordinal: '32767' }
/** Of one event, the latest. */
const mostAttempts = 100

// An attempt's day is that of its end, which may be the one after that of its beginning.
const dispositionsSql = `
  with tried as materialized (
    select a.notification_id, a.instance_id, a.started_at, a.day
    from attempt a
    where a.account_id = $1 and a.started_at >= $2::timestamptz and a.started_at < $3::timestamptz
      and a.day >= ($2::timestamptz at time zone 'utc')::date
      and a.day <= (($3::timestamptz + interval '1 day') at time zone 'utc')::date
      and a.started_at <= $4::timestamptz and (a.started_at, a.notification_id) <= ($4::timestamptz, $5::bigint)
      and not exists (
        select from attempt b
        where b.notification_id = a.notification_id and b.day >= a.day - 1 and b.started_at < $3::timestamptz
          and (b.started_at, b.subscription_id, b.number) > (a.started_at, a.subscription_id, a.number))
    order by a.started_at desc, a.notification_id desc limit $7 + 1)
  select e.id as "eventId", t.instance_id as "instanceId", t.notification_id as "notificationId",
         e.ordinal::text as ordinal, (extract(epoch from t.started_at) * 1000000)::bigint::text as "triedUs",
         (select json_agg(json_build_object(
                   'startedAt', x.started_at, 'url', s.url, 'number', x.number, 'outcome', x.outcome,
                   'status', x.status, 'error', x.error) order by x.started_at, x.number)
          from (select * from attempt m
                where m.notification_id = n.id and m.day >= n.day and m.started_at < $3::timestamptz
                order by m.started_at desc limit ${mostAttempts}) x
          left join subscription s on s.id = x.subscription_id) as attempts
  from tried t
  left join notification n on n.id = t.notification_id and n.day <= t.day
  left join event e on e.instance_id = t.instance_id and e.day = n.day and e.notification_id = n.id
  where (t.started_at, t.notification_id) < ($4::timestamptz, $5::bigint) or e.ordinal > $6::smallint
  order by t.started_at desc, t.notification_id desc, e.ordinal limit $7`

/** What came of events' callbacks, for the API. */
export class Dispositions {
  constructor(private readonly pool: Pool) {}

  /** Those of an account that were tried, the one tried last first, each with all its attempts before `to`, or now. */
  async ofAccount(accountId: number, filter: DispositionFilter = {}): Promise<Page<Disposition>> {
    const limit = limited(filter.limit)
    const toMs = filter.after?.toMs ?? Math.min(filter.to?.getTime() ?? Infinity, Date.now())
    const { triedAt, notificationId, ordinal } = filter.after ?? first
    const { rows } = await this.pool.query<Row>(dispositionsSql, [
      ...[accountId, filter.from ?? '-infinity', new Date(toMs)],
      ...[triedAt, notificationId, ordinal, limit + 1],
    ])
    const shown = rows.slice(0, limit)
    const last = shown.at(-1)
    return { items: shown.flatMap(disposition), next: last && rows.length > limit ? tokenOf(toMs, last) : null }
  }
}

/** What `Page.next` of a list of dispositions says; null where no page ever said so. */
export function readDispositionPosition(token: string): DispositionPosition | null {
  const [, toMs, ms, us, notificationId, ordinal] =
    /^(\d{1,13})\.(\d{1,13})(\d{3})\.(\d{1,18})\.(\d{1,4})$/.exec(token) ?? []
  if (toMs === undefined || ms === undefined || notificationId === undefined || ordinal === undefined) return null
  const triedAt = new Date(Number(ms)).toISOString().replace('Z', `${us}Z`)
  return { toMs: Number(toMs), triedAt, notificationId, ordinal }
}

function disposition({ eventId, instanceId, attempts }: Row): Disposition[] {
  return eventId === null ? [] : [{ eventId, instanceId, attempts: attempts ?? [] }]
}

function tokenOf(toMs: number, { triedUs, notificationId, ordinal }: Row): string {
  return `${toMs}.${triedUs}.${notificationId}.${ordinal ?? 9999}`
}
