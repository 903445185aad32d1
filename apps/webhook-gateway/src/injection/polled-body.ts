import { itemTexts, parseInstant } from '#connectors'
import { eventTypes, recordHash } from '#events'
import type { EventType, FoundChange } from '#events'

/** A change, and when the poll that found it began. */
export type FedChange = FoundChange & { pollDate: number }

/** What a body says that a poll found; or everything that is wrong with it, each fault a sentence. */
export type PolledBody =
  { kind: 'polled'; resource: string; changes: FedChange[] } | { kind: 'faulty'; faults: string[] }

export interface Expected {
  instanceId: number
  /** Milliseconds since 1970: stands in for dates that are missing. */
  now: number
}

type Members = Readonly<Record<string, unknown>>

const mostEvents = 1_000
const longestName = 200
/** Members that a resource of the same name would take the place of. */
const ownMembers = ['instance_id', 'objectType', 'eventId', 'events']
/** What PostgreSQL can't hold: NUL, and halves of surrogate pairs. */
const unstorable = /[\0\ud800-\udfff]/u

/**
 * Reads a poll as callbacks show it: `{instance_id, objectType, events: […], "<objectType>": [one object per event]}`.
 * The objects' texts are kept byte for byte.
 * @param value what `text` was parsed to
 */
export function readPolledBody(value: unknown, text: string, expected: Expected): PolledBody {
  if (!isMembers(value)) return { kind: 'faulty', faults: [`the body: ${shown(value)}: expected a JSON object`] }
  const faults: string[] = []
  const { instance_id: instanceId, objectType } = value
  if (![undefined, null, expected.instanceId, String(expected.instanceId)].includes(instanceId as string))
    faults.push(`instance_id: ${shown(instanceId)}: expected ${expected.instanceId}, as in the URL`)
  const resource = typeof objectType === 'string' ? objectType : ''
  faults.push(...resourceFaults(objectType))
  const events = listOfEvents(value['events'], faults)
  const read = events.map((event, index) => readEvent(event, `events.${index}`, resource, expected.now, faults))
  const objects = resource === '' ? null : objectsOf(value, text, resource, read, faults)
  if (faults.length > 0) return { kind: 'faulty', faults }
  return { kind: 'polled', resource, changes: read.map((event, index) => changeOf(event, objects?.[index])) }
}

function resourceFaults(objectType: unknown): string[] {
  const isName = typeof objectType === 'string' && objectType.trim() !== '' && objectType.length <= longestName
  if (!isName || unstorable.test(objectType))
    return [`objectType: ${shown(objectType)}: expected a resource's name, as event.poller.configuration has it`]
  return ownMembers.includes(objectType)
    ? [`objectType: "${objectType}": its objects would stand where another member of the body does`]
    : []
}

function listOfEvents(events: unknown, faults: string[]): unknown[] {
  if (!Array.isArray(events) || events.length === 0) {
    faults.push(`events: ${shown(events)}: expected a list of at least one event`)
    return []
  }
  if (events.length <= mostEvents) return events as unknown[]
  faults.push(`events: ${events.length} of them: expected ${mostEvents} at most`)
  return []
}

interface ReadEvent {
  objectId: string
  type: EventType
  date: number
  pollDate: number
}

function readEvent(event: unknown, place: string, resource: string, now: number, faults: string[]): ReadEvent {
  if (!isMembers(event)) faults.push(`${place}: ${shown(event)}: expected a JSON object`)
  const { objectType, objectId, eventType, date, pollDate } = isMembers(event) ? event : { objectId: '?' }
  if (resource !== '' && objectType !== undefined && objectType !== null && objectType !== resource)
    faults.push(`${place}.objectType: ${shown(objectType)}: expected that of the body; a poll is of one resource`)
  const isId = typeof objectId === 'string' || typeof objectId === 'number'
  if (!isId || objectId === '' || unstorable.test(String(objectId)))
    faults.push(`${place}.objectId: ${shown(objectId)}: expected the object's id, a text or a number`)
  const polled = instant(pollDate, `${place}.pollDate`, now, faults)
  return {
    objectId: isId ? String(objectId) : '',
    type: typeOf(eventType, `${place}.eventType`, faults),
    date: instant(date, `${place}.date`, polled, faults),
    pollDate: polled,
  }
}

function typeOf(eventType: unknown, place: string, faults: string[]): EventType {
  if (eventType === undefined || eventType === null) return 'UNKNOWN'
  const found = eventTypes.find(type => type === String(eventType as unknown).toUpperCase())
  if (!found) faults.push(`${place}: ${shown(eventType)}: expected one of ${eventTypes.join(', ')}`)
  return found ?? 'UNKNOWN'
}

function instant(value: unknown, place: string, otherwise: number, faults: string[]): number {
  if (value === undefined || value === null || value === '') return otherwise
  const found = parseInstant(value)
  if (found === null) faults.push(`${place}: ${shown(value)}: expected an instant such as 2018-07-31T19:39:46Z`)
  return found ?? otherwise
}

interface FoundObject {
  fields: Members
  raw: string
}

/** One object per event, in their order; none at all will do where every event is a deletion. */
function objectsOf(
  body: Members,
  text: string,
  resource: string,
  events: readonly ReadEvent[],
  faults: string[],
): FoundObject[] | null {
  const list = Object.hasOwn(body, resource) ? body[resource] : undefined
  if (list === undefined && events.every(({ type }) => type === 'DELETED')) return null
  const texts = itemTexts(text, [resource])
  if (!Array.isArray(list) || !texts) {
    faults.push(`${resource}: ${shown(list)}: expected a list with an object for each event`)
    return null
  }
  if (events.length > 0 && list.length !== events.length)
    faults.push(`${resource}: ${list.length} of them: expected ${events.length}, one for each event in its order`)
  return list.map((fields: unknown, index) => {
    if (!isMembers(fields)) faults.push(`${resource}.${index}: ${shown(fields)}: expected a JSON object`)
    return { fields: isMembers(fields) ? fields : {}, raw: texts[index] ?? '' }
  })
}

/** A deletion is known by object and date alone, as one that the vendor lists is. */
function changeOf(event: ReadEvent, object: FoundObject | undefined): FedChange {
  const { objectId, type, date } = event
  const content = type === 'DELETED' || !object ? { id: objectId, date } : object.fields
  return { ...event, hash: recordHash(content), raw: object?.raw ?? JSON.stringify({ id: objectId }) }
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function shown(value: unknown): string {
  const text = value === undefined ? 'missing' : JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
