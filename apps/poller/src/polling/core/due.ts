const firstRetryMs = 30_000
const pauseAfterFailures = 100
const longestWaitMs = 24 * 3_600_000
const shortestWaitMs = 1_000

/** Failed runs in a row after which a resource isn't polled any more until someone says so. */
export function isHopeless(failures: number): boolean {
  return failures >= pauseAfterFailures
}

/**
 * The wait after a run that succeeded, so that runs begin an interval apart, or at once where one took longer; however
 * many were missed. Spread by a little, at most 5 % or 30 s, so that what began together doesn't stay together.
 */
export function waitAfterSuccess(intervalMs: number, tookMs: number, random: () => number): number {
  const spread = Math.min(intervalMs * 0.05, 30_000) * random()
  return Math.round(Math.max(0, intervalMs - tookMs) + spread)
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
