import { canonicalHash, notifiedEventId, randomEventId, unnamedEventId, type NormalizedEvent } from '#events'
import type { Definition, WebhookDefinition } from '../../definition.js'
import { asText, at } from '../path.js'
import { parseInstant } from '../vendor-date.js'
import type { WebhookNotification, WebhookReading } from './read.js'
import { changesOf, type Change } from './topics.js'

/** Whose events a notification becomes. */
export interface EventSource {
  id: number
  name: string
  tags: readonly string[]
  accountId: number
  companyId: number
  userId: number
}

/**
 * The events of a message, all with the message's whole text. What can't be normalized is an event of type UNKNOWN, so
 * that there is always one at least.
 * @param now milliseconds; the date of last resort
 */
export function normalizeWebhook(
  definition: Definition,
  webhooks: WebhookDefinition,
  reading: Extract<WebhookReading, { kind: 'notification' }>,
  instance: EventSource,
  rawText: string,
  now: number,
): NormalizedEvent[] {
  const ordinals = new Map<string, number>()
  return reading.notifications.flatMap(notification =>
    found(webhooks, notification).map(change => {
      // Counted over the whole message: entries of a batch may share one id.
      const ordinal = ordinals.get(notification.id ?? '') ?? 0
      ordinals.set(notification.id ?? '', ordinal + 1)
      const { objectType, eventType } = change
      const objectId = change.objectId ?? notification.id ?? 'unknown'
      return {
        id: eventId(instance.id, notification, { objectType, objectId, eventType }, ordinal),
        instanceId: instance.id,
        instanceName: instance.name,
        instanceTags: [...instance.tags],
        accountId: instance.accountId,
        companyId: instance.companyId,
        userId: instance.userId,
        elementKey: definition.key,
        hubKey: definition.hub,
        source: 'webhook',
        raw: rawText,
        objectType,
        objectId,
        eventType,
        date: new Date(dateOf(webhooks, notification, change) ?? now).toISOString(),
        origin: notification.id ?? '',
      }
    }),
  )
}

function found(webhooks: WebhookDefinition, notification: WebhookNotification): Change[] {
  const changes = changesOf(webhooks, notification)
  const normal = changes.filter(change => change.objectId !== null)
  if (normal.length > 0) return normal
  return [{ objectType: changes[0]?.objectType ?? 'unknown', objectId: null, eventType: 'UNKNOWN' }]
}

function dateOf(
  webhooks: WebhookDefinition,
  { scope, item, createdAt }: WebhookNotification,
  change: Change,
): number | null {
  const { updatedAt = [], createdAt: itemCreatedAt = [] } = webhooks.itemDates ?? {}
  const notified = parseInstant(createdAt)
  // What a deleted item says of itself is from before its deletion.
  if (change.eventType === 'DELETED') return notified ?? firstDate(scope, updatedAt)
  // An item without an id is a wrapper made for the occasion, so its creation is the change's.
  const isCreation = change.eventType === 'CREATED' || asText(at(item, 'id')) === null
  return firstDate(scope, isCreation ? [...updatedAt, ...itemCreatedAt] : updatedAt) ?? notified
}

/** The first of `paths` at which a date stands; milliseconds since 1970. */
export function firstDate(scope: unknown, paths: readonly string[]): number | null {
  for (const path of paths) {
    const date = parseInstant(at(scope, path))
    if (date !== null) return date
  }
  return null
}

type Identified = Pick<NormalizedEvent, 'objectType' | 'objectId' | 'eventType'>

function eventId(instanceId: number, notification: WebhookNotification, change: Identified, ordinal: number): string {
  const { id, workspace, topic, createdAt, item } = notification
  if (id !== null) return notifiedEventId({ instanceId, notificationId: id, ...change, ordinal })
  const created = asText(createdAt)
  // Without a date two changes that read alike couldn't be told apart: repeats over loss.
  if (created === null) return randomEventId()
  const itemHash = canonicalHash(item)
  const named = { workspace: workspace ?? '', topic: topic ?? '', createdAt: created, itemHash }
  return unnamedEventId({ instanceId, ...named, ...change, ordinal })
}
