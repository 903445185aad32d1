import { decodeEvent, eventTypes, type NormalizedEvent } from '#events'

/** A record of the log as an event. `head` is its JSON without the member "raw", as it is stored. */
export interface IncomingEvent {
  event: NormalizedEvent
  head: string
  /** When the record was appended: milliseconds since the epoch. */
  appendedAt: number
}

export type RecordReading = { kind: 'event'; incoming: IncomingEvent } | { kind: 'unreadable'; why: string }

const rawMember = ',"raw":'

/** What a record's value says, or why nothing can be made of it. Anyone may write to a topic, so nothing is trusted. */
export function readRecord(value: Buffer, appendedAt: number): RecordReading {
  const text = value.toString('utf8')
  let event: NormalizedEvent
  try {
    event = decodeEvent(text)
  } catch (error) {
    return { kind: 'unreadable', why: `value: ${(error as Error).message}` }
  }
  const why = faultOf(event)
  if (why) return { kind: 'unreadable', why }
  const head = `${text.slice(0, text.length - event.raw.length - rawMember.length - 1)}}`
  return { kind: 'event', incoming: { event, head, appendedAt } }
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
