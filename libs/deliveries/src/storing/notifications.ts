import { eventsPerNotification } from '#events'
import type { IncomingEvent } from './read-record.js'

/** Events that go to a callback together, in the order of the log; a vendor notification's deletions come last. */
export type EventGroup = readonly [IncomingEvent, ...IncomingEvent[]]

/**
 * Which events share a notification: those of one vendor notification, at most 20 (each group repeats the vendor's
 * whole body); of a poll run, those of one object type that arrive together, at most 10.
 */
export function groupEvents(incoming: readonly IncomingEvent[]): EventGroup[] {
  const groups: EventGroup[] = []
  const open = new Map<string, [IncomingEvent, ...IncomingEvent[]]>()
  for (const one of incoming) {
    const { instanceId, source, origin, objectType } = one.event
    // Without the vendor's name for its notification nothing says which events belong together.
    const key = origin === '' ? null : `${instanceId} ${source} ${origin} ${source === 'polling' ? objectType : ''}`
    const group = key === null ? undefined : open.get(key)
    if (group && group.length < eventsPerNotification[source] && alike(group[0], one)) {
      join(group, one)
      continue
    }
    const fresh: [IncomingEvent, ...IncomingEvent[]] = [one]
    groups.push(fresh)
    if (key !== null) open.set(key, fresh)
  }
  return groups
}

// A merge is the survivor's change, then the end of the other; they lie on partitions that come in any order.
function join(group: IncomingEvent[], one: IncomingEvent): void {
  const { source, eventType } = one.event
  const ends = source === 'webhook' && eventType !== 'DELETED' ? group.findIndex(isDeletion) : -1
  group.splice(ends < 0 ? group.length : ends, 0, one)
}

function isDeletion({ event }: IncomingEvent): boolean {
  return event.eventType === 'DELETED'
}

/** One callback shows one vendor body: where ids repeat with another body, that is another notification. */
function alike(a: IncomingEvent, b: IncomingEvent): boolean {
  return a.event.source === 'polling' || a.event.raw === b.event.raw
}
