import { encodeEvent, type EventType, type NormalizedEvent } from '#events'
import { groupEvents } from './notifications.js'
import { readRecord, type IncomingEvent } from './read-record.js'

function incoming(objectId: string, eventType: EventType, more: Partial<NormalizedEvent> = {}): IncomingEvent {
  const event: NormalizedEvent = {
    id: `id-${objectId}`,
    instanceId: 1,
    instanceName: 'API Instance',
    instanceTags: [],
    accountId: 1,
    companyId: 1,
    userId: 1,
    elementKey: 'intercom',
    hubKey: 'marketing',
    objectType: 'contacts',
    objectId,
    eventType,
    date: '2026-01-10T08:20:04.000Z',
    source: 'webhook',
    origin: 'notif_1',
    raw: '{"topic":"contact.merged"}',
    ...more,
  }
  const reading = readRecord(Buffer.from(encodeEvent(event).value), 0)
  if (reading.kind !== 'event') throw new Error(reading.why)
  return reading.incoming
}

function idsOf(events: readonly IncomingEvent[]): string[][] {
  return groupEvents(events).map(group => group.map(({ event }) => event.objectId))
}

test('a merge tells of the survivor first, in whatever order its events come from the log', () => {
  const survivor = incoming('survivor', 'UPDATED')
  const merged = incoming('merged', 'DELETED')
  expect(idsOf([survivor, merged])).toEqual([['survivor', 'merged']])
  expect(idsOf([merged, survivor])).toEqual([['survivor', 'merged']])
})

test('polled events stay in the order of the log', () => {
  const polled = { source: 'polling', pollDate: '2026-01-10T08:21:00.000Z', origin: 'run' } as const
  expect(idsOf([incoming('a', 'DELETED', polled), incoming('b', 'UPDATED', polled)])).toEqual([['a', 'b']])
})

test('a vendor notification with more than twenty events becomes several', () => {
  const events = Array.from({ length: 45 }, (_, at) => incoming(String(at), 'UPDATED'))
  expect(groupEvents(events).map(group => group.length)).toEqual([20, 20, 5])
})
