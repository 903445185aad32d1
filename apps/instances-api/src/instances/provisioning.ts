import { Connectors, type Connector, type TokenOutcome, type VendorHttp, type VendorIdentity } from '#connectors'
import { Egress } from '#egress'
import {
  Instances,
  tokensStored,
  VendorSessions,
  type Configuration,
  type Instance,
  type InstanceChange,
  type Principal,
} from '#instances'
import { SETTINGS, type Settings } from '#platform'
import { Inject, Injectable } from '@nestjs/common'
import type { Refusal } from '../errors/refusal.js'
import type { Conditions } from './conditions/conditions.js'
import { defaultCallbackUrl } from '../oauth/callback-url.js'
import type { CallbackRules } from './request/event-faults.js'
import { readChange, readCreation, readReplacement, type Wanted } from './request/read-request.js'

export type Provisioned = { kind: 'provisioned'; instance: Instance } | Refusal

export type Removed = { kind: 'removed' } | Refusal

/** What is turned on and off by calls of its own. */
export type Switches = Pick<InstanceChange, 'disabled' | 'traceLogging'>

/** What the vendor gave for an instance: its configuration with tokens in it, and whose account it is. */
interface Admission {
  kind: 'admitted'
  configuration: Configuration
  vendorTokenExpiresAt?: Date | null
  identity: VendorIdentity | null
}

// A person waits for the answer.
const patience = { timeoutMs: 12_000, maxBytes: 1024 * 1024 }

/** Creates and changes instances: checks what is asked, gets tokens for codes, asks the vendor whose account it is. */
@Injectable()
export class Provisioning {
  private readonly rules: CallbackRules
  private readonly callback: string

  constructor(
    private readonly instances: Instances,
    private readonly connectors: Connectors,
    private readonly sessions: VendorSessions,
    egress: Egress,
    @Inject(SETTINGS) { publicUrl }: Settings,
  ) {
    this.rules = { checkUrl: url => egress.checkUrl(url) }
    this.callback = defaultCallbackUrl(publicUrl)
  }

  async create({ accountId, companyId, userId }: Principal, body: unknown): Promise<Provisioned> {
    const wanted = readCreation(body, this.connectors, this.rules)
    if (wanted.kind !== 'wanted') return wanted
    const admission = await this.admit(wanted)
    if (admission.kind !== 'admitted') return admission
    const { connector, name, tags, externalAuthentication } = wanted
    const { configuration, identity, vendorTokenExpiresAt = null } = admission
    const instance = await this.instances.create({
      ...{ accountId, companyId, userId, elementKey: connector.key, name, tags },
      ...{ configuration, identity, vendorTokenExpiresAt, externalAuthentication },
    })
    return { kind: 'provisioned', instance }
  }

  /** PATCH: what the body doesn't name stays. */
  change(instance: Instance, body: unknown, conditions: Conditions): Promise<Provisioned> {
    return this.update(instance, conditions, (current, connector) => readChange(body, current, connector, this.rules))
  }

  /** PUT: the body is the whole instance. */
  replace(instance: Instance, body: unknown, conditions: Conditions): Promise<Provisioned> {
    return this.update(instance, conditions, (current, connector) =>
      readReplacement(body, current, connector, this.rules),
    )
  }

  /** Disabled, it keeps its place: what comes by webhooks is stored, nothing is polled or called. It asks no vendor. */
  turn(instance: Instance, switches: Switches, conditions: Conditions): Promise<Provisioned> {
    return this.store(instance.id, conditions, () => switches)
  }

  async remove({ id }: Instance, conditions: Conditions): Promise<Removed> {
    let refusal: Refusal | null = null
    const deleted = await this.instances.delete(id, ({ revision }) => {
      refusal = conditions.refusal(revision)
      return refusal === null
    })
    return deleted ? { kind: 'removed' } : (refusal ?? notThere(id))
  }

