import type { StoredEvent } from '#deliveries'
import { statusName } from './event-status.js'
import type { EventBody } from './event.dto.js'

/** A stored event as the API shows it. */
export function eventView({ event, notificationId, storedAt, status, triedAt }: StoredEvent): EventBody {
  const { id, elementKey, hubKey, objectType, objectId, eventType, date, pollDate, instanceId } = event
  const notified = { id, elementKey, hubKey, objectType, objectId, eventType, date, ...(pollDate && { pollDate }) }
  const element = { eventId: id, elementInstanceId: instanceId, notificationId, notifiedData: JSON.stringify(notified) }
  const dates = { createdDate: storedAt.toISOString(), updatedDate: (triedAt ?? storedAt).toISOString() }
  return {
    ...{ id, eventDate: date, status: statusName(status), providerData: event.raw, notifiedData: [notified] },
    eventElementInstances: [{ ...element, ...dates }],
    encodedid: Buffer.from(String(instanceId)).toString('base64'),
  }
}
