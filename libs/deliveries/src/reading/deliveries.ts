import type { NormalizedEvent } from '#events'
import type { Pool } from 'pg'

/** What became of an event, or a notification: of all its deliveries, the one furthest along. */
export type DeliveryStatus =
  /** A callback was answered 2xx. */
  | 'delivered'
  /** Waiting for its first or next attempt. */
  | 'waiting'
  /** Waiting until somebody asks for it. */
  | 'queued'
  /** Stored; nobody was to get it. */
  | 'stored'

export interface StoredEvent {
  event: NormalizedEvent
  notificationId: string
  storedAt: Date
  status: DeliveryStatus
}

/** A page of a list; `next` is what to pass as `after` for the next one, null at the end. */
export interface Page<Item> {
  items: Item[]
  next: string | null
}

export interface EventFilter {
  /** Stored at or after, and before. */
  from?: Date
  to?: Date
  objectType?: string
  after?: string
  limit?: number
}

export interface StoredNotification {
  id: string
  accountId: number
  instanceId: number
  source: 'polling' | 'webhook'
  createdAt: Date
  status: DeliveryStatus
  events: NormalizedEvent[]
}

/** A notification that has not arrived yet. */
export interface StoredDelivery {
  id: string
  notificationId: string
  subscriptionId: string
  instanceId: number
  url: string
  state: 'due' | 'queued'
  attempts: number
  replay: boolean
  createdAt: Date
  /** Null while it is queued. */
  dueAt: Date | null
  lastError: string | null
}

export interface StoredAttempt {
  notificationId: string
  subscriptionId: string
  number: number
  startedAt: Date
  durationMs: number
  outcome: 'delivered' | 'retry' | 'queued' | 'deactivated'
  status: number | null
  error: string | null
  answer: string | null
}

interface EventRow {
  head: string
  raw: string
  day: string
  notificationId: string
  ordinal: number
  storedAt: Date
  status: DeliveryStatus
}

const statusOf = (notification: string, day: string) => `
  case
    when exists (select from attempt a
                 where a.notification_id = ${notification} and a.day >= ${day} and a.outcome = 'delivered')
      then 'delivered'
    else coalesce((select case d.state when 'due' then 'waiting' else 'queued' end from delivery d
                   where d.notification_id = ${notification} order by d.state limit 1), 'stored')
  end`

const eventColumns = `
  e.head, e.raw, e.day::text as day, e.notification_id as "notificationId", e.ordinal, e.stored_at as "storedAt",
  ${statusOf('e.notification_id', 'e.day')} as status`

const defaultLimit = 200
const largestLimit = 1_000

/** What happened and what became of it, for the API. Nothing here changes anything. */
export class Deliveries {
  constructor(private readonly pool: Pool) {}

  /** An event by its id, whoever's it is; null where it isn't stored, or not any more. */
  async eventById(id: string): Promise<StoredEvent | null> {
    const { rows } = await this.pool.query<EventRow>(
      `select ${eventColumns} from event_key k join event e on e.day = k.day and e.id = k.id where k.id = $1`,
      [id],
    )
    return rows[0] ? storedEvent(rows[0]) : null
  }

  /** An instance's events, the newest first. */
  async eventsOfInstance(instanceId: number, filter: EventFilter = {}): Promise<Page<StoredEvent>> {
    const limit = limited(filter.limit)
    const [day, notificationId, ordinal] = positionOf(filter.after)
    const { rows } = await this.pool.query<EventRow>(
      `select ${eventColumns} from event e
       where e.instance_id = $1
         and ($2::date is null or (e.day, e.notification_id, e.ordinal) < ($2::date, $3::bigint, $4::smallint))
         and ($5::timestamptz is null or (e.stored_at >= $5 and e.day >= ($5 at time zone 'utc')::date))
         and ($6::timestamptz is null or (e.stored_at < $6 and e.day <= ($6 at time zone 'utc')::date))
         and ($7::text is null or e.object_type = $7)
       order by e.day desc, e.notification_id desc, e.ordinal desc limit $8`,
      [
        instanceId,
        day,
        notificationId,
        ordinal,
        filter.from ?? null,
        filter.to ?? null,
        filter.objectType ?? null,
        limit,
      ],
    )
    const last = rows.at(-1)
    const next = last && rows.length === limit ? `${last.day}.${last.notificationId}.${last.ordinal}` : null
    return { items: rows.map(storedEvent), next }
  }

