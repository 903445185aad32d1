import { decodeEvent, eventTypes, type NormalizedEvent } from '#events'

/** A record of the log as an event. */
export interface IncomingEvent {
  event: NormalizedEvent
  /** Its JSON's bytes before the member "raw", a closing brace short. */
  head: Buffer
  /** The bytes of `event.raw`. */
  raw: Buffer
  /** When the record was appended: milliseconds since the epoch. */
  appendedAt: number
}

export type RecordReading = { kind: 'event'; incoming: IncomingEvent } | { kind: 'unreadable'; why: string }

const rawMember = ',"raw":'

/** What a record's value says, or why nothing can be made of it. Anyone may write to a topic, so nothing is trusted. */
export function readRecord(value: Buffer, appendedAt: number): RecordReading {
  let event: NormalizedEvent
  try {
    event = decodeEvent(value.toString('utf8'))
  } catch (error) {
    return { kind: 'unreadable', why: `value: ${(error as Error).message}` }
  }
  const why = faultOf(event)
  if (why) return { kind: 'unreadable', why }
  const at = value.indexOf(rawMember)
  const raw = value.subarray(at + rawMember.length, -1)
  return { kind: 'event', incoming: { event, head: value.subarray(0, at), raw, appendedAt } }
}

const texts = ['id', 'instanceName', 'elementKey', 'hubKey', 'objectType', 'objectId', 'date', 'origin'] as const
const integers = ['instanceId', 'accountId', 'companyId', 'userId'] as const
/** PostgreSQL's integer, which ids are. */
const largestId = 2_147_483_647

function faultOf(event: NormalizedEvent): string | null {
  for (const key of texts) {
    if (typeof event[key] !== 'string') return `${key}: ${shown(event[key])} is not a string`
  }
  for (const key of integers) {
    if (!isId(event[key])) return `${key}: ${shown(event[key])} is not an integer from 0 to ${largestId}`
  }
  if (event.id === '') return 'id: "" is empty'
  if (!Array.isArray(event.instanceTags)) return `instanceTags: ${shown(event.instanceTags)} is not a list`
  if (!eventTypes.includes(event.eventType))
    return `eventType: ${shown(event.eventType)} is none of ${eventTypes.join()}`
  if (event.source !== 'webhook' && event.source !== 'polling') {
    return `source: ${shown(event.source)} is neither webhook nor polling`
  }
  return null
}

function isId(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= largestId
}

function shown(value: unknown): string {
  return JSON.stringify(value)?.slice(0, 100) ?? 'undefined'
}
