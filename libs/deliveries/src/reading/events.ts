import type { EventType, NormalizedEvent } from '#events'
import type { Pool } from 'pg'
import { keptAt } from '../sql.js'
import { limited, type Page } from './page.js'
import { newest, tokenOf, type EventPosition } from './position.js'
import { statusOf, type DeliveryStatus } from './status.js'

export interface StoredEvent {
  event: NormalizedEvent
  notificationId: string
  storedAt: Date
  status: DeliveryStatus
  /** When a callback was last sent; null: never. */
  triedAt: Date | null
}

export interface EventFilter {
  /** Stored at or after, and before. */
  from?: Date
  to?: Date
  objectType?: string
  eventType?: EventType
  status?: DeliveryStatus
  /** What `readPosition` makes of the `next` of the page before. */
  after?: EventPosition
  limit?: number
}

interface EventRow {
  head: string
  raw: string
  day: string
  notificationId: string
  ordinal: string
  storedAt: Date
  status: DeliveryStatus
  triedAt: Date | null
}

/** How many events were looked at, the last of them, and one that fits, if any does. */
type ExaminedRow = { examined: number; lastDay: string; lastNotificationId: string; lastOrdinal: string } & (
  EventRow | { [column in keyof EventRow]: null }
)

/** Events looked at in one statement, where only some of them fit. */
const examinedAtOnce = 10_000
/** How long a page of events that fit is looked for, before it is given as far as it got. */
const patienceMs = 2_000

const eventColumns = `
  e.head, e.raw, e.day::text as day, e.notification_id as "notificationId", e.ordinal::text as ordinal,
  e.stored_at as "storedAt",
  (select max(t.started_at) from attempt t where t.notification_id = e.notification_id and t.day >= e.day) as "triedAt"`

// Bounds that nobody gave are infinite rather than null, so that every plan can use them. What doesn't fit is never
// read whole: keys are chosen first. The days are bounded twice, since a row comparison rules out no partition.
const examineSql = `
  with examined as materialized (
    select e.day, e.notification_id, e.ordinal, e.object_type, e.event_type
    from event e
    where e.instance_id = $1 and e.day <= $2::date
      and (e.day, e.notification_id, e.ordinal) < ($2::date, $3::bigint, $4::smallint)
      and e.stored_at >= $5::timestamptz and e.day >= ($5::timestamptz at time zone 'utc')::date
      and e.stored_at < $6::timestamptz
      and e.day <= (($6::timestamptz - interval '1 us') at time zone 'utc')::date
    order by e.day desc, e.notification_id desc, e.ordinal desc limit $7),
  chosen as materialized (
    select * from (
      select x.*, ${statusOf('x.notification_id', 'x.day')} as status from examined x
      where ($8::text is null or x.object_type = $8) and ($9::text is null or x.event_type = $9)) x
    where $10::text is null or x.status = $10
    order by x.day desc, x.notification_id desc, x.ordinal desc limit $11),
  last as (select * from examined order by day, notification_id, ordinal limit 1)
  select (select count(*)::integer from examined) as examined, l.day::text as "lastDay",
         l.notification_id as "lastNotificationId", l.ordinal::text as "lastOrdinal", c.status, ${eventColumns}
  from last l left join chosen c on true
  left join event e on e.instance_id = $1 and e.day = c.day and e.notification_id = c.notification_id
    and e.ordinal = c.ordinal
  order by c.day desc, c.notification_id desc, c.ordinal desc`

/** Events as stored, and what became of them. Nothing here changes anything. */
export class Events {
  constructor(private readonly pool: Pool) {}

  /** An event by its id, whoever's it is; null where it isn't stored, or not any more. */
  async byId(id: string): Promise<StoredEvent | null> {
    if (id.includes('\0')) return null
    // No text in PostgreSQL has one, not even in a comparison.
    if (id.includes('\0')) return null
    const { rows } = await this.pool.query<EventRow>(
      `select ${eventColumns}, ${statusOf('e.notification_id', 'e.day')} as status
       from event_key k join event e on ${keptAt} where k.id = $1`,
      [id],
    )
    return rows[0] ? storedEvent(rows[0]) : null
  }

  /**
   * An instance's events, the newest first. Where few of very many events fit, a page may be short of its limit, even
   * empty, though its `next` leads on: no call looks through all of them.
   */
  async ofInstance(instanceId: number, filter: EventFilter = {}): Promise<Page<StoredEvent>> {
    const limit = limited(filter.limit)
    const allFit = filter.objectType === undefined && filter.eventType === undefined && filter.status === undefined
    const atOnce = allFit ? limit + 1 : examinedAtOnce
    const deadline = Date.now() + patienceMs
    const items: StoredEvent[] = []
    for (let after = filter.after ?? newest; ;) {
      const rows = await this.examine(instanceId, { ...filter, after }, atOnce, limit - items.length)
      const [row] = rows
      if (!row) return { items, next: null }
      const last = { day: row.lastDay, notificationId: row.lastNotificationId, ordinal: row.lastOrdinal }
      const found = rows.filter(fits)
      items.push(...found.map(storedEvent))
      const isEnd = row.examined < atOnce
      const taken = items.length === limit ? (found.at(-1) ?? last) : last
      if (items.length === limit || isEnd || Date.now() > deadline) {
        return { items, next: isEnd && tokenOf(taken) === tokenOf(last) ? null : tokenOf(taken) }
      }
      after = last
    }
  }

  private async examine(
    instanceId: number,
    { from, to, objectType, eventType, status, after = newest }: EventFilter,
    atOnce: number,
    limit: number,
  ): Promise<ExaminedRow[]> {
    const place = [after.day, after.notificationId, after.ordinal, from ?? '-infinity', to ?? 'infinity']
    const values = [instanceId, ...place, atOnce, objectType ?? null, eventType ?? null, status ?? null, limit]
    return (await this.pool.query<ExaminedRow>(examineSql, values)).rows
  }
}

function fits(row: ExaminedRow): row is ExaminedRow & EventRow {
  return row.head !== null
}

function storedEvent({ head, raw, notificationId, storedAt, status, triedAt }: EventRow): StoredEvent {
  return { event: eventOf({ head, raw }), notificationId, storedAt, status, triedAt }
}

/** The event that a row holds. */
export function eventOf({ head, raw }: { head: string; raw: string }): NormalizedEvent {
  return { ...(JSON.parse(head) as Omit<NormalizedEvent, 'raw'>), raw }
}
