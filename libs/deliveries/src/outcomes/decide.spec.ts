import fc from 'fast-check'
import { decide, retryAfterMs, type Circumstances } from './decide.js'
import { attemptsInAll, jitterShare, retryDelaysSeconds, retryWaitMs, scheduleLengthMs } from './retry-schedule.js'

const now = 1_800_000_000_000
const at: Circumstances = {
  number: 1,
  firstAttemptAt: now - 1_000,
  lastSuccessAt: null,
  failingForMs: 1_000,
  policy: 'retry',
  random: 0,
}
const answered = (status: number, retryAfter: number | null = null) =>
  ({ kind: 'answered', status, retryAfterMs: retryAfter, excerpt: '' }) as const
const silent = { kind: 'failed', error: 'timeout' } as const

test('2xx is success, and nothing else is', () => {
  for (const status of [200, 201, 204, 299]) expect(decide(answered(status), at)).toEqual({ kind: 'delivered' })
  for (const status of [199, 301, 302, 307, 308, 400, 401, 404, 429, 500, 503]) {
    expect(decide(answered(status), at).kind).toBe('retry')
  }
  expect(decide(silent, at).kind).toBe('retry')
})

test('the documented waits follow each failure, up to a fifth longer', () => {
  retryDelaysSeconds.forEach((seconds, index) => {
    expect(retryWaitMs(index + 1, 0)).toBe(seconds * 1_000)
    expect(retryWaitMs(index + 1, 1)).toBe(Math.round(seconds * 1_000 * (1 + jitterShare)))
  })
  expect(retryWaitMs(attemptsInAll, 0)).toBeNull()
})

test('Retry-After only lengthens a wait, by a day at most', () => {
  expect(decide(answered(503, 3_000), at)).toEqual({ kind: 'retry', waitMs: 8_000, patient: false })
  expect(decide(answered(503, 60_000), at)).toEqual({ kind: 'retry', waitMs: 60_000, patient: true })
  fc.assert(
    fc.property(
      fc.nat(10 ** 9),
      fc.integer({ min: 1, max: 5 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (asked, number, random) => {
        const decision = decide(answered(429, asked), { ...at, number, random })
        const own = retryWaitMs(number, random)!
        expect(decision).toMatchObject({ kind: 'retry', waitMs: Math.max(own, Math.min(asked, 86_400_000)) })
      },
    ),
  )
})

test('after the last attempt one is queued alone if anything got through meanwhile, else the subscription is over', () => {
  const last = { ...at, number: attemptsInAll }
  expect(decide(silent, { ...last, lastSuccessAt: at.firstAttemptAt })).toEqual({ kind: 'queued' })
  const over = { kind: 'deactivated', what: 'subscription', why: 'unreachable' }
  expect(decide(silent, { ...last, lastSuccessAt: at.firstAttemptAt - 1 })).toEqual(over)
  expect(decide(silent, last)).toEqual(over)
  expect(decide(silent, { ...at, policy: 'queue' })).toEqual(over)
  // Between its last two attempts nothing else had to be sent, and that took as long as the schedule.
  const alone = { ...last, lastSuccessAt: at.firstAttemptAt, failingForMs: scheduleLengthMs }
  expect(decide(silent, alone)).toEqual({ kind: 'queued' })
})

test('410 is the end of the subscription, and a URL that fails for the schedule’s length is over for all', () => {
  expect(decide(answered(410), at)).toEqual({ kind: 'deactivated', what: 'subscription', why: 'gone' })
  const failing = { ...at, failingForMs: scheduleLengthMs }
  expect(decide(silent, failing)).toEqual({ kind: 'deactivated', what: 'url', why: 'unreachable' })
  expect(decide(silent, { ...failing, failingForMs: scheduleLengthMs - 1 }).kind).toBe('retry')
})

test('Retry-After is read as seconds or as a date', () => {
  expect(retryAfterMs('120', now)).toBe(120_000)
  expect(retryAfterMs(new Date(now + 5_000).toUTCString(), now)).toBe(5_000)
  expect(retryAfterMs(new Date(now - 5_000).toUTCString(), now)).toBe(0)
  expect(retryAfterMs('99999999999', now)).toBe(86_400_000)
  for (const nonsense of ['soon', '', '-1', '1.5', undefined]) expect(retryAfterMs(nonsense, now)).toBeNull()
})
