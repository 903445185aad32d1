import type { Definition } from '../../definition.js'
import { isMembers, type Members } from '../path.js'
import { idOf } from '../records.js'
import { findResource } from '../resources.js'
import { firstDate } from './normalize.js'
import { readWebhook } from './read.js'

/** A polled record as its vendor's webhooks would name and date it. */
export interface Notified {
  objectType: string
  /** Null: the record has none where the definition looks for it. */
  objectId: string | null
  /** Milliseconds since 1970; null: nothing in the record dates its webhooks. */
  date: number | null
}

/** What webhooks would call a record of `resource`, whatever a poll is configured to read of it. */
export function asNotified(definition: Definition, resource: string, fields: Members): Notified {
  const found = findResource(definition, resource)
  return {
    objectType: found?.definition.notifiedAs ?? found?.name ?? resource,
    objectId: found ? idOf(fields, found.definition) : null,
    date: dateOf(definition, fields),
  }
}

/**
 * The dates that a notification's body has of an object which it wraps in something else (a ticket beside its new part).
 * The event is dated by the occasion; a poll finds the object by its own.
 */
export function wrappedDates(definition: Definition, body: unknown, objectType: string, objectId: string): number[] {
  const resource = findResource(definition, objectType)?.definition
  const reading = definition.webhooks && readWebhook(definition.webhooks, body, {})
  if (!resource || reading?.kind !== 'notification') return []
  return reading.notifications
    .flatMap(({ item }) => (isMembers(item) ? Object.values(item) : []))
    .filter(isMembers)
    .filter(member => idOf(member, resource) === objectId)
    .flatMap(member => dateOf(definition, member) ?? [])
}

function dateOf({ webhooks }: Definition, fields: Members): number | null {
  const { updatedAt = [], createdAt = [] } = webhooks?.itemDates ?? {}
  return firstDate({ ...fields, item: fields }, [...updatedAt, ...createdAt])
}
