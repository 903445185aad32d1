/** What becomes of a wish for a token. */
export type Token =
  | { kind: 'taken' }
  /** There is none before so many milliseconds have passed. */
  | { kind: 'wait'; ms: number }
  /** There is one, but it has to be written down as spent before it is. */
  | { kind: 'unwritten' }

/** No owner writes further ahead than this, so a row that says more is from before the database's clock was set back. */
export const longestBlockMs = 5_000

/**
 * Lets through so many per second on average, and no more than a second's worth (at least one) at once, whoever owns the
 * lane. Its state is one instant, up to which the rate is spent: each token moves it on by the time it takes to earn one,
 * and what wasn't spent a second later is forfeited. An instant at or after it is on the lane's row before a token goes, so
 * a successor, who starts from there, never spends a token again.
 */
export class TokenBucket {
  ratePerSecond: number
  readonly #clock: () => number
  #spentUntil: number
  #writtenUntil = -Infinity

  /**
   * @param spentForMs how far from now the rate is spent, as stored: negative where that is over; null: never used
   * @param clock milliseconds, monotonic: the database's clock and this machine's may be set
   */
  constructor(ratePerSecond: number, spentForMs: number | null, clock: () => number) {
    this.ratePerSecond = ratePerSecond
    this.#clock = clock
    this.#spentUntil = clock() + Math.min(spentForMs ?? -Infinity, longestBlockMs)
  }

  take(): Token {
    const now = this.#clock()
    const earnedAt = this.spentUntil(now) + this.gapMs
    // Sums of fractions are a little off.
    if (earnedAt - now > 0.001) return { kind: 'wait', ms: Math.ceil(earnedAt - now) }
    if (earnedAt > this.#writtenUntil) return { kind: 'unwritten' }
    this.#spentUntil = earnedAt
    return { kind: 'taken' }
  }

  /** The row says that the rate is spent until this instant of the clock: until then, tokens may go. */
  written(until: number): void {
    this.#writtenUntil = until
  }

  /** How far from now the rate is really spent, to be written in place of what was ahead of it. No token goes after it. */
  giveBack(): number {
    this.#writtenUntil = -Infinity
    const now = this.#clock()
    return this.spentUntil(now) - now
  }

  private get gapMs(): number {
    return 1_000 / this.ratePerSecond
  }

  private spentUntil(now: number): number {
    return Math.max(this.#spentUntil, now - Math.max(1_000, this.gapMs))
  }
}
