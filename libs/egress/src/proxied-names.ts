import type { LookupAddress } from 'node:dns'
import type { AddressPolicy } from './addresses.js'
import { EgressError } from './egress-error.js'
import { refusedAmong, type Resolve } from './guarded-lookup.js'

interface Verdict {
  refusal: EgressError | null
  until: number
}

const patienceMs = 1_000
const keptMs = 30_000
const mostKept = 10_000

/**
 * Judges names that a proxy is going to resolve, by what they resolve to here. A name that doesn't, or not soon, is left
 * to the proxy: networks that have one often resolve nothing of the outside.
 */
export class ProxiedNames {
  readonly #verdicts = new Map<string, Verdict>()

  constructor(
    private readonly policy: AddressPolicy,
    private readonly resolve: Resolve,
  ) {}

  /** @throws EgressError 'refused-address' */
  async check(hostname: string): Promise<void> {
    const kept = this.#verdicts.get(hostname)
    const verdict = kept && kept.until > Date.now() ? kept : await this.#judge(hostname)
    if (verdict.refusal) throw verdict.refusal
  }

  async #judge(hostname: string): Promise<Verdict> {
    const addresses = await this.#addresses(hostname)
    const verdict = { refusal: refusedAmong(addresses, hostname, this.policy), until: Date.now() + keptMs }
    if (this.#verdicts.size >= mostKept) this.#verdicts.clear()
    this.#verdicts.set(hostname, verdict)
    return verdict
  }

  async #addresses(hostname: string): Promise<LookupAddress[]> {
    let timer: NodeJS.Timeout | undefined
    const impatience = new Promise<LookupAddress[]>(resolve => {
      timer = setTimeout(() => resolve([]), patienceMs)
    })
    const answer = this.resolve(hostname, {}).catch(() => [])
    return Promise.race([answer, impatience]).finally(() => clearTimeout(timer))
  }
}
