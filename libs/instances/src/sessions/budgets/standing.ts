import type { RequestAllowance, RequestLimits } from '#connectors'
import type { Lease, Rest } from './budget-table.js'

/** Of a window, this part is left to people who wait for an answer. */
const keptPart = 0.1
/** So much of a window may be asked for at a time. */
const leasedPart = 0.02
/** So much of a window each process may spend without asking: what most polls need costs nobody anything. */
const freePart = 0.01
const rollMs = 3_600_000

/** What one process knows of an account's budget. Times in milliseconds since 1970, by this process's clock. */
export class Standing {
  restUntil = 0
  pollsRestUntil = 0
  /** Leased and not spent yet. */
  #held = 0
  #windowEnd = 0
  /** As of the last lease; what the vendor says of it may be less. */
  #remaining = Infinity
  #free = 0
  #freeEnd = 0
  /** The vendor's own window, how many of them were seen, and the most that was left of one in this hour and the last. */
  #toldEnd = 0
  #windows = 0
  #most = 0
  #mostBefore = 0
  #rolledAt = 0

  /**
   * So many requests fit into a window: as is known of the vendor, or as this account has less, which shows once a
   * window was seen from its beginning. Null: unknown.
   */
  size({ requests, told }: RequestAllowance): number | null {
    const most = told && this.#windows > 1 ? Math.max(this.#most, this.#mostBefore) : 0
    return most > 0 ? Math.min(requests ?? most, most) : requests
  }

  kept(allowance: RequestAllowance): number {
    return Math.round((this.size(allowance) ?? 0) * keptPart)
  }

  /** How many to lease at a time. */
  block(allowance: RequestAllowance): number {
    return Math.max(1, Math.floor((this.size(allowance) ?? 0) * leasedPart))
  }

  /** Takes a request out of what is at hand. False: there is nothing. */
  spend(allowance: RequestAllowance, now: number): boolean {
    if (now >= this.#windowEnd) this.#held = 0
    if (now >= this.#freeEnd) {
      this.#free = Math.floor((this.size(allowance) ?? 0) * freePart)
      this.#freeEnd = now + allowance.windowMs
    }
    if (this.#free > 0) this.#free--
    else if (this.#held > 0) this.#held--
    else return false
    return true
  }

  /** It wasn't needed. */
  giveBack(now: number): void {
    if (now < this.#windowEnd) this.#held++
  }

  leased({ leased, remaining, windowMs }: Lease, now: number): void {
    if (now >= this.#windowEnd) this.#held = 0
    this.#held += leased
    this.#remaining = remaining
    this.#windowEnd = now + windowMs
  }

  /** What the vendor said. True: the others should know of it. */
  told(allowance: RequestAllowance, { remaining, resetAt }: RequestLimits, slackMs: number, now: number): boolean {
    if (resetAt > this.#toldEnd + slackMs) this.#windows++
    if (now - this.#rolledAt > rollMs) {
      this.#mostBefore = this.#most
      this.#most = 0
      this.#rolledAt = now
    }
    this.#toldEnd = Math.max(this.#toldEnd, resetAt)
    this.#most = Math.max(this.#most, remaining + 1)
    // Nothing was leased: this window is nobody's concern yet.
    if (now >= this.#windowEnd) return false
    const another = Math.abs(resetAt - this.#windowEnd) > slackMs
    // What each process may spend unasked makes a difference that isn't worth telling.
    const fewer = remaining < this.#remaining - this.kept(allowance)
    if (!another && !fewer) return false
    this.#windowEnd = Math.min(this.#windowEnd, resetAt)
    this.#remaining = another ? remaining : Math.min(this.#remaining, remaining)
    return true
  }

  rest(until: number, everyone: boolean): void {
    if (everyone) this.restUntil = Math.max(this.restUntil, until)
    this.pollsRestUntil = Math.max(this.pollsRestUntil, until)
  }

  heard({ restMs, pollsRestMs }: Rest, now: number): void {
    if (restMs !== null && restMs > 0) this.rest(now + restMs, true)
    this.rest(now + pollsRestMs, false)
  }

  /** Nothing of it matters any more. */
  isOver(now: number): boolean {
    return [this.restUntil, this.pollsRestUntil, this.#windowEnd, this.#freeEnd, this.#toldEnd].every(end => end <= now)
  }
}
