/** What a breaker starts from. The instant is in milliseconds since the epoch. */
export interface BreakerState {
  /** In a row, without a success between. */
  failures: number
  /** For how long, in milliseconds; null: it doesn't fail. */
  failingForMs: number | null
  /** How much longer it is open, in milliseconds; negative: one at a time is tried. Null: it is closed. */
  openForMs: number | null
  /** How long it was opened for the last time. */
  pauseMs: number
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
  readonly #clock: () => number
  /** By the clock. */
  #failingSince: number | null
  /** By the clock. */
  #openUntil: number | null
  #lastSuccessAt: number | null
  #pauseMs: number

  /** @param clock milliseconds, monotonic, so that a machine whose clock is set neither stalls nor hurries a lane */
  constructor(state: BreakerState, clock: () => number) {
    this.#clock = clock
    this.#failures = state.failures
    this.#failingSince = state.failingForMs === null ? null : clock() - state.failingForMs
    this.#openUntil = state.openForMs === null ? null : clock() + Math.min(state.openForMs, longestPauseMs)
    this.#lastSuccessAt = state.lastSuccessAt
    this.#pauseMs = state.pauseMs
  }

  get state(): BreakerState {
    return {
      failures: this.#failures,
      failingForMs: this.#failingSince === null ? null : this.#clock() - this.#failingSince,
      openForMs: this.openForMs,
      pauseMs: this.#pauseMs,
      lastSuccessAt: this.#lastSuccessAt,
    }
  }

  get tripped(): boolean {
    return this.#openUntil !== null
  }

  /** How much longer nothing goes through, in milliseconds; null: it is closed. */
  get openForMs(): number | null {
    return this.#openUntil === null ? null : this.#openUntil - this.#clock()
  }

  /** How many may be under way at once. */
  allowance(concurrency: number): number {
    if (this.openForMs === null) return concurrency
    return this.openForMs > 0 ? 0 : 1
  }

  /**
   * @param now milliseconds since the epoch
   * @returns whether an outage is over
   */
  succeeded(now: number): boolean {
    const { failures, failingForMs } = this.state
    const recovered = failures >= outageFailures && failingForMs !== null && failingForMs >= outageMs
    this.#failures = 0
    this.#failingSince = null
    this.#openUntil = null
    this.#pauseMs = 0
    this.#lastSuccessAt = now
    return recovered
  }

  /** @param askedMs what the receiver's Retry-After asks for */
  failed(askedMs: number): void {
    this.#failures++
    this.#failingSince ??= this.#clock()
    // Those that were under way when it opened don't lengthen the pause.
    const shut = this.openForMs !== null && this.openForMs > 0
    if (this.#failures < threshold || shut) return
    this.#pauseMs = Math.min(longestPauseMs, this.#pauseMs === 0 ? firstPauseMs : this.#pauseMs * 2)
    this.#openUntil = this.#clock() + Math.max(this.#pauseMs, Math.min(askedMs, longestPauseMs))
  }

  /** Somebody says that the URL is well again: all is forgotten but the last success. */
  reset(): void {
    this.#failures = 0
    this.#failingSince = null
    this.#openUntil = null
    this.#pauseMs = 0
  }
}
