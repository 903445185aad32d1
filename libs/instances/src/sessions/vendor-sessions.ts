import type { Connectors, TokenOutcome, VendorHttp, VendorSession } from '#connectors'
import type { Egress } from '#egress'
import type { Pool } from 'pg'
import type { Instance } from '../instance.js'
import type { Instances } from '../instances.js'
import { BudgetTable } from './budgets/budget-table.js'
import { InstanceBudgets } from './budgets/instance-budgets.js'
import { VendorBudgets, type Asker } from './budgets/vendor-budgets.js'
import { RenewalTable } from './renewals/renewal-table.js'
import { renewalAnswerMs, renewalLeaseMs, TokenRenewals, type Renewed } from './renewals/token-renewals.js'
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

/** Hears of what operators, and the owners of instances, should know. */
export interface SessionListener {
  /** A request to a vendor, of an instance whose trace logging is on. */
  traced(request: TracedRequest): void
  renewal(instance: Instance, outcome: Renewed['kind']): void
  /** The vendor's account rests until then, in milliseconds since 1970: it said so, or what it allows is spent. */
  rests(instance: Instance, until: number): void
  /** The vendor refuses to renew the tokens, and will until a person authorizes the instance again. Stored already. */
  refused(instance: Instance, message: string): Promise<void>
}

export interface SessionPorts {
  instances: Instances
  connectors: Connectors
  egress: Egress
  pool: Pick<Pool, 'query'>
  /** What stands in for vendors, by element. */
  baseUrls: Readonly<Record<string, string>>
  listener?: Partial<SessionListener>
  now?: () => number
}

const renewBeforeEndMs = 60_000
// A token that no longer works isn't renewed by asking again soon.
const refusedForMs = 60_000
const limits: VendorHttpLimits = { timeoutMs: 30_000, maxBytes: 64 * 1024 * 1024 }

/**
 * An instance's dealings with its vendor: tokens that are kept fresh, requests within the account's budget, and HTTP that
 * goes through the guard.
 */
export class VendorSessions {
  private readonly renewals: TokenRenewals
  private readonly budgets: InstanceBudgets
  private readonly now: () => number

  constructor(private readonly ports: SessionPorts) {
    const { instances, connectors, pool, listener, now = Date.now } = ports
    this.now = now
    const renewalTable = new RenewalTable(pool, renewalLeaseMs, refusedForMs)
    this.renewals = new TokenRenewals(instances, renewalTable, instance => this.refresh(instance), now)
    const budgets = new VendorBudgets(new BudgetTable(pool), now)
    this.budgets = new InstanceBudgets(budgets, connectors, (...rest) => listener?.rests?.(...rest), now)
  }

  /** Calls that speak for an instance, within its vendor's budget, with tokens that are renewed where it refuses them. */
  calls(instance: Instance, asker: Asker = 'poll'): VendorCalls {
    const connector = this.ports.connectors.get(instance.elementKey)
    const refreshes = connector?.refreshes && !!instance.configuration['oauth.user.refresh_token']
    return new VendorCalls({
      session: () => this.session(instance, asker),
      renew: refreshes ? refusedToken => this.renew(instance, refusedToken) : null,
      budget: this.budgets.of(instance, asker),
    })
  }

  /**
   * What the connector engine needs to speak for an instance. A token about to end is renewed first, and a vendor that
   * couldn't be asked whose account it is, is asked now; where that fails, the session has what is stored, and the
   * vendor's answer to the next request tells the story.
   */
  async session(instance: Instance, asker: Asker = 'poll'): Promise<VendorSession> {
    const session = await this.withFreshToken(instance)
    return instance.identified ? session : this.identified(instance, session, asker)
  }

  /**
   * New tokens in place of `refusedToken`, stored before they are used: of many callers one asks the vendor, and the
   * others get what it was given. A refusal is stored with the instance, and told.
   */
  async renew(instance: Instance, refusedToken: string | null): Promise<Renewal> {
    const renewed = await this.renewals.renew(instance.id, refusedToken, true)
    if (renewed.kind === 'refused') await this.refused(instance, refusedToken, renewed.message)
    return this.told(instance, renewed)
  }