  /** A notification with its events; null where it isn't stored, or not any more. */
  async notification(id: string): Promise<StoredNotification | null> {
    if (!/^\d{1,18}$/.test(id)) return null
    const { rows } = await this.pool.query<Omit<StoredNotification, 'events'> & { day: string }>(
      `select n.id, n.account_id as "accountId", n.instance_id as "instanceId", n.source, n.created_at as "createdAt",
              n.day::text as day, ${statusOf('n.id', 'n.day')} as status
       from notification n where n.id = $1`,
      [id],
    )
    const found = rows[0]
    if (!found) return null
    const { day, ...notification } = found
    const events = await this.pool.query<{ head: string; raw: string }>(
      `select head, raw from event where instance_id = $1 and day = $2 and notification_id = $3 order by ordinal`,
      [notification.instanceId, day, id],
    )
    return { ...notification, events: events.rows.map(eventOf) }
  }

  /** What an account's callbacks still wait for, the oldest first. */
  async deliveries(
    accountId: number,
    filter: { state?: 'due' | 'queued'; url?: string; instanceId?: number; after?: string; limit?: number } = {},
  ): Promise<Page<StoredDelivery>> {
    const limit = limited(filter.limit)
    const { rows } = await this.pool.query<StoredDelivery>(
      `select d.id, d.notification_id as "notificationId", d.subscription_id as "subscriptionId",
              d.instance_id as "instanceId", s.url, d.state, d.attempts, d.replay, d.created_at as "createdAt",
              case d.state when 'due' then d.due_at end as "dueAt", d.last_error as "lastError"
       from subscription s join delivery d on d.subscription_id = s.id
       where s.account_id = $1 and ($2::text is null or d.state = $2) and ($3::text is null or s.url = $3)
         and ($4::integer is null or d.instance_id = $4) and ($5::bigint is null or d.id > $5)
       order by d.id limit $6`,
      [accountId, filter.state ?? null, filter.url ?? null, filter.instanceId ?? null, filter.after ?? null, limit],
    )
    return { items: rows, next: rows.length === limit ? (rows.at(-1)?.id ?? null) : null }
  }

  /** Everything that was tried for a notification, in order. */
  async attempts(notificationId: string): Promise<StoredAttempt[]> {
    if (!/^\d{1,18}$/.test(notificationId)) return []
    const { rows } = await this.pool.query<StoredAttempt>(
      `select notification_id as "notificationId", subscription_id as "subscriptionId", number,
              started_at as "startedAt", duration_ms as "durationMs", outcome, status, error, answer
       from attempt where notification_id = $1 order by started_at, number`,
      [notificationId],
    )
    return rows
  }
}

function storedEvent(row: EventRow): StoredEvent {
  return { event: eventOf(row), notificationId: row.notificationId, storedAt: row.storedAt, status: row.status }
}

function eventOf({ head, raw }: { head: string; raw: string }): NormalizedEvent {
  return { ...(JSON.parse(head) as Omit<NormalizedEvent, 'raw'>), raw }
}

function limited(limit = defaultLimit): number {
  return Math.max(1, Math.min(largestLimit, limit))
}

/** Where a list goes on; one that nobody gave out is the beginning. */
function positionOf(after: string | undefined): [string, string, string] | [null, null, null] {
  const match = /^(\d{4}-\d{2}-\d{2})\.(\d{1,18})\.(\d{1,4})$/.exec(after ?? '')
  return match?.[1] && match[2] && match[3] ? [match[1], match[2], match[3]] : [null, null, null]
}
