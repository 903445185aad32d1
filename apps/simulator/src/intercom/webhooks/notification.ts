import { createHmac, randomUUID } from 'node:crypto'
import type { JsonObject } from '../../http/body.js'

/** One notification of one app's subscription, before an attempt gives it its delivery fields. */
export interface WebhookNotification {
  /** Null for pings, and for what Intercom sends without an id. */
  id: string | null
  workspace: string
  topic: string
  item: JsonObject
  createdAt: number
}

/** Intercom's ids of notifications. They are random even in a seeded simulator: a repeat means a repeat. */
export function notificationId(): string {
  return `notif_${randomUUID()}`
}

/**
 * The body of one attempt. Keys stand in the order of the wire; a retry differs from the first attempt in
 * `delivery_status` and `delivery_attempts` only, so its bytes and its signature differ too.
 */
export function attemptBody(
  notification: WebhookNotification,
  attempt: { number: number; firstSentAt: number },
  style: 'compact' | 'pretty',
): string {
  const status = attempt.number === 1 ? 'pending' : 'retry'
  const envelope = {
    type: 'notification_event',
    app_id: notification.workspace,
    data: { type: 'notification_event_data', item: notification.item },
    links: {},
    id: notification.id,
    topic: notification.topic,
    delivery_status: notification.id === null ? null : status,
    delivery_attempts: attempt.number,
    delivered_at: 0,
    first_sent_at: attempt.firstSentAt,
    created_at: notification.createdAt,
    self: null,
  }
  return style === 'compact' ? JSON.stringify(envelope) : JSON.stringify(envelope, null, 2).replaceAll('": ', '" : ')
}

/** The headers that go with a body. */
export function attemptHeaders(body: string, clientSecret: string): Record<string, string> {
  return {
    'user-agent': 'intercom-parrot-service-client/1.0',
    accept: 'application/json',
    'content-type': 'application/json',
    'x-hub-signature': `sha1=${createHmac('sha1', clientSecret).update(body, 'utf8').digest('hex')}`,
  }
}
