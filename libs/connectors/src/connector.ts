import type { NormalizedEvent } from '#events'
import type { ConfigurationField, Definition } from './definition.js'
import type { Vendor } from './engine/answer.js'
import { abilitiesOf } from './engine/abilities.js'
import { allowancesOf } from './engine/allowances.js'
import { fetchChildren } from './engine/children.js'
import { configurationFields, defaultPolling, type PollerConfiguration } from './engine/event-fields.js'
import { eventsMetadata, type EventsMetadata } from './engine/events-metadata.js'
import { fetchDeletions, fetchRecord, type Call } from './engine/fetch.js'
import type { HubQuery } from './engine/hub-query.js'
import { identify } from './engine/identify.js'
import { listingFaults } from './engine/listing.js'
import { authorizeUrl, exchangeCode, refreshTokens, type OAuthVendor } from './engine/oauth.js'
import { findResource, resourceInfo } from './engine/resources.js'
import { siteAddresses } from './engine/session-scope.js'
import { normalizeWebhook, type EventSource } from './engine/webhooks/normalize.js'
import { asNotified, wrappedDates, type Notified } from './engine/webhooks/notified.js'
import { readWebhook, workspaceIn, type WebhookReading } from './engine/webhooks/read.js'
import { isVerified, verificationSecret, verifiedBy, type Headers } from './engine/webhooks/signature.js'
import type { Deletion, Failure, ListRequest, PageOutcome, RecordOutcome } from './outcomes.js'
import type {
  CodeExchange,
  IdentityOutcome,
  OAuthStart,
  RequestAllowance,
  ResourceAbilities,
  ResourceInfo,
  TokenOutcome,
  TokenRefresh,
  VendorHttp,
  VendorSession,
} from './session.js'

export interface ConnectorOptions {
  /** Scheme, host and port that stand in for the vendor's own; paths are kept. */
  baseUrl?: string
  /** Milliseconds since 1970. */
  now?: () => number
}

/** One vendor: its definition, run by the engine. Made by `Connectors`. */
export class Connector {
  /** Every key of an instance's configuration that means something, `event.*` included. */
  readonly fields: readonly ConfigurationField[]
  private readonly vendor: Vendor
  private readonly base: string | undefined

  /** @param definition one that `definitionFaults` finds nothing wrong with */
  constructor(
    readonly definition: Definition,
    { baseUrl, now = Date.now }: ConnectorOptions = {},
  ) {
    this.fields = configurationFields(definition)
    this.vendor = { name: definition.name, api: definition.api, now }
    this.base = baseUrl
  }

  get key(): string {
    return this.definition.key
  }

  get resources(): ResourceInfo[] {
    return Object.entries(this.definition.resources).map(([name, resource]) =>
      resourceInfo(this.definition, name, resource),
    )
  }

  /** By name or alias, as a hub URL has it: `messages/123/opens` too. */
  resource(name: string): ResourceInfo | undefined {
    const found = findResource(this.definition, name)
    return found && resourceInfo(this.definition, found.name, found.definition)
  }

  /** What can be asked of a resource, by name or alias. */
  abilities(name: string): ResourceAbilities | undefined {
    const found = findResource(this.definition, name)
    return found && abilitiesOf(found.definition)
  }

  /** `event.poller.configuration` where an instance gives none. */
  get defaultPolling(): PollerConfiguration {
    return defaultPolling(this.definition)
  }

  get metadata(): EventsMetadata {
    return eventsMetadata(this.definition)
  }

  /** What can't be answered in this query, each fault a sentence; empty: it can. */
  faults(query: HubQuery): string[] {
    const found = findResource(this.definition, query.resource)
    return found ? listingFaults(found.definition, query) : [this.unknownResource(query.resource)]
  }

  /** The names that `siteAddress` can have. */
  get siteAddresses(): string[] {
    return siteAddresses(this.definition)
  }

  /** @throws SiteAddressError where `siteAddress` is none of the definition's; OAuthUnsupportedError without OAuth */
  authorizeUrl(start: OAuthStart): string {
    return authorizeUrl(this.oauth, start)
  }

  /** @throws as `authorizeUrl` */
  async exchangeCode(exchange: CodeExchange, http: VendorHttp): Promise<TokenOutcome> {
    return exchangeCode(this.oauth, exchange, http)
  }

  /** Whether access tokens are renewed by a refresh token. */
  get refreshes(): boolean {
    return this.definition.authentication.oauth2?.refresh !== undefined
  }

  /** @throws as `authorizeUrl` */
  async refresh(refresh: TokenRefresh, http: VendorHttp): Promise<TokenOutcome> {
    return refreshTokens(this.oauth, refresh, http)
  }

  /** Whose account the configuration's credentials open. Needs no identity yet. */
  async identify({ configuration }: Pick<VendorSession, 'configuration'>, http: VendorHttp): Promise<IdentityOutcome> {
    const { definition, vendor, base } = this
    return identify({ definition, vendor, base, configuration, http })
  }

