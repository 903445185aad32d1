import type { NormalizedEvent } from '#events'
import type { ConfigurationField, Definition } from './definition.js'
import type { HubQuery } from './engine/hub-url.js'
import type { Deletion, ListRequest, PageOutcome, RecordOutcome } from './outcomes.js'
import type {
  CodeExchange,
  IdentityOutcome,
  OAuthStart,
  ResourceInfo,
  TokenOutcome,
  TokenRefresh,
  VendorHttp,
  VendorSession,
} from './session.js'

/** Whose events a notification becomes. */
export interface EventSource {
  id: number
  name: string
  tags: string[]
  accountId: number
  companyId: number
  userId: number
}

/** One vendor message at the door. */
export type WebhookReading =
  /** Answer with `body`; no event. */
  | { kind: 'handshake'; body: string }
  | {
      kind: 'notification'
      /** Whose it is, as the vendor names it; null where it doesn't say. */
      workspace: string | null
      /** Of the first notification; for logs. */
      topic: string | null
      /** The body that was read; `normalize` takes it from here. */
      body: unknown
      headers: Record<string, string>
    }
  | { kind: 'unreadable'; why: string }

/** Polling configuration as `event.poller.configuration` has it. */
export type PollerConfiguration = Record<
  string,
  { url: string; idField: string; datesConfiguration: Definition['resources'][string]['dates'] }
>

/** What an element's events can be, for `GET /elements/{key}/metadata` and `event.metadata`. */
export interface EventsMetadata {
  supported: boolean
  methods: ('polling' | 'webhook')[]
  polling: Record<string, { eventTypes: string[]; pollUrl: string }>
  webhook: Record<string, { eventTypes: string[] }>
}

/** One vendor: its definition, run by the engine. Made by `Connectors`. */
export class Connector {
  /** Every key of an instance's configuration that means something, `event.*` included. */
  readonly fields: readonly ConfigurationField[] = []

  constructor(readonly definition: Definition) {}

  get key(): string {
    return this.definition.key
  }

  get resources(): ResourceInfo[] {
    throw new Error('to be written')
  }

  /** By name or alias; `messages/123/opens` too. */
  resource(_name: string): ResourceInfo | undefined {
    throw new Error('to be written')
  }

  /** `event.poller.configuration` where an instance gives none. */
  get defaultPolling(): PollerConfiguration {
    throw new Error('to be written')
  }

  get metadata(): EventsMetadata {
    throw new Error('to be written')
  }

  /** What the vendor can't answer in this query, each fault a sentence; empty: it can. */
  faults(_query: HubQuery): string[] {
    throw new Error('to be written')
  }

  /** The names that `siteAddress` can have. */
  get siteAddresses(): string[] {
    throw new Error('to be written')
  }

  /** @throws SiteAddressError where `siteAddress` is none of the definition's; OAuthUnsupportedError without OAuth */
  authorizeUrl(_start: OAuthStart): string {
    throw new Error('to be written')
  }

  async exchangeCode(_exchange: CodeExchange, _http: VendorHttp): Promise<TokenOutcome> {
    throw new Error('to be written')
  }

  /** Whether access tokens are renewed by a refresh token. */
  get refreshes(): boolean {
    throw new Error('to be written')
  }

  async refresh(_refresh: TokenRefresh, _http: VendorHttp): Promise<TokenOutcome> {
    throw new Error('to be written')
  }

  /** Whose account the configuration's credentials open. Needs no identity yet. */
  async identify(_session: Pick<VendorSession, 'configuration'>, _http: VendorHttp): Promise<IdentityOutcome> {
    throw new Error('to be written')
  }

  async listPage(_session: VendorSession, _request: ListRequest, _http: VendorHttp): Promise<PageOutcome> {
    throw new Error('to be written')
  }

  async deletionsPage(
    _session: VendorSession,
    _request: { resource: string; since?: number; cursor?: string },
    _http: VendorHttp,
  ): Promise<PageOutcome<Deletion>> {
    throw new Error('to be written')
  }

  async get(_session: VendorSession, _resource: string, _id: string, _http: VendorHttp): Promise<RecordOutcome> {
    throw new Error('to be written')
  }

  get hasWebhooks(): boolean {
    return this.definition.webhooks !== undefined
  }

  /** Media types besides `application/json` that the vendor's webhooks come in. */
  get webhookContentTypes(): readonly string[] {
    return this.definition.webhooks?.contentTypes ?? []
  }

  /** Whether the configuration holds something to check a signature by. */
  verifiesBy(_configuration: Record<string, string | null>): boolean {
    throw new Error('to be written')
  }

  /** Header names in lower case. False too where there is nothing to check by. */
  verify(_message: {
    rawBody: Buffer
    headers: Record<string, string | string[] | undefined>
    configuration: Record<string, string | null>
  }): boolean {
    throw new Error('to be written')
  }

  /** `body`: the parsed JSON (or form). */
  read(_body: unknown, _headers: Record<string, string | string[] | undefined> = {}): WebhookReading {
    throw new Error('to be written')
  }

  /** Never throws for what `read` took as a notification, and never answers an empty list: UNKNOWN if need be. */
  normalize(
    _reading: Extract<WebhookReading, { kind: 'notification' }>,
    _instance: EventSource,
    _rawText: string,
  ): NormalizedEvent[] {
    throw new Error('to be written')
  }
}
