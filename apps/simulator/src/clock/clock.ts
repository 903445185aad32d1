/** The simulated vendors' time: the machine's, moved by what `advance` added. Timers stay real; only dates move. */
export class Clock {
  private offsetMs = 0

  /** @returns milliseconds since the epoch */
  now(): number {
    return Date.now() + this.offsetMs
  }

  /** @returns whole seconds since the epoch, as Intercom counts */
  seconds(): number {
    return Math.floor(this.now() / 1000)
  }

  /** Moves the vendors' time by `ms`, backwards when negative. */
  advance(ms: number): void {
    this.offsetMs += ms
  }

  /** Sets the vendors' time to `epochMs`; it goes on from there. */
  set(epochMs: number): void {
    this.offsetMs = epochMs - Date.now()
  }

  reset(): void {
    this.offsetMs = 0
  }
}
