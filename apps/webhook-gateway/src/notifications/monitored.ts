import type { Connector, WebhookReading } from '#connectors'
import type { NormalizedEvent } from '#events'
import { monitoredObjects, type Instance } from '#instances'

/** The events of a notification, to each of these instances those of the objects that its `event.objects` names. */
export function monitoredEvents(
  connector: Connector,
  reading: Extract<WebhookReading, { kind: 'notification' }>,
  owners: readonly Instance[],
  rawText: string,
): NormalizedEvent[] {
  return owners.flatMap(owner => {
    const objects = monitoredObjects(owner.configuration)
    const events = connector.normalize(reading, owner, rawText)
    return objects.length === 0 ? events : events.filter(({ objectType }) => objects.includes(objectType))
  })
}
