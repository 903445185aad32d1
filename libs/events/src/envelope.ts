import type { NormalizedEvent } from './normalized-event.js'

/** How many events one notification holds at most (Cloud Elements: events overview, "batching"). */
export const eventsPerNotification = { polling: 10, webhook: 20 } as const

/** One notification: at least one event, all of one instance and one source; of one object type when polled. */
export interface Notification {
  id: string
  /** ISO 8601, UTC. */
  createdDate: string
  events: readonly [NormalizedEvent, ...NormalizedEvent[]]
}

/**
 * The callback's body: Cloud Elements' envelope, JSON. The vendor's text is spliced in unchanged. The same notification
 * gives the same bytes, so a retry is signed over what the first attempt was.
 */
export function envelope({ id, createdDate, events }: Notification): string {
  const first = events[0]
  const entries = events.map(entry)
  const message = {
    elementKey: first.elementKey,
    accountId: first.accountId,
    companyId: first.companyId,
    userId: first.userId,
    eventId: first.id,
    instanceId: first.instanceId,
    instance_id: first.instanceId,
    instanceName: first.instanceName,
    instanceTags: first.instanceTags,
    events: entries,
  }
  const raw = first.source === 'polling' ? polledRaw(events, entries) : first.raw
  const head = {
    id,
    severity: 'low',
    createdDate,
    topic: `instance-${first.instanceId}-${first.elementKey}-events`,
    action: first.eventType.toLowerCase(),
    user: String(first.userId),
  }
  return `${open(head)},"message":${open(message)},"raw":${raw}}}`
}

type Entry = ReturnType<typeof entry>

function entry(event: NormalizedEvent) {
  const { id, elementKey, hubKey, objectType, objectId, eventType, date, pollDate } = event
  return { id, elementKey, hubKey, objectType, objectId, eventType, date, ...(pollDate && { pollDate }) }
}

function polledRaw(events: Notification['events'], entries: Entry[]): string {
  const { instanceId, objectType, id } = events[0]
  const head = { instance_id: instanceId, objectType, eventId: id, events: entries }
  return `${open(head)},${JSON.stringify(objectType)}:[${events.map(event => event.raw).join(',')}]}`
}

/** An object's JSON without its closing brace. */
function open(members: object): string {
  return JSON.stringify(members).slice(0, -1)
}
