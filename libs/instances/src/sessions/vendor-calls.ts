import type { Failure, VendorSession } from '#connectors'
import type { Renewal } from './vendor-sessions.js'

/** Where sessions come from. */
export interface SessionSource {
  session(): Promise<VendorSession>
  /** Null: there is no way to renew tokens. */
  renew: ((refusedToken: string | null) => Promise<Renewal>) | null
}

/**
 * One caller's calls for one instance, one after another. A token that the vendor refuses is renewed once, stored before
 * it is used, and the call repeated; the calls that follow begin with the new one.
 */
export class VendorCalls {
  #session: VendorSession | null = null

  constructor(private readonly source: SessionSource) {}

  /** What `request` made of the session; where a renewal failed, a failure that says so. Throws only what it throws. */
  async call<O extends { kind: string }>(
    request: (session: VendorSession) => Promise<O | Failure>,
  ): Promise<O | Failure> {
    this.#session ??= await this.source.session()
    const outcome = await request(this.#session)
    if (!isUnauthorized(outcome) || !this.source.renew) return outcome
    const renewal = await this.source.renew(this.#session.configuration['oauth.user.token'] ?? null)
    switch (renewal.kind) {
      case 'renewed':
        this.#session = renewal.session
        return request(this.#session)
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
}

function isUnauthorized(outcome: { kind: string }): outcome is Extract<Failure, { kind: 'unauthorized' }> {
  return outcome.kind === 'unauthorized'
}
