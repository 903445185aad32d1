import type { Disposed, Disposition } from '#deliveries'
import type { DispositionBody } from './disposition.dto.js'

const consequences = {
  retry: 'to be tried again',
  queued: 'queued',
  deactivated: 'queued, and its subscription deactivated',
} as const

/** What came of an event's callbacks, as the API tells it. */
export function dispositionView({ eventId, instanceId, attempts }: Disposition): DispositionBody {
  const notificationData = attempts.map(attempt => ({
    message: messageOf(eventId, attempt),
    date: new Date(attempt.startedAt).toISOString(),
  }))
  return { eventId, elementInstanceId: instanceId, notificationData }
}

function messageOf(eventId: string, { url, outcome, status, error }: Disposed): string {
  const what = `event ${eventId} to ${url ?? 'a URL that is forgotten'}`
  if (outcome === 'delivered') return `Delivered ${what}: answered ${status}`
  return `Error delivering ${what}: ${error ?? `answered ${status}`}; ${consequences[outcome]}`
}
