import type { Connectors, RequestAllowance, VendorSession } from '#connectors'
import { createHash } from 'node:crypto'
import type { Instance } from '../../instance.js'
import type { CallBudget, Heard } from '../vendor-calls.js'
import type { Asker, VendorBudgets } from './vendor-budgets.js'

const ownWindowMs = 60_000
/** Polls that rested together come back one after another, within so much of their wait. */
const spreadPart = 0.1
const longestSpreadMs = 10_000
// Multiples of it, their whole parts left out, lie as far apart as can be.
const goldenRatio = 0.618_033_988_749_895

/** The budgets that instances' requests count against: those of the vendor accounts that they open. */
export class InstanceBudgets {
  constructor(
    private readonly budgets: VendorBudgets,
    private readonly connectors: Connectors,
    private readonly rests: (instance: Instance, until: number) => void,
    private readonly now: () => number = Date.now,
  ) {}

  of(instance: Instance, asker: Asker): CallBudget {
    // A new session opens the same account, but for the one that is identified meanwhile.
    const known = new WeakMap<VendorSession, RequestAllowance[]>()
    const allowances = (session: VendorSession) => {
      const found = known.get(session) ?? this.allowances(instance, session)
      known.set(session, found)
      return found
    }
    return {
      take: async session => {
        const until = await this.budgets.take(allowances(session), asker)
        if (until === null) return null
        this.rests(instance, until)
        return asker === 'poll' ? this.spread(until, instance.id) : until
      },
      heard: async (session, outcome) => {
        try {
          await this.hear(instance, allowances(session), outcome)
        } catch {
          // The database is away. The vendor says it again, with the next answer.
        }
      },
    }
  }

  private spread(until: number, instanceId: number): number {
    const within = Math.min((until - this.now()) * spreadPart, longestSpreadMs)
    return Math.ceil(until + within * ((instanceId * goldenRatio) % 1))
  }

  private async hear(instance: Instance, allowances: readonly RequestAllowance[], outcome: Heard): Promise<void> {
    if ('limits' in outcome && outcome.limits) await this.budgets.told(allowances, outcome.limits)
    if (!('retryAt' in outcome) || outcome.alone) return
    this.rests(instance, outcome.retryAt)
    await this.budgets.throttled(allowances, outcome.retryAt)
  }

  private allowances(instance: Instance, session: VendorSession): RequestAllowance[] {
    const known = this.connectors.get(instance.elementKey)?.allowances(session) ?? []
    if (known.some(({ told }) => told)) return known
    const account = createHash('sha256').update(`instance\0${instance.id}`).digest('hex')
    return [{ account, requests: null, windowMs: ownWindowMs, told: true }, ...known]
  }
}
