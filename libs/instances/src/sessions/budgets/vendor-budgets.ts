import type { RequestAllowance, RequestLimits } from '#connectors'
import type { BudgetTable, Lease } from './budget-table.js'
import { Standing } from './standing.js'

/** Who asks: polls leave a part of the budget to people, who wait for the answer. */
export type Asker = 'poll' | 'person'

const lookEveryMs = 1_000
const sweepEveryMs = 3_600_000
const mostStandings = 20_000
const forgetEveryMs = 10_000
/** Clocks differ a little, and vendors tell their windows' ends in whole seconds. */
const guardMs = 200

/**
 * The budgets of the vendor accounts that this process speaks to, which every process shares through the database. What
 * a process spends beyond a hundredth of a window it leases there first, in blocks; a pause that one was told of, all
 * others know within a second, and after a restart.
 */
export class VendorBudgets {
  readonly #standings = new Map<string, Standing>()
  readonly #leasing = new Map<string, Promise<Lease>>()
  #looking: Promise<void> | null = null
  #lookedAt = 0
  #sweptAt: number
  #forgotAt = 0

  constructor(
    private readonly table: BudgetTable,
    private readonly now: () => number = Date.now,
  ) {
    this.#sweptAt = now()
  }

  /** Takes a request out of all that it counts against. Null: it may be sent. Else until when it mayn't, and nothing was taken. */
  async take(allowances: readonly RequestAllowance[], asker: Asker): Promise<number | null> {
    await this.look()
    const resting = Math.max(0, ...allowances.map(allowance => this.restOf(allowance, asker)))
    if (resting > this.now()) return resting
    const taken: RequestAllowance[] = []
    for (const allowance of allowances) {
      const until = await this.takeOne(allowance, asker)
      if (until !== null) {
        for (const each of taken) this.standing(each).giveBack(this.now())
        return until
      }
      taken.push(allowance)
    }
    return null
  }

  /** What the vendor said of its budget after a request. */
  async told(allowances: readonly RequestAllowance[], { remaining, resetAt }: RequestLimits): Promise<void> {
    const allowance = allowances.find(({ told }) => told)
    const now = this.now()
    if (!allowance || resetAt <= now) return
    const standing = this.standing(allowance)
    const limits = { remaining: Math.max(0, remaining), resetAt: resetAt + guardMs }
    const slackMs = Math.min(1_000, allowance.windowMs / 2)
    const news = standing.told(allowance, limits, slackMs, now)
    const rest = restAfter(limits.remaining, standing.kept(allowance))
    const known = rest === 'everyone' ? standing.restUntil : standing.pollsRestUntil
    const rests = rest !== 'nobody' && limits.resetAt > known + slackMs
    if (rests) standing.rest(limits.resetAt, rest === 'everyone')
    if (!rests && !news) return
    const { account } = allowance
    await this.table.tell({ account, remaining: limits.remaining, windowMs: limits.resetAt - now, slackMs, rest })
  }

  /** The vendor wants no requests of this account before `retryAt`. */
  async throttled(allowances: readonly RequestAllowance[], retryAt: number): Promise<void> {
    const allowance = allowances.find(({ told }) => told)
    if (!allowance || retryAt <= this.standing(allowance).restUntil) return
    this.standing(allowance).rest(retryAt, true)
    await this.table.rest(allowance.account, retryAt - this.now())
  }

  private restOf(allowance: RequestAllowance, asker: Asker): number {
    const { restUntil, pollsRestUntil } = this.standing(allowance)
    return asker === 'poll' ? pollsRestUntil : restUntil
  }

  private async takeOne(allowance: RequestAllowance, asker: Asker): Promise<number | null> {
    const standing = this.standing(allowance)
    for (;;) {
      const size = standing.size(allowance)
      // A budget that only the vendor knows is spent until it says that it's spent.
      if (allowance.requests === null || size === null) return null
      const resting = this.restOf(allowance, asker)
      if (resting > this.now()) return resting
      if (standing.spend(allowance, this.now())) return null
      const { leased, windowMs } = await this.lease(allowance, asker, size)
      if (leased > 0) continue
      const until = this.now() + Math.ceil(windowMs) + 1
      standing.rest(until, asker === 'person')
      return until
    }
  }

  /** Those who ask together share what they get. */
  private lease(allowance: RequestAllowance, asker: Asker, size: number): Promise<Lease> {
    const { account, windowMs } = allowance
    const key = `${asker} ${account}`
    const underWay = this.#leasing.get(key)
    if (underWay) return underWay
    const standing = this.standing(allowance)
    const kept = asker === 'person' ? 0 : standing.kept(allowance)
    const wanted = asker === 'person' ? 1 : standing.block(allowance)
    const leasing = this.table
      .lease({ account, requests: size, windowMs, wanted, kept })
      .then(lease => {
        standing.leased(lease, this.now())
        return lease
      })
      .finally(() => this.#leasing.delete(key))
    this.#leasing.set(key, leasing)
    return leasing
  }

  /** What others were told meanwhile. */
  private async look(): Promise<void> {
    if (this.now() - this.#lookedAt < lookEveryMs) return
    this.#looking ??= this.lookAgain().finally(() => (this.#looking = null))
    await this.#looking
  }

  private async lookAgain(): Promise<void> {
    const rests = await this.table.rests()
    const now = this.now()
    for (const rest of rests) this.standing(rest).heard(rest, now)
    this.#lookedAt = now
    if (now - this.#sweptAt < sweepEveryMs) return
    this.#sweptAt = now
    await this.table.sweep()
  }

  private standing({ account }: { account: string }): Standing {
    const known = this.#standings.get(account)
    if (known) return known
    if (this.#standings.size >= mostStandings) this.forget()
    const standing = new Standing()
    this.#standings.set(account, standing)
    return standing
  }

  private forget(): void {
    const now = this.now()
    if (now - this.#forgotAt < forgetEveryMs) return
    this.#forgotAt = now
    for (const [account, standing] of this.#standings) if (standing.isOver(now)) this.#standings.delete(account)
  }
}

function restAfter(remaining: number, kept: number): 'everyone' | 'polls' | 'nobody' {
  if (remaining <= 0) return 'everyone'
  return remaining <= kept ? 'polls' : 'nobody'
}
