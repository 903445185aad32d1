import { decodeEvent, encodeEvent, envelope, recordKey } from './index.js'
import type { NormalizedEvent } from './index.js'

const event: NormalizedEvent = {
  id: 'e1',
  instanceId: 7,
  instanceName: 'tricky ,"raw":{ name & <b>',
  instanceTags: ['a', ',"raw":'],
  accountId: 1,
  companyId: 2,
  userId: 3,
  elementKey: 'intercom',
  hubKey: 'marketing',
  objectType: 'conversations',
  objectId: '215472621202693',
  eventType: 'UPDATED',
  date: '2026-01-10T08:20:04.000Z',
  source: 'webhook',
  origin: 'notif_1',
  raw: '{ "id" : 9007199254740993,\n "deep": {"raw": 1.10} }',
}

test('a record gives back the vendor’s text byte for byte', () => {
  expect(decodeEvent(encodeEvent(event).value)).toEqual(event)
})

test('a record’s value is plain JSON to any other reader', () => {
  const value = JSON.parse(encodeEvent(event).value) as { raw: { deep: unknown }; objectId: string }
  expect(value.raw.deep).toEqual({ raw: 1.1 })
  expect(value.objectId).toBe('215472621202693')
})

test('a record carries the CloudEvents binding', () => {
  expect(encodeEvent(event).headers).toEqual({
    ce_specversion: '1.0',
    ce_id: 'e1',
    ce_source: '/instances/7',
    ce_type: 'tributary.conversations.updated',
    ce_subject: 'conversations/215472621202693',
    ce_time: '2026-01-10T08:20:04.000Z',
    'content-type': 'application/json',
  })
  expect(recordKey(event)).toBe('7:conversations:215472621202693')
})

test.each(['', '{}', '{"id":1}', 'null', '{"id":"x","raw":nope}'])('%p is refused as a record', value => {
  expect(() => decodeEvent(value)).toThrow(SyntaxError)
})

test('a webhook callback holds the vendor’s whole text and the documented envelope', () => {
  const body = envelope({ id: 'n1', createdDate: '2026-01-10T08:20:05.000Z', events: [event] })
  expect(body).toContain(event.raw)
  const { message, ...head } = JSON.parse(body) as Record<string, unknown> & { message: Record<string, unknown> }
  expect(head).toEqual({
    id: 'n1',
    severity: 'low',
    createdDate: '2026-01-10T08:20:05.000Z',
    topic: 'instance-7-intercom-events',
    action: 'updated',
    user: '3',
  })
  expect(message).toMatchObject({
    elementKey: 'intercom',
    accountId: 1,
    companyId: 2,
    userId: 3,
    eventId: 'e1',
    instanceId: 7,
    instance_id: 7,
    instanceName: event.instanceName,
    instanceTags: event.instanceTags,
  })
  expect(message.events).toEqual([
    {
      id: 'e1',
      elementKey: 'intercom',
      hubKey: 'marketing',
      objectType: 'conversations',
      objectId: '215472621202693',
      eventType: 'UPDATED',
      date: event.date,
    },
  ])
})

test('a polled callback holds its own objects under the object type', () => {
  const polled: NormalizedEvent = {
    ...event,
    source: 'polling',
    pollDate: '2026-01-10T09:00:00.000Z',
    raw: '{"id":"1"}',
  }
  const second = { ...polled, id: 'e2', raw: '{"id":"2"}' }
  const { message } = JSON.parse(envelope({ id: 'n', createdDate: event.date, events: [polled, second] })) as {
    message: { raw: Record<string, unknown>; events: { pollDate: string }[] }
  }
  expect(message.raw).toMatchObject({ instance_id: 7, objectType: 'conversations', eventId: 'e1' })
  expect(message.raw.conversations).toEqual([{ id: '1' }, { id: '2' }])
  expect(message.raw.events).toEqual(message.events)
  expect(message.events[0]?.pollDate).toBe(polled.pollDate)
})