  /**
   * HTTP to an element's vendor. The origin that the operator set in its place may be private; nothing else may. An
   * instance's requests are told of where its trace logging is on.
   */
  http(of: Instance | string, bounds: Partial<VendorHttpLimits> = {}): VendorHttp {
    const elementKey = typeof of === 'string' ? of : of.elementKey
    const baseUrl = this.ports.baseUrls[elementKey]
    const allow = baseUrl === undefined ? undefined : new URL(baseUrl).origin
    const http: VendorHttp = async request => {
      const response = await this.ports.egress.request({ ...limits, ...bounds, ...request, ...(allow && { allow }) })
      // Half a page would look like all of it.
      if (response.truncated) {
        throw new Error(
          `the answer of ${new URL(request.url).host} is longer than ${bounds.maxBytes ?? limits.maxBytes} bytes`,
        )
      }
      return { status: response.status, headers: response.headers, body: response.body }
    }
    if (typeof of === 'string' || !of.traceLogging) return http
    return traced(http, of, request => this.ports.listener?.traced?.(request))
  }

  /** While the old token works, nobody waits for a new one. */
  private async withFreshToken(instance: Instance): Promise<VendorSession> {
    const endsAt = instance.vendorTokenExpiresAt?.getTime()
    if (endsAt === undefined || endsAt > this.now() + renewBeforeEndMs) return sessionOf(instance)
    const token = instance.configuration['oauth.user.token'] ?? null
    const renewal =
      endsAt > this.now()
        ? this.told(instance, await this.renewals.renew(instance.id, token, false))
        : await this.renew(instance, token)
    return renewal.kind === 'renewed' ? renewal.session : sessionOf(instance)
  }

  private async identified(instance: Instance, session: VendorSession, asker: Asker): Promise<VendorSession> {
    const connector = this.ports.connectors.get(instance.elementKey)
    const isFree = (await this.budgets.of(instance, asker).take(session)) === null
    const outcome = isFree ? await connector?.identify(session, this.http(instance)) : undefined
    if (outcome?.kind !== 'identified') return session
    // Not quietly: webhooks are routed by it.
    await this.ports.instances.update(instance.id, { identity: outcome.identity })
    return { ...session, identity: outcome.identity }
  }

  private refresh(instance: Instance): Promise<TokenOutcome> {
    const { configuration, elementKey } = instance
    const connector = this.ports.connectors.get(elementKey)
    const message = `this process knows no element ${elementKey}`
    if (!connector) return Promise.resolve({ kind: 'unavailable', message })
    return connector.refresh(
      {
        refreshToken: configuration['oauth.user.refresh_token'] ?? '',
        apiKey: configuration['oauth.api.key'] ?? '',
        apiSecret: configuration['oauth.api.secret'] ?? '',
        ...(configuration['siteAddress'] && { siteAddress: configuration['siteAddress'] }),
      },
      this.http(instance, { timeoutMs: renewalAnswerMs, maxBytes: 1024 * 1024 }),
    )
  }

  private async refused(instance: Instance, token: string | null, message: string): Promise<void> {
    let isNews = false
    await this.ports.instances.update(
      instance.id,
      ({ configuration, vendorRefusal }) => {
        isNews = (configuration['oauth.user.token'] ?? null) === token
        if (!isNews || vendorRefusal) return null
        return { vendorRefusal: { since: new Date(this.now()).toISOString(), message } }
      },
      { quiet: true },
    )
    if (isNews) await this.ports.listener?.refused?.(instance, message)
  }

  private told(instance: Instance, renewed: Renewed): Renewal {
    this.ports.listener?.renewal?.(instance, renewed.kind)
    return renewed.kind === 'renewed' ? { kind: 'renewed', session: sessionOf(renewed.instance) } : renewed
  }
}

function sessionOf({ configuration, identity }: Instance): VendorSession {
  return { configuration: { ...configuration }, identity }
}
