import type { EventType } from '#events'
import type { OtherTopics, TopicRow, WebhookDefinition } from '../../definition.js'
import { asText, at, textAt } from '../path.js'
import type { WebhookNotification } from './read.js'

/** A change that a notification tells of; without an id it can't be normalized. */
export interface Change {
  objectType: string
  objectId: string | null
  eventType: EventType
}

/** The changes that a notification means: by its topic's row, else by the kind of its item and the topic's last word. */
export function changesOf(webhooks: WebhookDefinition, notification: WebhookNotification): Change[] {
  const rows = rowsOf(webhooks, notification.topic)
  if (!rows) return [otherChange(webhooks.otherTopics, notification)]
  return rows.flatMap(([objectType, eventType, id, presence]) => {
    const objectId = textAt(notification.scope, Array.isArray(id) ? id : [id])
    return objectId === null && presence === 'optional' ? [] : [{ objectType, eventType, objectId }]
  })
}

function rowsOf({ topics }: WebhookDefinition, topic: string | null): TopicRow[] | null {
  const key = topic !== null && Object.hasOwn(topics, topic) ? topic : '*'
  const found = Object.hasOwn(topics, key) ? topics[key] : undefined
  if (!found) return null
  return isRow(found) ? [found] : found
}

function isRow(rows: TopicRow | TopicRow[]): rows is TopicRow {
  return typeof rows[0] === 'string'
}

function otherChange(other: OtherTopics | undefined, { topic, scope }: WebhookNotification): Change {
  const words = (topic ?? '').split('.')
  const type = (other && asText(at(scope, other.type))) ?? words[0] ?? ''
  const objectType = objectTypeOf(type, other)
  const paths = (other?.ids ?? ['item.id']).map(path => path.replaceAll('{type}', type))
  const wrapped = other?.wrappers !== undefined && Object.hasOwn(other.wrappers, type)
  const eventType = wrapped ? 'UPDATED' : bySuffix(words, objectType, other)
  return { objectType, eventType, objectId: textAt(scope, paths) }
}

/**
 * `created` and `deleted` are taken at their word only where nothing but the object itself was: `contact.user.created`,
 * but not `contact.tag.deleted`, after which the contact is still there. All else is an update.
 */
function bySuffix(words: string[], objectType: string, other: OtherTopics | undefined): EventType {
  const [object = '', ...rest] = words
  const last = rest.pop()
  if (last !== 'created' && last !== 'deleted') return 'UPDATED'
  const ofObject = objectTypeOf(object, other) === objectType && rest.every(word => other?.qualifiers?.includes(word))
  if (!ofObject) return 'UPDATED'
  return last === 'created' ? 'CREATED' : 'DELETED'
}

function objectTypeOf(type: string, other: OtherTopics | undefined): string {
  if (type === '') return 'unknown'
  const known = { ...other?.wrappers, ...other?.types }
  return Object.hasOwn(known, type) ? (known[type] ?? type) : plural(type)
}

function plural(type: string): string {
  if (/s$/.test(type)) return type
  return /[^aeiou]y$/.test(type) ? type.replace(/y$/, 'ies') : `${type}s`
}
