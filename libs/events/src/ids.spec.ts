import fc from 'fast-check'
import { canonicalHash, canonicalJson, notifiedEventId, polledEventId, randomEventId, unnamedEventId } from './index.js'

const notified = {
  instanceId: 1,
  notificationId: 'notif_1',
  objectType: 'contacts',
  objectId: 'c1',
  eventType: 'UPDATED',
  ordinal: 0,
} as const
const polled = {
  instanceId: 1,
  objectType: 'contacts',
  objectId: 'c1',
  date: '2026-01-01T00:00:00.000Z',
  recordHash: 'h',
  deleted: false,
}

test('the same change has the same id', () => {
  expect(notifiedEventId({ ...notified })).toBe(notifiedEventId(notified))
  expect(polledEventId({ ...polled })).toBe(polledEventId(polled))
})

test('every part tells two changes apart', () => {
  const others = [
    { ...notified, instanceId: 2 },
    { ...notified, notificationId: 'notif_2' },
    { ...notified, objectType: 'tickets' },
    { ...notified, objectId: 'c2' },
    { ...notified, eventType: 'DELETED' as const },
    { ...notified, ordinal: 1 },
  ].map(notifiedEventId)
  const polls = [polled, { ...polled, deleted: true }, { ...polled, recordHash: 'i' }].map(polledEventId)
  const unnamed = [{ ...notified, workspace: 'w', topic: 't', createdAt: '1', itemHash: 'h' }].map(unnamedEventId)
  const all = [notifiedEventId(notified), ...others, ...polls, ...unnamed]
  expect(new Set(all).size).toBe(all.length)
})

test('a random id is never the same twice', () => {
  expect(randomEventId()).not.toBe(randomEventId())
})

test('canonical JSON ignores the order of keys and nothing else when strict', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), object => {
      const shuffled = Object.fromEntries(Object.entries(object).reverse())
      expect(canonicalJson(shuffled)).toBe(canonicalJson(object))
      expect(JSON.parse(canonicalJson(object))).toEqual(JSON.parse(JSON.stringify(object)))
    }),
  )
  expect(canonicalHash({ a: null })).not.toBe(canonicalHash({ a: '' }))
})

test('loose canonical JSON counts null, "" and absent as one, and 1 as "1"', () => {
  expect(canonicalHash({ a: null, b: 1, c: [{ d: '' }] }, 'loose')).toBe(canonicalHash({ b: '1', c: [{}] }, 'loose'))
  expect(canonicalHash({ a: '0' }, 'loose')).not.toBe(canonicalHash({}, 'loose'))
})
