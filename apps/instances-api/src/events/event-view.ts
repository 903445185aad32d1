import type { DeliveryStatus, StoredEvent } from '#deliveries'
import type { EventBody } from './event.dto.js'

const statuses: Readonly<Record<DeliveryStatus, string>> = {
  delivered: 'NOTIFIED',
  waiting: 'DISPATCHED',
  queued: 'DISPATCHED',
  stored: 'RECEIVED',
}

/** A stored event as the API shows it. */
export function eventView({ event, notificationId, storedAt, status }: StoredEvent): EventBody {
  const { id, elementKey, hubKey, objectType, objectId, eventType, date, pollDate, instanceId } = event
  const notified = { id, elementKey, hubKey, objectType, objectId, eventType, date, ...(pollDate && { pollDate }) }
  const stored = storedAt.toISOString()
  const element = { eventId: id, elementInstanceId: instanceId, notificationId, notifiedData: JSON.stringify(notified) }
  return {
    ...{ id, eventDate: date, status: statuses[status], providerData: event.raw, notifiedData: [notified] },
    eventElementInstances: [{ ...element, createdDate: stored, updatedDate: stored }],
  }
}
