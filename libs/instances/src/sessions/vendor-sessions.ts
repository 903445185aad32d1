import type { Connectors, TokenOutcome, VendorHttp, VendorSession } from '#connectors'
import type { Egress } from '#egress'
import type { Configuration, Instance, InstanceChange } from '../instance.js'
import type { Instances } from '../instances.js'
import { traced, type TracedRequest } from './traced.js'
import { VendorCalls } from './vendor-calls.js'

/** What became of an attempt to get new tokens. Refused: the vendor said no; someone has to authorize again. */
export type Renewal =
  | { kind: 'renewed'; session: VendorSession }
  | { kind: 'refused'; message: string }
  | { kind: 'unavailable'; message: string }

export interface VendorHttpLimits {
  timeoutMs: number
  maxBytes: number
}

const renewBeforeEndMs = 60_000
const limits: VendorHttpLimits = { timeoutMs: 30_000, maxBytes: 64 * 1024 * 1024 }

/** An instance's dealings with its vendor: tokens that are kept fresh, and HTTP that goes through the guard. */
export class VendorSessions {
  constructor(
    private readonly instances: Instances,
    private readonly connectors: Connectors,
    private readonly egress: Egress,
    private readonly baseUrls: Readonly<Record<string, string>>,
    private readonly now: () => number = Date.now,
    private readonly trace: (request: TracedRequest) => void = () => undefined,
  ) {}

  /** Calls that speak for an instance, with tokens that are renewed where the vendor refuses them. */
  calls(instance: Instance): VendorCalls {
    const refreshes = this.connectors.get(instance.elementKey)?.refreshes ?? false
    return new VendorCalls({
      session: () => this.session(instance),
      renew: refreshes ? refusedToken => this.renew(instance, refusedToken) : null,
    })
  }

  /**
   * What the connector engine needs to speak for an instance. A token about to end is renewed first, and a vendor that
   * couldn't be asked whose account it is, is asked now; where that fails, the session has what is stored, and the
   * vendor's answer to the next request tells the story.
   */
  async session(instance: Instance): Promise<VendorSession> {
    const session = await this.withFreshToken(instance)
    return instance.identified ? session : this.identified(instance, session)
  }

  /**
   * New tokens in place of `refusedToken`, stored before they are used. Under the instance's row lock, so that of many
   * callers one asks the vendor, and the others get what it was given.
   */
  async renew(instance: Instance, refusedToken: string | null): Promise<Renewal> {
    let failed: Exclude<Renewal, { kind: 'renewed' }> | undefined
    const renewed = await this.instances.update(
      instance.id,
      async current => {
        const stored = current.configuration['oauth.user.token'] ?? null
        if (stored !== refusedToken) return null
        const outcome = await this.refresh(current)
        if (outcome.kind === 'tokens') return tokensStored(current.configuration, outcome, this.now())
        failed = { kind: outcome.kind, message: outcome.message }
        return null
      },
      { quiet: true },
    )
    if (failed) return failed
    if (!renewed) return { kind: 'refused', message: `instance ${instance.id} is deleted` }
    return { kind: 'renewed', session: sessionOf(renewed) }
  }

  /**
   * HTTP to an element's vendor. The origin that the operator set in its place may be private; nothing else may. An
   * instance's requests are told of where its trace logging is on.
   */
  http(of: Instance | string, bounds: Partial<VendorHttpLimits> = {}): VendorHttp {
    const elementKey = typeof of === 'string' ? of : of.elementKey
    const baseUrl = this.baseUrls[elementKey]
    const allow = baseUrl === undefined ? undefined : new URL(baseUrl).origin
    const http: VendorHttp = async request => {
      const response = await this.egress.request({ ...limits, ...bounds, ...request, ...(allow && { allow }) })
      // Half a page would look like all of it.
      if (response.truncated) {
        throw new Error(
          `the answer of ${new URL(request.url).host} is longer than ${bounds.maxBytes ?? limits.maxBytes} bytes`,
        )
      }
      return { status: response.status, headers: response.headers, body: response.body }
    }
    return typeof of !== 'string' && of.traceLogging ? traced(http, of, this.trace) : http
  }

  private async withFreshToken(instance: Instance): Promise<VendorSession> {
    const endsAt = instance.vendorTokenExpiresAt?.getTime()
    if (endsAt === undefined || endsAt > this.now() + renewBeforeEndMs) return sessionOf(instance)
    const renewal = await this.renew(instance, instance.configuration['oauth.user.token'] ?? null)
    return renewal.kind === 'renewed' ? renewal.session : sessionOf(instance)
  }

  private async identified(instance: Instance, session: VendorSession): Promise<VendorSession> {
    const outcome = await this.connectors.get(instance.elementKey)?.identify(session, this.http(instance))
    if (outcome?.kind !== 'identified') return session
    // Not quietly: webhooks are routed by it.
    await this.instances.update(instance.id, { identity: outcome.identity })
    return { ...session, identity: outcome.identity }
  }

  private async refresh(instance: Instance): Promise<TokenOutcome> {
    const { configuration, elementKey } = instance
    const connector = this.connectors.get(elementKey)
    const refreshToken = configuration['oauth.user.refresh_token']
    if (!connector || !refreshToken) {
      return { kind: 'refused', status: 401, message: 'there is no refresh token: authorize the instance again' }
    }
    return connector.refresh(
      {
        refreshToken,
        apiKey: configuration['oauth.api.key'] ?? '',
        apiSecret: configuration['oauth.api.secret'] ?? '',
        ...(configuration['siteAddress'] && { siteAddress: configuration['siteAddress'] }),
      },
      this.http(instance),
    )
  }
}

/** The change that stores what a vendor's token endpoint gave. A vendor that names no new refresh token keeps the old. */
export function tokensStored(
  configuration: Configuration,
  tokens: Extract<TokenOutcome, { kind: 'tokens' }>,
  now: number,
): Required<Pick<InstanceChange, 'configuration' | 'vendorTokenExpiresAt'>> {
  const { accessToken, refreshToken, expiresInSeconds } = tokens
  return {
    configuration: {
      ...configuration,
      'oauth.user.token': accessToken,
      ...(refreshToken !== undefined && { 'oauth.user.refresh_token': refreshToken }),
      ...(expiresInSeconds !== undefined && { 'oauth.user.refresh_interval': String(expiresInSeconds) }),
      ...(expiresInSeconds !== undefined && { 'oauth.user.refresh_time': String(now) }),
    },
    vendorTokenExpiresAt: expiresInSeconds === undefined ? null : new Date(now + expiresInSeconds * 1_000),
  }
}

function sessionOf({ configuration, identity }: Instance): VendorSession {
  return { configuration: { ...configuration }, identity }
}
