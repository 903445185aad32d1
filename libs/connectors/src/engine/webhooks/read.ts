import type { WebhookDefinition } from '../../definition.js'
import { asText, at, isMembers, Layers, textAt, type Members } from '../path.js'
import { fill, MissingValueError } from '../template.js'
import type { Headers } from './signature.js'

/** A notification as its topic's paths see it: its own members, `item`, and the request's `headers`. */
export interface WebhookNotification {
  topic: string | null
  /** The vendor's id; null where it gave none. */
  id: string | null
  workspace: string | null
  createdAt: unknown
  item: unknown
  scope: Layers
}

/** One vendor message at the door. */
export type WebhookReading =
  /** Answer with `body`; no event. */
  | { kind: 'handshake'; body: string }
  | {
      kind: 'notification'
      /** Whose it is, as the vendor names it; null where it doesn't say. */
      workspace: string | null
      /** Of the first notification; for logs. */
      topic: string | null
      notifications: WebhookNotification[]
    }
  | { kind: 'unreadable'; why: string }

/** What a message is. @param body the parsed JSON (or form) */
export function readWebhook(webhooks: WebhookDefinition, body: unknown, headers: Headers): WebhookReading {
  const handshake = webhooks.handshakes?.find(({ when }) =>
    Object.entries(when).every(([path, value]) => asText(at(body, path)) === String(value)),
  )
  if (handshake) return { kind: 'handshake', body: handshakeAnswer(handshake.answer ?? '', body) }
  const entries = webhooks.batch === undefined ? [body] : at(body, webhooks.batch)
  if (!Array.isArray(entries) || entries.length === 0)
    return { kind: 'unreadable', why: `expected a list of notifications at "${webhooks.batch ?? ''}"` }
  const notifications: WebhookNotification[] = []
  for (const entry of entries as unknown[]) {
    const read = readNotification(webhooks, body, entry, headers)
    if (typeof read === 'string') return { kind: 'unreadable', why: read }
    notifications.push(read)
  }
  const [first] = notifications
  return { kind: 'notification', workspace: first?.workspace ?? null, topic: first?.topic ?? null, notifications }
}

/**
 * Whose a message is, as the vendor names it, be it a notification or only a handshake; null where it doesn't say. Of
 * several notifications the first one says it.
 */
export function workspaceIn(webhooks: WebhookDefinition, body: unknown, headers: Headers): string | null {
  const list = webhooks.batch === undefined ? undefined : at(body, webhooks.batch)
  const entry: unknown = Array.isArray(list) ? list[0] : body
  const scope = new Layers({ headers, item: at(entry, webhooks.item) }, membersOf(entry), membersOf(body))
  return webhooks.workspace === undefined ? null : textAt(scope, [webhooks.workspace])
}

function membersOf(value: unknown): Members {
  return isMembers(value) ? value : {}
}

function readNotification(
  webhooks: WebhookDefinition,
  body: unknown,
  entry: unknown,
  headers: Headers,
): WebhookNotification | string {
  if (!isMembers(entry)) return 'expected a JSON object'
  const item = at(entry, webhooks.item)
  const scope = new Layers({ headers, item }, entry, membersOf(body))
  const topic = webhooks.topic === undefined ? null : topicOf(webhooks.topic, scope)
  if (webhooks.topic !== undefined && topic === null) return `expected a topic at "${webhooks.topic}"`
  if (!isMembers(item)) return `expected an object at "${webhooks.item}"`
  return {
    topic,
    id: webhooks.notificationId === undefined ? null : textAt(scope, [webhooks.notificationId]),
    workspace: webhooks.workspace === undefined ? null : textAt(scope, [webhooks.workspace]),
    createdAt: webhooks.createdAt === undefined ? undefined : at(scope, webhooks.createdAt),
    item,
    scope,
  }
}

function topicOf(topic: string, scope: unknown): string | null {
  if (!topic.includes('{')) return textAt(scope, [topic])
  try {
    return fill(topic, path => at(scope, path))
  } catch (error) {
    if (error instanceof MissingValueError) return null
    throw error
  }
}

function handshakeAnswer(answer: string, body: unknown): string {
  return fill(answer, path => asText(at(body, path)) ?? '')
}
