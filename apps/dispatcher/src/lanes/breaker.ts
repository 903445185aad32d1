/** What a breaker starts from. Times are milliseconds since the epoch. */
export interface BreakerState {
  /** In a row, without a success between. */
  failures: number
  failingSince: number | null
  openUntil: number | null
  lastSuccessAt: number | null
}

/** So many failures in a row open it. */
const threshold = 10
const firstPauseMs = 5_000
const longestPauseMs = 60_000

/** An outage worth catching up after: shorter ones, and single failures, are what the retry schedule is for. */
const outageFailures = 2
const outageMs = 5_000

/**
 * A lane's circuit breaker. Open, it lets nothing through, and no attempts are used up; after a pause it lets through
 * one at a time, which is an attempt like any other, until one succeeds.
 */
export class Breaker {
  #failures: number
  #failingSince: number | null
  #openUntil: number | null
  #lastSuccessAt: number | null
  #pauseMs = 0

  constructor(state: BreakerState) {
    this.#failures = state.failures
    this.#failingSince = state.failingSince
    this.#openUntil = state.openUntil
    this.#lastSuccessAt = state.lastSuccessAt
  }

  get state(): BreakerState {
    return {
      failures: this.#failures,
      failingSince: this.#failingSince,
      openUntil: this.#openUntil,
      lastSuccessAt: this.#lastSuccessAt,
    }
  }

  get tripped(): boolean {
    return this.#openUntil !== null
  }

  /** How many may be under way at once. */
  allowance(now: number, concurrency: number): number {
    if (this.#openUntil === null) return concurrency
    return now < this.#openUntil ? 0 : 1
  }

  /** True: an outage is over. */
  succeeded(now: number): boolean {
    const recovered =
      this.#failures >= outageFailures && this.#failingSince !== null && now - this.#failingSince >= outageMs
    this.#failures = 0
    this.#failingSince = null
    this.#openUntil = null
    this.#pauseMs = 0
    this.#lastSuccessAt = now
    return recovered
  }

  /** @param askedMs what the receiver's Retry-After asks for */
  failed(now: number, askedMs: number): void {
    this.#failures++
    this.#failingSince ??= now
    // Those that were under way when it opened don't lengthen the pause.
    const shut = this.#openUntil !== null && now < this.#openUntil
    if (this.#failures < threshold || shut) return
    this.#pauseMs = Math.min(longestPauseMs, this.#pauseMs === 0 ? firstPauseMs : this.#pauseMs * 2)
    this.#openUntil = now + Math.max(this.#pauseMs, Math.min(askedMs, longestPauseMs))
  }

  /** Somebody says that the URL is well again: all is forgotten but the last success. */
  reset(): void {
    this.#failures = 0
    this.#failingSince = null
    this.#openUntil = null
    this.#pauseMs = 0
  }
}
