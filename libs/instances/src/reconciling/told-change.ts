import { parseVendorJson, type Connector } from '#connectors'
import type { EventType } from '#events'
import { createHash } from 'node:crypto'

/** A change by which a webhook's event and a polled one are known to be the same. */
export interface ToldChange {
  instanceId: number
  /** A hash of its type and id. */
  object: string
  /** The second of the vendor's own date, since 1970. */
  changedAt: number
  deleted: boolean
  /** Told by a poll; else by a webhook. */
  polled: boolean
}

/** What of an event says which change it tells. */
export interface Telling {
  instanceId: number
  /** When polled: the resource, by the definition's name where that is known. */
  objectType: string
  objectId: string
  eventType: EventType
  /** Milliseconds since 1970. */
  date: number
  source: 'polling' | 'webhook'
  /** JSON text. */
  raw: string
}

/**
 * The change that an event tells, first the one that it is recognized by; none where nobody knows what it tells. A webhook's
 * has several where its notification dates the object apart from the occasion.
 *
 * Records are dated as their webhooks are, whatever date a poll is configured to go by.
 */
export function changesTold(telling: Telling, connector: Connector): ToldChange[] {
  if (telling.eventType === 'UNKNOWN') return []
  return telling.source === 'polling' ? [polled(telling, connector)] : notified(telling, connector)
}

function polled({ instanceId, eventType, raw, ...rest }: Telling, connector: Connector): ToldChange {
  const deleted = eventType === 'DELETED'
  const { objectType, objectId, date } = connector.asNotified(rest.objectType, membersOf(parseVendorJson(raw)))
  // What tells of a deletion isn't the record.
  const id = deleted ? rest.objectId : (objectId ?? rest.objectId)
  const at = deleted ? rest.date : (date ?? rest.date)
  return { instanceId, object: objectHash(objectType, id), changedAt: secondOf(at), deleted, polled: true }
}

function notified(telling: Telling, connector: Connector): ToldChange[] {
  const { instanceId, objectType, objectId, date, raw } = telling
  const deleted = telling.eventType === 'DELETED'
  const wrapped = deleted ? [] : connector.wrappedDates(parseVendorJson(raw), objectType, objectId)
  const seconds = new Set([date, ...wrapped].map(secondOf))
  const object = objectHash(objectType, objectId)
  return [...seconds].map(changedAt => ({ instanceId, object, changedAt, deleted, polled: false }))
}

/** An object of an instance, in 64 bits. */
export function objectHash(objectType: string, objectId: string): string {
  return createHash('sha256')
    .update(JSON.stringify([objectType, objectId]))
    .digest()
    .readBigInt64BE()
    .toString()
}

function secondOf(epochMs: number): number {
  return Math.floor(epochMs / 1_000)
}

function membersOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
}
