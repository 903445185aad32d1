/** Lets through so many per second on average, and no more than a second's worth (at least one) at once. */
export class TokenBucket {
  #tokens: number
  #at: number

  /** Starts empty where somebody else may have spent the tokens a moment ago. */
  constructor(
    readonly ratePerSecond: number,
    now: number,
    full: boolean,
  ) {
    this.#tokens = full ? this.capacity : 0
    this.#at = now
  }

  private get capacity(): number {
    return Math.max(1, this.ratePerSecond)
  }

  /** Takes a token. False: there is none yet. */
  take(now: number): boolean {
    this.refill(now)
    if (this.#tokens < 1) return false
    this.#tokens--
    return true
  }

  /** Milliseconds until there is a token. */
  waitMs(now: number): number {
    this.refill(now)
    return this.#tokens >= 1 ? 0 : Math.ceil(((1 - this.#tokens) / this.ratePerSecond) * 1_000)
  }

  private refill(now: number): void {
    const passed = Math.max(0, now - this.#at)
    this.#tokens = Math.min(this.capacity, this.#tokens + (passed / 1_000) * this.ratePerSecond)
    this.#at = now
  }
}
