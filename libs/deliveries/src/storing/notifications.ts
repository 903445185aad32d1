import { eventsPerNotification } from '#events'
import type { IncomingEvent } from './read-record.js'

/** Events that go to a callback together, in the order of the log. */
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
      group.push(one)
      continue
    }
    const fresh: [IncomingEvent, ...IncomingEvent[]] = [one]
    groups.push(fresh)
    if (key !== null) open.set(key, fresh)
  }
  return groups
}

/** One callback shows one vendor body: where ids repeat with another body, that is another notification. */
function alike(a: IncomingEvent, b: IncomingEvent): boolean {
  return a.event.source === 'polling' || a.event.raw === b.event.raw
}
