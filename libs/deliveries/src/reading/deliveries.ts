import type { NormalizedEvent } from '#events'
import type { Pool } from 'pg'
import { eventOf } from './events.js'
import { limited, type Page } from './page.js'
import { statusOf, type DeliveryStatus } from './status.js'

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

/** What happened and what became of it, for the API. Nothing here changes anything. */
export class Deliveries {
  constructor(private readonly pool: Pool) {}

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
