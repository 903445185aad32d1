import { instantOf, startOfDay, withOffset, zoneLess } from './zone.js'

const newYork = 'America/New_York'

test('a date is written with the offset of its season', () => {
  expect(withOffset(Date.parse('2026-07-01T12:00:00Z'), newYork)).toBe('2026-07-01T08:00:00-04:00')
  expect(withOffset(Date.parse('2026-01-01T12:00:00Z'), newYork, '')).toBe('2026-01-01T07:00:00-0500')
  expect(zoneLess(Date.parse('2012-06-09T19:46:52Z'), newYork)).toBe('2012-06-09 15:46:52')
  expect(withOffset(Date.parse('2026-01-01T12:00:00Z'), 'Asia/Kolkata')).toBe('2026-01-01T17:30:00+05:30')
})

test('a day begins at its own midnight, also where the clocks change in it', () => {
  expect(startOfDay(Date.parse('2026-03-08T20:00:00Z'), newYork)).toBe(Date.parse('2026-03-08T05:00:00Z'))
  expect(startOfDay(Date.parse('2026-03-08T20:00:00Z'), newYork, 1)).toBe(Date.parse('2026-03-09T04:00:00Z'))
  expect(startOfDay(Date.parse('2026-12-31T23:30:00Z'), 'Pacific/Auckland')).toBe(Date.parse('2026-12-31T11:00:00Z'))
})

test('an hour that comes twice means its first coming, one that never comes rolls forward', () => {
  const at = (month: number, day: number, hour: number) =>
    instantOf({ year: 2026, month, day, hour, minute: 30, second: 0 }, newYork)
  expect(at(11, 1, 1)).toBe(Date.parse('2026-11-01T05:30:00Z'))
  expect(at(3, 8, 2)).toBe(Date.parse('2026-03-08T07:30:00Z'))
})
