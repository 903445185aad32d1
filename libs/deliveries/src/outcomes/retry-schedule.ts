/**
 * The retry schedule, as Cloud Elements documents it: the wait after each failed attempt, in seconds, 2^(3x) for x from
 * 1 to 5. docs/delivery.md shows this table; its spec fails when the two differ.
 */
export const retryDelaysSeconds = [8, 64, 512, 4_096, 32_768] as const

/** The first attempt and its retries. */
export const attemptsInAll = retryDelaysSeconds.length + 1

/** From the first attempt to the last, without jitter. A URL that answers nothing for so long is deactivated. */
export const scheduleLengthMs = retryDelaysSeconds.reduce((sum, seconds) => sum + seconds * 1_000, 0)

/** At most so much is added to a wait, so that what failed together doesn't come back together. */
export const jitterShare = 0.2

/** The longest wait that an answer's Retry-After can ask for. */
export const longestRetryAfterMs = 86_400_000

/**
 * How long to wait after failed attempt `number` (1 is the first); null after the last one.
 * @param random between 0 and 1: the share of the jitter
 */
export function retryWaitMs(number: number, random: number): number | null {
  const seconds = retryDelaysSeconds[number - 1]
  return seconds === undefined ? null : Math.round(seconds * 1_000 * (1 + jitterShare * random))
}