  private async update(
    instance: Instance,
    conditions: Conditions,
    read: (current: Instance, connector: Connector) => ReturnType<typeof readChange>,
  ): Promise<Provisioned> {
    const connector = this.connectors.get(instance.elementKey)
    if (!connector) return { kind: 'conflict', message: `The element ${instance.elementKey} isn't installed any more` }
    const refusal = conditions.refusal(instance.revision)
    if (refusal) return refusal
    const wanted = read(instance, connector)
    if (wanted.kind !== 'wanted') return wanted
    const opensAnother = wanted.code !== null || opensDifferently(instance.configuration, wanted)
    const admission = opensAnother ? await this.admit(wanted, instance) : null
    if (admission && admission.kind !== 'admitted') return admission
    // Read again under the lock: someone else's change in between must not be undone.
    return this.store(instance.id, conditions, current => {
      const now = read(current, connector)
      if (now.kind !== 'wanted') return now
      const { name, tags, externalAuthentication } = now
      const change = { name, tags, externalAuthentication, configuration: now.configuration }
      if (!admission) return change
      const { identity, vendorTokenExpiresAt, configuration } = admission
      return {
        ...{ ...change, identity, configuration: { ...now.configuration, ...tokensOf(configuration) } },
        ...(vendorTokenExpiresAt !== undefined && { vendorTokenExpiresAt }),
      }
    })
  }

  /** Changes an instance under its lock, unless the conditions, or `decide`, refuse it. */
  private async store(
    id: number,
    conditions: Conditions,
    decide: (current: Instance) => InstanceChange | Refusal,
  ): Promise<Provisioned> {
    let refusal: Refusal | null = null
    const updated = await this.instances.update(id, current => {
      const decided = conditions.refusal(current.revision) ?? decide(current)
      if (!('kind' in decided)) return decided
      refusal = decided
      return null
    })
    return refusal ?? (updated ? { kind: 'provisioned', instance: updated } : notThere(id))
  }

  /** Exchanges the code, and asks the vendor whose account it is. */
  private async admit(wanted: Wanted, of: Instance | string = wanted.connector.key): Promise<Admission | Refusal> {
    const { connector, configuration } = wanted
    const http = this.sessions.http(of, patience)
    const outcome = await this.tokens(wanted, http)
    if (outcome && outcome.kind !== 'tokens') return refusalOf(wanted, outcome)
    const admitted = outcome ? tokensStored(configuration, outcome, Date.now()) : { configuration }
    const identified = await connector.identify({ configuration: { ...admitted.configuration } }, http)
    if (identified.kind === 'refused' && [401, 402, 403].includes(identified.status)) {
      return {
        kind: 'vendor-refused',
        message: `${connector.definition.name} refused the credentials`,
        providerMessage: identified.message,
      }
    }
    // Any other failure is no fault of the caller, and a code is good only once: the vendor is asked again later.
    const identity = identified.kind === 'identified' ? identified.identity : null
    return { kind: 'admitted', ...admitted, identity }
  }

  /** New tokens for a code, or for a refresh token that came without an access token; null: none are needed. */
  private async tokens({ connector, configuration, code }: Wanted, http: VendorHttp): Promise<TokenOutcome | null> {
    const application = {
      apiKey: configuration['oauth.api.key'] ?? '',
      apiSecret: configuration['oauth.api.secret'] ?? '',
      callbackUrl: configuration['oauth.callback.url'] || this.callback,
      ...(configuration['siteAddress'] && { siteAddress: configuration['siteAddress'] }),
    }
    if (code !== null) return connector.exchangeCode({ code, ...application }, http)
    const refreshToken = configuration['oauth.user.refresh_token']
    if (!refreshToken || configuration['oauth.user.token'] || !connector.refreshes) return null
    return connector.refresh({ refreshToken, ...application }, http)
  }
}

function refusalOf({ connector, code }: Wanted, outcome: Exclude<TokenOutcome, { kind: 'tokens' }>): Refusal {
  const given = code === null ? 'refresh token' : 'authorization code'
  const { name } = connector.definition
  const providerMessage = outcome.message
  return outcome.kind === 'refused'
    ? { kind: 'vendor-refused', message: `${name} refused the ${given}`, providerMessage }
    : { kind: 'vendor-unavailable', message: `${name} could not be asked for tokens; try again`, providerMessage }
}

/** Whether a change makes it another account, as far as one can tell: any of the element's own fields. */
function opensDifferently(before: Configuration, { connector, configuration }: Wanted): boolean {
  const own = [
    ...connector.fields.map(({ key }) => key).filter(key => !/^(event|filter)\./.test(key)),
    'oauth.user.token',
  ]
  return own.some(key => (before[key] ?? null) !== (configuration[key] ?? null))
}

function notThere(id: number): Refusal {
  return { kind: 'not-found', message: `Instance ${id} was not found` }
}

function tokensOf(configuration: Configuration): Configuration {
  return Object.fromEntries(Object.entries(configuration).filter(([key]) => key.startsWith('oauth.user.')))
}
