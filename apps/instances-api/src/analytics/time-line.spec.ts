import { beginningOf, finest, later, numberOf } from './time-line.js'

const at = new Date('2026-11-18T10:11:12.345Z')

test.each([
  ['second', '2026-11-18T10:11:12.000Z', '2026-11-18T10:11:13.000Z'],
  ['minute', '2026-11-18T10:11:00.000Z', '2026-11-18T10:12:00.000Z'],
  ['hour', '2026-11-18T10:00:00.000Z', '2026-11-18T11:00:00.000Z'],
  ['day', '2026-11-18T00:00:00.000Z', '2026-11-19T00:00:00.000Z'],
  ['week', '2026-11-16T00:00:00.000Z', '2026-11-23T00:00:00.000Z'],
  ['month', '2026-11-01T00:00:00.000Z', '2026-12-01T00:00:00.000Z'],
  ['year', '2026-01-01T00:00:00.000Z', '2027-01-01T00:00:00.000Z'],
] as const)('a %s begins at %s, and the next at %s', (interval, beginning, next) => {
  expect(beginningOf(at, interval).toISOString()).toBe(beginning)
  expect(later(at, interval, 1).toISOString()).toBe(next)
  expect(numberOf(at, later(at, interval, 12), interval)).toBe(13)
  expect(later(new Date(next), interval, -1).toISOString()).toBe(beginning)
})

test('the finest interval is the shortest that doesn’t make too many', () => {
  const after = (ms: number) => new Date(at.getTime() + ms)
  expect(finest(at, at, 1)).toBe('second')
  expect(finest(at, after(3_600_000), 100)).toBe('minute')
  expect(finest(at, after(86_400_000), 100)).toBe('hour')
  expect(finest(at, after(86_400_000 * 60), 100)).toBe('day')
  expect(finest(at, new Date('9999-01-01'), 100)).toBeNull()
})
