import type { NormalizedEvent } from './normalized-event.js'

/** An event as it stands on the log: JSON value, key and the headers of the CloudEvents 1.0 Kafka binding. */
export interface EventRecord {
  key: string
  value: string
  headers: Record<string, string>
}

/** Changes of one object share a key, so they share a partition and stay in order. */
export function recordKey(event: Pick<NormalizedEvent, 'instanceId' | 'objectType' | 'objectId'>): string {
  return `${event.instanceId}:${event.objectType}:${event.objectId}`
}

const rawMember = ',"raw":'

/** Splices the vendor's JSON text in as it is: parsing and printing it again would round long numbers. */
export function encodeEvent(event: NormalizedEvent): EventRecord {
  const head = JSON.stringify({ ...event, raw: undefined })
  return {
    key: recordKey(event),
    value: `${head.slice(0, -1)}${rawMember}${event.raw}}`,
    headers: {
      ce_specversion: '1.0',
      ce_id: event.id,
      ce_source: `/instances/${event.instanceId}`,
      ce_type: `tributary.${event.objectType}.${event.eventType.toLowerCase()}`,
      ce_subject: `${event.objectType}/${event.objectId}`,
      ce_time: event.date,
      'content-type': 'application/json',
    },
  }
}

/**
 * The event of a record's value, `raw` byte for byte as it was put in.
 * @throws SyntaxError where the value isn't one that `encodeEvent` made
 */
export function decodeEvent(value: string): NormalizedEvent {
  // Inside a JSON string the quotes would be escaped, and no member before it has an object for a value.
  const at = value.indexOf(rawMember)
  if (at < 0 || !value.endsWith('}')) throw new SyntaxError('not a normalized event: it has no member "raw"')
  const head = JSON.parse(`${value.slice(0, at)}}`) as Omit<NormalizedEvent, 'raw'>
  const raw = value.slice(at + rawMember.length, -1)
  JSON.parse(raw)
  return { ...head, raw }
}
