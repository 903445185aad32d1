import type { TokenOutcome } from '#connectors'
import { createHash, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Instance, InstanceChange } from '../../instance.js'
import type { Instances } from '../../instances.js'
import type { RenewalTable } from './renewal-table.js'
import { tokensStored } from './tokens-stored.js'

/** The instance with new tokens, or why there are none. Refused: the vendor said no; someone has to authorize again. */
export type Renewed =
  | { kind: 'renewed'; instance: Instance }
  | { kind: 'refused'; message: string }
  | { kind: 'unavailable'; message: string }

/** How long a renewal belongs to one process. The vendor's answer has to come well before. Times in milliseconds. */
export const renewalLeaseMs = 15_000
export const renewalAnswerMs = 10_000

const waitMs = 20_000
const lookAgainMs = 250
const longestWords = 2_000
const storeAgainMs = [100, 400, 1_500, 4_000, 8_000]

/**
 * Renews access tokens: of all processes that want an instance's, one asks the vendor, and the others get what it was
 * given. New tokens are stored, in place of the one that was refused and no other, before anybody uses them.
 */
export class TokenRenewals {
  constructor(
    private readonly instances: Instances,
    private readonly table: RenewalTable,
    private readonly refresh: (instance: Instance) => Promise<TokenOutcome>,
    private readonly now: () => number = Date.now,
  ) {}

  /** @param patient whether to wait while another process is at it; else it is unavailable then */
  async renew(id: number, refusedToken: string | null, patient: boolean): Promise<Renewed> {
    for (let looks = 0; ; looks++) {
      const current = await this.instances.byId(id)
      if (!current || current.deletedAt) return { kind: 'refused', message: `instance ${id} is deleted` }
      if (tokenOf(current) !== refusedToken) return { kind: 'renewed', instance: current }
      if (!current.configuration['oauth.user.refresh_token']) {
        return { kind: 'refused', message: 'there is no refresh token: authorize the instance again' }
      }
      const renewal = randomUUID()
      const claimed = await this.table.claim(id, renewal, hashOf(current))
      if (claimed.kind === 'claimed') return this.asked(current.id, refusedToken, renewal, claimed.cutOff)
      if (claimed.kind === 'refused') return { kind: 'refused', message: claimed.why }
      if (!patient || looks * lookAgainMs > waitMs) {
        return { kind: 'unavailable', message: 'another process is renewing it, and has not been answered yet' }
      }
      await sleep(lookAgainMs)
    }
  }

  private async asked(id: number, refusedToken: string | null, renewal: string, cutOff: boolean): Promise<Renewed> {
    // Read again: who had it before may have been through just before it was claimed.
    const current = await this.instances.byId(id)
    if (!current || tokenOf(current) !== refusedToken) {
      await this.table.release(id, renewal)
      if (!current) return { kind: 'refused', message: `instance ${id} is deleted` }
      return { kind: 'renewed', instance: current }
    }
    const outcome = await this.refresh(current)
    switch (outcome.kind) {
      case 'tokens':
        return this.stored(current, outcome, renewal)
      case 'refused': {
        const message = storable(cutOff ? `${outcome.message}; ${lost}` : outcome.message)
        await this.table.refuse(id, renewal, hashOf(current), message)
        return { kind: 'refused', message }
      }
      case 'unavailable':
        await this.table.release(id, renewal)
        return { kind: 'unavailable', message: outcome.message }
    }
  }

  /** The old refresh token may be worth nothing by now, so what was given is not let go of lightly. */
  private async stored(
    before: Instance,
    tokens: Extract<TokenOutcome, { kind: 'tokens' }>,
    renewal: string,
  ): Promise<Renewed> {
    const change = (current: Instance): InstanceChange | null =>
      tokenOf(current) === tokenOf(before) ? tokensStored(current.configuration, tokens, this.now()) : null
    const instance = await persistently(() => this.instances.update(before.id, change, { quiet: true }))
    // Should that fail, the lease ends by itself.
    await this.table.release(before.id, renewal).catch(() => undefined)
    if (!instance) return { kind: 'refused', message: `instance ${before.id} is deleted` }
    return { kind: 'renewed', instance }
  }
}

const lost =
  'a renewal before it was cut off, perhaps after the vendor had answered with a new refresh token, which would be lost'

/** A vendor's words as PostgreSQL can hold them. */
function storable(words: string): string {
  return words
    .replaceAll('\0', '')
    .slice(0, longestWords)
    .replace(/[\ud800-\udfff]/gu, '')
}

/** @throws what the last try threw */
async function persistently<T>(work: () => Promise<T>): Promise<T> {
  for (const pauseMs of storeAgainMs) {
    try {
      return await work()
    } catch {
      await sleep(pauseMs)
    }
  }
  return work()
}

function tokenOf({ configuration }: Instance): string | null {
  return configuration['oauth.user.token'] ?? null
}

function hashOf({ configuration }: Instance): Buffer {
  return createHash('sha256')
    .update(configuration['oauth.user.refresh_token'] ?? '')
    .digest()
}
