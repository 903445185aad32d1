import fc from 'fast-check'
import { isHopeless, lateness, retryAfter, waitAfterFailure, waitAfterSuccess } from './due.js'

const minute = 60_000

test('runs begin an interval apart, and a run that took longer is followed at once', () => {
  expect(waitAfterSuccess(15 * minute, 5_000, 0)).toBe(15 * minute - 5_000)
  expect(waitAfterSuccess(minute, 10 * minute, 0)).toBe(0)
})

test('what begins together is spread over the interval within four runs, and stays so', () => {
  const interval = 15 * minute
  const instances = 3_000
  const seconds = interval / 1_000
  const starts = Array.from({ length: instances }, () => 1_700_000_000_000)
  const peaks: number[] = []
  for (let run = 1; run <= 100; run++) {
    const perSecond = new Map<number, number>()
    for (const [at, startedAt] of starts.entries()) {
      // On the quarter hour, with the delay of a poller that looks once a second.
      const next = startedAt + waitAfterSuccess(interval, 0, lateness(at + 1_000, startedAt, interval)) + 500
      starts[at] = next
      const second = Math.floor(next / 1_000)
      perSecond.set(second, (perSecond.get(second) ?? 0) + 1)
    }
    peaks.push(Math.max(...perSecond.values()) / (instances / seconds))
  }
  expect(peaks[0]).toBeLessThan(3)
  expect(Math.max(...peaks.slice(3))).toBeLessThan(2)
  // No drift: a hundred intervals are a hundred intervals.
  const places = starts.map((startedAt, at) => lateness(at + 1_000, startedAt, interval))
  expect(Math.max(...places)).toBeLessThan(2_000)
})

test('a failed run is repeated after 30 s, doubling up to the interval', () => {
  const waits = [1, 2, 3, 4, 5, 6, 7, 1_000].map(failures => waitAfterFailure(failures, 15 * minute, () => 0) / 1_000)
  expect(waits).toEqual([30, 60, 120, 240, 480, 900, 900, 900])
})

test('nobody waits less than asked, nor much more', () => {
  const random = fc.double({ min: 0, max: 1, noNaN: true })
  const interval = fc.integer({ min: minute, max: 10_000 * minute })
  fc.assert(
    fc.property(
      interval,
      fc.integer({ min: 0, max: 100_000 }),
      fc.nat(200),
      random,
      (intervalMs, took, failures, dice) => {
        const success = waitAfterSuccess(intervalMs, took, dice * intervalMs) + took
        expect(success).toBeGreaterThanOrEqual(intervalMs / 2 - 1)
        expect(success).toBeLessThanOrEqual(Math.max(intervalMs, took) + 1)
        const failure = waitAfterFailure(failures, intervalMs, () => dice)
        expect(failure).toBeGreaterThanOrEqual(30_000)
        expect(failure).toBeLessThanOrEqual(intervalMs * 1.1 + 1)
      },
    ),
  )
})

test('a vendor’s Retry-After is believed within reason', () => {
  const now = 1_000_000
  expect(retryAfter(now + 5_000, now)).toBe(now + 5_000)
  expect(retryAfter(now - 5_000, now)).toBe(now + 1_000)
  expect(retryAfter(now + 1e12, now)).toBe(now + 86_400_000)
})

test('a hundred failures in a row are too many', () => {
  expect([isHopeless(99), isHopeless(100)]).toEqual([false, true])
})
