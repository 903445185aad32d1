import type { NormalizedEvent } from '#events'
import { Connector, type EventSource } from '../src/index.js'
import { intercom } from '../src/definitions/intercom/index.js'

/** When notifications of the tests are received. */
export const received = Date.parse('2026-03-10T12:00:00Z')
export const connector = new Connector(intercom, { now: () => received })

const instance: EventSource = {
  id: 410,
  name: 'API & Instance',
  tags: ['Marketing'],
  accountId: 1,
  companyId: 2,
  userId: 3,
}

/** A notification as captured, of some topic and item. */
export function envelope(topic: string, item: unknown, more: object = {}) {
  return {
    type: 'notification_event',
    app_id: 'vne310wv',
    data: { type: 'notification_event_data', item },
    links: {},
    id: 'notif_9cc0ef6e-3dfd-47a9-a715-be6cf19a273a',
    topic,
    delivery_status: 'pending',
    delivery_attempts: 1,
    delivered_at: 0,
    first_sent_at: 1692131395,
    created_at: 1692131388,
    self: null,
    ...more,
  }
}

/** The events of a notification of instance 410. */
export function normalize(body: object): NormalizedEvent[] {
  const reading = connector.read(body)
  if (reading.kind !== 'notification') throw new Error(`read as ${JSON.stringify(reading)}`)
  return connector.normalize(reading, instance, JSON.stringify(body))
}

/** The events of a notification: `UPDATED contacts 64db`. */
export function shown(topic: string, item: unknown, more: object = {}): string[] {
  return normalize(envelope(topic, item, more)).map(event => `${event.eventType} ${event.objectType} ${event.objectId}`)
}

/** Items as captured. */
export const conversation = {
  type: 'conversation',
  id: '215472621202693',
  created_at: 1768031789,
  updated_at: 1768033204,
}
export const contact = { type: 'contact', id: '64db', role: 'user', updated_at: '2023-08-15T18:49:35.016+00:00' }
export const ticket = { type: 'ticket', id: '9876543210', ticket_id: '12', updated_at: 1768033204 }
export const part = { type: 'ticket_ticket_part', ticket, ticket_part: { type: 'ticket_part', id: '55' } }
export const model = { parts: [], options: {}, model: { id: 1886, created_at: '2024-03-23T14:41:12.000Z' } }
