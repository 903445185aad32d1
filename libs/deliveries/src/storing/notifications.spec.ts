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

test('what the log has after the end of an object comes after it, in a callback of both too', () => {
  const [ended, anew] = [incoming('a', 'DELETED'), incoming('a', 'CREATED', { id: 'anew' })]
  expect(groupEvents([ended, incoming('b', 'DELETED'), anew]).map(group => group.map(({ event }) => event.id))).toEqual(
    [['id-a', 'anew', 'id-b']],
  )
})

test('where order is kept, no event gets into an earlier callback than one of its object before it', () => {
  const seed = Math.floor(Math.random() * 1e9)
  let state = seed
  const below = (n: number) => (state = (state * 48_271 + 11) % 2_147_483_647) % n
  for (let history = 0; history < 300; history++) {
    const events = Array.from({ length: 60 }, (_, at) => {
      const source = below(2) === 0 ? ('polling' as const) : ('webhook' as const)
      const more = { id: String(at), instanceId: 1 + below(2), origin: `${source} ${below(4)}`, source }
      return incoming(String(below(6)), below(4) === 0 ? 'DELETED' : 'UPDATED', more)
    })
    const groups = groupEvents(events, instanceId => instanceId === 1).flat()
    expect(groups).toHaveLength(60)
    const ofObject = (list: readonly IncomingEvent[], objectId: string) =>
      list.filter(({ event }) => event.instanceId === 1 && event.objectId === objectId).map(({ event }) => event.id)
    for (let object = 0; object < 6; object++) {
      expect([seed, ...ofObject(groups, String(object))]).toEqual([seed, ...ofObject(events, String(object))])
    }
  }
})

test('polled events stay in the order of the log', () => {
  const polled = { source: 'polling', pollDate: '2026-01-10T08:21:00.000Z', origin: 'run' } as const
  expect(idsOf([incoming('a', 'DELETED', polled), incoming('b', 'UPDATED', polled)])).toEqual([['a', 'b']])
})

test('a vendor notification with more than twenty events becomes several', () => {
  const events = Array.from({ length: 45 }, (_, at) => incoming(String(at), 'UPDATED'))
  expect(groupEvents(events).map(group => group.length)).toEqual([20, 20, 5])
})
