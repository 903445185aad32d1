import { recordHash } from '#events'
import { readPolledBody } from './polled-body.js'

const now = Date.parse('2026-03-10T12:00:00Z')

function read(body: unknown) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return readPolledBody(JSON.parse(text), text, { instanceId: 410, now })
}

const event = {
  objectType: 'accounts',
  objectId: 'lead_x',
  date: '2018-07-31T19:39:46Z',
  pollDate: '2018-07-31T19:40:36Z',
  eventType: 'CREATED',
  elementKey: 'closeio',
  hubKey: 'crm',
}
const poll = {
  instance_id: 410,
  objectType: 'accounts',
  eventId: '35149',
  events: [event],
  accounts: [{ id: 'lead_x' }],
}

test('the documented poll is read', () => {
  expect(read(poll)).toEqual({
    kind: 'polled',
    resource: 'accounts',
    changes: [
      {
        objectId: 'lead_x',
        type: 'CREATED',
        date: Date.parse(event.date),
        pollDate: Date.parse(event.pollDate),
        hash: recordHash({ id: 'lead_x' }),
        raw: '{"id":"lead_x"}',
      },
    ],
  })
})

test('objects keep their text, and belong to the events in their order', () => {
  const text = `{"objectType":"a.b","events":[{"objectId":1},{"objectId":2}],
    "a.b" : [ {"id": 1.0, "n":12345678901234567890} , { "id":2 } ]}`
  const found = read(text)
  expect(found.kind === 'polled' && found.changes.map(({ objectId, raw }) => [objectId, raw])).toEqual([
    ['1', '{"id": 1.0, "n":12345678901234567890}'],
    ['2', '{ "id":2 }'],
  ])
})

test('without a type it is UNKNOWN; without a date it is the poll’s, and without that now', () => {
  const found = read({
    objectType: 'a',
    events: [{ objectId: 1 }, { objectId: 2, pollDate: event.pollDate, eventType: 'updated' }],
    a: [{}, {}],
  })
  expect(found).toMatchObject({
    changes: [
      { type: 'UNKNOWN', date: now, pollDate: now },
      { type: 'UPDATED', date: Date.parse(event.pollDate), pollDate: Date.parse(event.pollDate) },
    ],
  })
})

test('deletions need no objects, and are known by id and date as the ones that vendors list are', () => {
  const found = read({ objectType: 'a', events: [{ objectId: '7', eventType: 'DELETED', date: event.date }] })
  const hash = recordHash({ id: '7', date: Date.parse(event.date) })
  expect(found).toMatchObject({ changes: [{ type: 'DELETED', hash, raw: '{"id":"7"}' }] })
})

test('every fault is told at once, with its place, what stood there, and what was expected', () => {
  const found = read({
    instance_id: 411,
    objectType: 'accounts',
    events: [
      { ...event, objectType: 'leads', eventType: 'CHANGED', date: 'yesterday', pollDate: {} },
      { ...event, objectId: null },
      7,
    ],
    accounts: [{}, 'x'],
  })
  expect(found).toEqual({
    kind: 'faulty',
    faults: [
      'instance_id: 411: expected 410, as in the URL',
      'events.0.objectType: "leads": expected that of the body; a poll is of one resource',
      'events.0.pollDate: {}: expected an instant such as 2018-07-31T19:39:46Z',
      'events.0.eventType: "CHANGED": expected one of CREATED, UPDATED, DELETED, UNKNOWN',
      'events.0.date: "yesterday": expected an instant such as 2018-07-31T19:39:46Z',
      "events.1.objectId: null: expected the object's id, a text or a number",
      'events.2: 7: expected a JSON object',
      'accounts: 2 of them: expected 3, one for each event in its order',
      'accounts.1: "x": expected a JSON object',
    ],
  })
})

test.each([
  ['a list', [], /^the body: \[\]: expected a JSON object$/],
  ['no resource', { ...poll, objectType: undefined }, /^objectType: missing: expected/],
  ['a resource that is no text', { ...poll, objectType: 7 }, /^objectType: 7: expected/],
  ['a resource called like a member', { ...poll, objectType: 'events' }, /^objectType: "events": its objects would/],
  ['no events', { ...poll, events: undefined }, /^events: missing: expected a list/],
  ['an empty list of events', { ...poll, events: [] }, /^events: \[\]: expected a list of at least one/],
  ['too many events', { ...poll, events: Array.from({ length: 1_001 }, () => event) }, /^events: 1001 of them/],
  ['no objects', { ...poll, accounts: undefined }, /^accounts: missing: expected a list/],
  ['an id that no database holds', { ...poll, events: [{ ...event, objectId: 'a\0b' }] }, /^events\.0\.objectId: /],
])('%s is a fault', (_, body, fault) => {
  const found = read(JSON.stringify(body))
  expect(found.kind === 'faulty' && found.faults[0]).toMatch(fault)
})
