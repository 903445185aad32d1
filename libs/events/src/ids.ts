import { hash, randomUUID } from 'node:crypto'
import type { EventType } from './normalized-event.js'

/** What a webhook event's id is made of when the vendor named its notification. */
export interface NotifiedChange {
  instanceId: number
  notificationId: string
  objectType: string
  objectId: string
  eventType: EventType
  /** The event's place within its notification: one notification can hold several (`contact.merged` is two). */
  ordinal: number
}

/** What it is made of when the vendor's id is null (Intercom's ping and `conversation.read`). */
export interface UnnamedChange extends Omit<NotifiedChange, 'notificationId'> {
  workspace: string
  topic: string
  /** The envelope's own creation date, as sent; never a delivery_* field, which differs between attempts. */
  createdAt: string
  /** `canonicalHash` of the notification's item. */
  itemHash: string
}

/** What a polled event's id is made of. CREATED or UPDATED isn't part of it: a repeated run may judge that differently. */
export interface PolledChange {
  instanceId: number
  objectType: string
  objectId: string
  /** ISO 8601, UTC. */
  date: string
  /** `canonicalHash` of the record; of a deletion found by snapshot, the hash last seen. */
  recordHash: string
  deleted: boolean
}

/** The id of an event that came by a webhook notification which has an id of its own. */
export function notifiedEventId(change: NotifiedChange): string {
  const { instanceId, notificationId, objectType, objectId, eventType, ordinal } = change
  return digest(['notified', instanceId, notificationId, objectType, objectId, eventType, ordinal])
}

/** The id of an event whose notification has none. */
export function unnamedEventId(change: UnnamedChange): string {
  const { instanceId, workspace, topic, createdAt, itemHash, objectType, objectId, eventType, ordinal } = change
  return digest([
    'unnamed',
    instanceId,
    workspace,
    topic,
    createdAt,
    itemHash,
    objectType,
    objectId,
    eventType,
    ordinal,
  ])
}

/** The id of an event that a poll found. */
export function polledEventId(change: PolledChange): string {
  const { instanceId, objectType, objectId, date, recordHash, deleted } = change
  return digest(['polled', instanceId, objectType, objectId, date, recordHash, deleted])
}

/** For a vendor whose definition names nothing to derive an id from: repeats over loss. Made before publish. */
export function randomEventId(): string {
  return randomUUID().replaceAll('-', '')
}

// 128 bits are plenty against accidental collision, and keep ids short in URLs and indexes.
function digest(parts: readonly (string | number | boolean)[]): string {
  return hash('sha256', JSON.stringify(parts)).slice(0, 32)
}
