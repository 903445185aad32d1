import { setTimeout as sleep } from 'node:timers/promises'

/** Holds whoever reports what it did to so many a second; what wasn't used is not saved up. */
export class Pace {
  private freeAt = 0

  constructor(
    private readonly perSecond: number,
    private readonly now: () => number = Date.now,
    private readonly wait: (ms: number) => Promise<unknown> = sleep,
  ) {}

  /** Resolves when the next may follow after `count` more. */
  async after(count: number): Promise<void> {
    const took = (count / this.perSecond) * 1_000
    // A round that itself took that long has been slow enough.
    this.freeAt = Math.max(this.freeAt, this.now() - took) + took
    const ms = this.freeAt - this.now()
    if (ms > 0) await this.wait(ms)
  }
}
