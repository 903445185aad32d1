/** How long this process may still act for its lanes. Measured on the monotonic clock, from before it was asked for. */
export class Lease {
  #until = 0

  constructor(private readonly clock: () => number = () => performance.now()) {}

  /** Call with the moment before the renewal was sent: the answer's way back is not ours. */
  renewed(askedAt: number, leaseMs: number): void {
    this.#until = askedAt + leaseMs
  }

  lost(): void {
    this.#until = 0
  }

  now(): number {
    return this.clock()
  }

  /** Whether there is more lease left than `ms`. */
  outlasts(ms: number): boolean {
    return this.#until - this.clock() > ms
  }
}
