const firstRetryMs = 30_000
const pauseAfterFailures = 100
const pauseAfterRefusals = 3
const longestWaitMs = 24 * 3_600_000
const shortestWaitMs = 1_000

/**
 * Failed runs in a row after which a resource isn't polled any more until someone says so; of those whose credentials the
 * vendor didn't take, fewer are enough.
 */
export function isHopeless(failures: number, refusals = 0): boolean {
  return failures >= pauseAfterFailures || refusals >= pauseAfterRefusals
}

// Multiples of it, their whole parts left out, lie as far apart as can be, however many there are.
const goldenRatio = (Math.sqrt(5) - 1) / 2

/**
 * How long after its instance's own place in the interval a run began: from 0 up to the interval. The places of any
 * instances with consecutive ids are spread evenly over the interval. What one instance polls has one place, so that it
 * is polled together.
 */
export function lateness(instanceId: number, startedAt: number, intervalMs: number): number {
  const place = ((instanceId * goldenRatio) % 1) * intervalMs
  return (((startedAt - place) % intervalMs) + intervalMs) % intervalMs
}

/**
 * The wait after a run that succeeded, so that runs begin an interval apart, or at once where one took longer; however
 * many were missed. One that began late (the first, one that was asked for, one after a standstill) is followed sooner,
 * by half of what it was late: whatever began together is spread within a few runs, and no two are further apart than the
 * interval, nor closer than half of it.
 */
export function waitAfterSuccess(intervalMs: number, tookMs: number, lateMs: number): number {
  return Math.round(Math.max(0, intervalMs - lateMs / 2 - tookMs))
}

/** The wait after the nth failed run in a row: 30 s, doubling up to the interval, with up to 10 % on top. */
export function waitAfterFailure(failures: number, intervalMs: number, random: () => number): number {
  const doubled = firstRetryMs * 2 ** Math.min(Math.max(failures - 1, 0), 30)
  return Math.round(Math.min(doubled, intervalMs) * (1 + 0.1 * random()))
}

/** When a vendor that said `retryAt` may be asked again: what it said, but within reason. */
export function retryAfter(retryAt: number, now: number): number {
  return Math.min(Math.max(retryAt, now + shortestWaitMs), now + longestWaitMs)
}
