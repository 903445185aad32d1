import { eventsPerNotification, recordKey } from '#events'
import type { IncomingEvent } from './read-record.js'

/** Events that go to a callback together, in the order of the log; a vendor notification's deletions come last. */
export type EventGroup = readonly [IncomingEvent, ...IncomingEvent[]]

interface OpenGroup {
  events: [IncomingEvent, ...IncomingEvent[]]
  /** Among the groups. */
  place: number
}

/**
 * Which events share a notification: those of one vendor notification, at most 20 (each group repeats the vendor's
 * whole body); of a poll run, those of one object type that arrive together, at most 10.
 * @param isOrdered whether an instance's notifications are sent in the order of their objects: then none of an object's
 * events gets into an earlier group than one that the log has before it
 */
export function groupEvents(
  incoming: readonly IncomingEvent[],
  isOrdered: (instanceId: number) => boolean = () => false,
): EventGroup[] {
  const groups: EventGroup[] = []
  const open = new Map<string, OpenGroup>()
  const latest = new Map<string, number>()
  for (const one of incoming) {
    const object = isOrdered(one.event.instanceId) ? recordKey(one.event) : null
    const earliest = object === null ? 0 : (latest.get(object) ?? 0)
    const key = togetherBy(one)
    let group = key === null ? undefined : open.get(key)
    if (group && group.place >= earliest && takes(group, one)) {
      join(group.events, one)
    } else {
      group = { events: [one], place: groups.length }
      groups.push(group.events)
      if (key !== null) open.set(key, group)
    }
    if (object !== null) latest.set(object, group.place)
  }
  return groups
}

/** Without the vendor's name for its notification nothing says which events belong together. */
function togetherBy({ event: { instanceId, source, origin, objectType } }: IncomingEvent): string | null {
  return origin === '' ? null : `${instanceId} ${source} ${origin} ${source === 'polling' ? objectType : ''}`
}

function takes({ events }: OpenGroup, one: IncomingEvent): boolean {
  return events.length < eventsPerNotification[one.event.source] && alike(events[0], one)
}

// A merge is the survivor's change, then the end of the other; they lie on partitions that come in any order. What the
// log has after the end of its own object comes after it.
function join(group: IncomingEvent[], one: IncomingEvent): void {
  const { source, eventType } = one.event
  const own = group.findLastIndex(other => isSameObject(other, one))
  const isEnd = (other: IncomingEvent, at: number) => at > own && isDeletion(other)
  const ends = source === 'webhook' && eventType !== 'DELETED' ? group.findIndex(isEnd) : -1
  group.splice(ends < 0 ? group.length : ends, 0, one)
}

function isDeletion({ event }: IncomingEvent): boolean {
  return event.eventType === 'DELETED'
}

function isSameObject({ event: a }: IncomingEvent, { event: b }: IncomingEvent): boolean {
  return a.objectId === b.objectId && a.objectType === b.objectType
}

/** One callback shows one vendor body: where ids repeat with another body, that is another notification. */
function alike(a: IncomingEvent, b: IncomingEvent): boolean {
  return a.event.source === 'polling' || a.event.raw === b.event.raw
}
