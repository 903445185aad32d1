import type { Failure, RequestLimits, VendorSession } from '#connectors'
import type { Renewal } from './vendor-sessions.js'

/** Where sessions come from. */
export interface SessionSource {
  session(): Promise<VendorSession>
  /** Null: there is no way to renew tokens. */
  renew: ((refusedToken: string | null) => Promise<Renewal>) | null
  /** Absent: as many requests as one likes. */
  budget?: CallBudget
}

/** What calls count against. */
export interface CallBudget {
  /** Null: a request may be sent. Else, in milliseconds since 1970, when one may be again. */
  take(session: VendorSession): Promise<number | null>
  /** What the vendor's answer says of the budget. Never throws: the answer is of use all the same. */
  heard(session: VendorSession, outcome: Heard): Promise<void>
}

/** An outcome as a budget sees it. */
export type Heard = { kind: string; limits?: RequestLimits } | Failure

/**
 * One caller's calls for one instance, one after another, as far as its vendor account's budget goes. A token that the
 * vendor refuses is renewed once, stored before it is used, and the call repeated; the calls that follow begin with the
 * new one.
 */
export class VendorCalls {
  #session: VendorSession | null = null

  constructor(private readonly source: SessionSource) {}

  /** What `request` made of the session; where a renewal failed, a failure that says so. Throws only what it throws. */
  async call<O extends { kind: string; limits?: RequestLimits }>(
    request: (session: VendorSession) => Promise<O | Failure>,
  ): Promise<O | Failure> {
    this.#session ??= await this.source.session()
    const outcome = await this.within(this.#session, request)
    if (!isUnauthorized(outcome) || !this.source.renew) return outcome
    const renewal = await this.source.renew(this.#session.configuration['oauth.user.token'] ?? null)
    switch (renewal.kind) {
      case 'renewed':
        this.#session = renewal.session
        return this.within(this.#session, request)
      case 'refused':
        return {
          ...outcome,
          message: `${outcome.message}; its renewal was refused: ${renewal.message}`,
          permanent: true,
        }
      case 'unavailable':
        return { kind: 'unavailable', message: `the token could not be renewed: ${renewal.message}` }
    }
  }

  private async within<O extends { kind: string; limits?: RequestLimits }>(
    session: VendorSession,
    request: (session: VendorSession) => Promise<O | Failure>,
  ): Promise<O | Failure> {
    const { budget } = this.source
    const retryAt = (await budget?.take(session)) ?? null
    if (retryAt !== null) {
      const message = `what the vendor allows is spent until ${new Date(retryAt).toISOString()}`
      return { kind: 'throttled', retryAt, message, unsent: true }
    }
    const outcome = await request(session)
    await budget?.heard(session, outcome)
    return outcome
  }
}

function isUnauthorized(outcome: { kind: string }): outcome is Extract<Failure, { kind: 'unauthorized' }> {
  return outcome.kind === 'unauthorized'
}