  /** What a session's requests count against at the vendor; empty: nobody but the instance can be told apart. */
  allowances(session: VendorSession): RequestAllowance[] {
    return allowancesOf(this.definition, session)
  }

  /** One page, by one request at most. Never throws for what the vendor or the network does. */
  async listPage(session: VendorSession, request: ListRequest, http: VendorHttp): Promise<PageOutcome> {
    const found = findResource(this.definition, request.resource)
    return found ? fetchChildren(this.call(session, http), found, request) : this.noResource(request.resource)
  }

  /** `since` is for vendors that can be asked for it; earlier deletions may come as well. */
  async deletionsPage(
    session: VendorSession,
    request: { resource: string; since?: number; cursor?: string },
    http: VendorHttp,
  ): Promise<PageOutcome<Deletion>> {
    const found = findResource(this.definition, request.resource)
    if (!found) return this.noResource(request.resource)
    return fetchDeletions(this.call(session, http), found, request.cursor ?? null)
  }

  async get(session: VendorSession, resource: string, id: string, http: VendorHttp): Promise<RecordOutcome> {
    const found = findResource(this.definition, resource)
    return found ? fetchRecord(this.call(session, http), found, id) : this.noResource(resource)
  }

  get hasWebhooks(): boolean {
    return this.definition.webhooks !== undefined
  }

  /** Media types besides `application/json` that the vendor's webhooks come in. */
  get webhookContentTypes(): readonly string[] {
    return this.definition.webhooks?.contentTypes ?? []
  }

  /** Whether the vendor's notifications may also come by GET, as a query. */
  get webhookByQuery(): boolean {
    return this.definition.webhooks?.query ?? false
  }

  /** Whether the configuration holds something to check a signature by. */
  verifiesBy(configuration: Record<string, string | null>): boolean {
    return verificationSecret(this.definition.webhooks?.verification, configuration) !== null
  }

  /** Header names in lower case. False too where there is nothing to check by. */
  verify(message: { rawBody: Buffer; headers: Headers; configuration: Record<string, string | null> }): boolean {
    const verification = this.definition.webhooks?.verification
    const secret = verificationSecret(verification, message.configuration)
    return verification !== undefined && secret !== null
      ? isVerified(verification, secret, message.rawBody, message.headers)
      : false
  }

  /**
   * Those of `candidates` by whose configuration the message verifies; at most `mostSecrets` different secrets are tried.
   * None of those that hold nothing to check by.
   */
  verifiedBy<T extends { configuration: Record<string, string | null> }>(
    candidates: readonly T[],
    message: { rawBody: Buffer; headers: Headers },
    mostSecrets: number,
  ): T[] {
    return verifiedBy(this.definition.webhooks?.verification, candidates, message, mostSecrets)
  }

  /** Whose a message says that it is: the workspace that the vendor names in it. Null where it doesn't. */
  workspaceIn(body: unknown, headers: Headers = {}): string | null {
    const webhooks = this.definition.webhooks
    return webhooks ? workspaceIn(webhooks, body, headers) : null
  }

  /** @param body the parsed JSON (or form); `parseVendorJson` keeps long numbers whole */
  read(body: unknown, headers: Headers = {}): WebhookReading {
    const webhooks = this.definition.webhooks
    return webhooks
      ? readWebhook(webhooks, body, headers)
      : { kind: 'unreadable', why: `${this.definition.name} sends no webhooks` }
  }

  /** Never throws for what `read` took as a notification, and never answers an empty list: UNKNOWN if need be. */
  normalize(
    reading: Extract<WebhookReading, { kind: 'notification' }>,
    instance: EventSource,
    rawText: string,
  ): NormalizedEvent[] {
    const webhooks = this.definition.webhooks
    if (!webhooks) return []
    return normalizeWebhook(this.definition, webhooks, reading, instance, rawText, this.vendor.now())
  }

  /** A polled record as the vendor's webhooks would name and date it. @param resource by name or alias */
  asNotified(resource: string, fields: Record<string, unknown>): Notified {
    return asNotified(this.definition, resource, fields)
  }

  /**
   * The dates, in milliseconds, that a notification has of an object which it wraps in something else.
   * @param body the parsed JSON
   */
  wrappedDates(body: unknown, objectType: string, objectId: string): number[] {
    return wrappedDates(this.definition, body, objectType, objectId)
  }

  private get oauth(): OAuthVendor {
    return { definition: this.definition, vendor: this.vendor, base: this.base }
  }

  private call(session: VendorSession, http: VendorHttp): Call {
    return { definition: this.definition, vendor: this.vendor, base: this.base, session, http }
  }

  private noResource(name: string): Failure {
    return { kind: 'rejected', status: 0, message: this.unknownResource(name) }
  }

  private unknownResource(name: string): string {
    const known = Object.keys(this.definition.resources).join(', ')
    return `${this.definition.name} has no resource "${name}"; expected one of ${known}`
  }
}
