import type { NormalizedEvent } from '#events'
import type { Pool } from 'pg'
import { eventOf } from './events.js'
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
