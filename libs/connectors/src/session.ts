import type { DatesConfiguration, Operator } from './definition.js'

/** One request to a vendor. */
export interface VendorRequest {
  method: string
  url: string
  headers: Record<string, string>
  body?: string
}

/** Header names in lower case. */
export interface VendorResponse {
  status: number
  headers: Record<string, string>
  body: string
}

/** How the engine reaches a vendor. Throws where there is no answer. */
export type VendorHttp = (request: VendorRequest) => Promise<VendorResponse>

/** What a vendor said about the account that a session opens. */
export interface VendorIdentity {
  workspace?: string
  /** IANA; only one that this machine knows. */
  timeZone?: string
  /** `site` (the region's name) and what the definition's templates need. */
  variables: Record<string, string>
}

/** A limit that a vendor puts on requests, for one of those that it counts by. */
export interface RequestAllowance {
  /** Whose it is: the same for all who share it; a SHA-256, as hexadecimal digits. */
  account: string
  /** Within a window; null: the vendor doesn't say. */
  requests: number | null
  windowMs: number
  /** What the vendor says of its budget (`RequestLimits`, a 429) is about this one. */
  told: boolean
}

/** An instance as the vendor sees it. */
export interface VendorSession {
  configuration: Record<string, string | null>
  identity: VendorIdentity
}

export interface OAuthStart {
  apiKey: string
  callbackUrl: string
  state: string
  scope?: string
  siteAddress?: string
}

export interface CodeExchange {
  code: string
  apiKey: string
  apiSecret: string
  callbackUrl: string
  siteAddress?: string
}

export interface TokenRefresh {
  refreshToken: string
  apiKey: string
  apiSecret: string
  siteAddress?: string
}

export type TokenOutcome =
  | { kind: 'tokens'; accessToken: string; refreshToken?: string; expiresInSeconds?: number }
  | { kind: 'refused'; status: number; message: string }
  | { kind: 'unavailable'; message: string }

export type IdentityOutcome =
  | { kind: 'identified'; identity: VendorIdentity }
  | { kind: 'refused'; status: number; message: string }
  | { kind: 'unavailable'; message: string }

/** A resource as the poller and the hub API need to know it. */
export interface ResourceInfo {
  name: string
  description?: string
  idField: string
  /** What `idField` holds is an id only with this member's text before it. */
  idPrefix?: string
  dates: DatesConfiguration
  overlapSeconds: number
  /** Of dates that name none; IANA. */
  timeZone?: string
  /** Its deletions can be listed: `deletionsPage`. */
  canDelete: boolean
  /** The vendor dates nothing, so only a snapshot shows changes. */
  snapshotOnly: boolean
  /** A single record can be asked for: `get`. */
  canGet: boolean
  /** The default `url` of its poller configuration. */
  pollUrl: string
  polledByDefault: boolean
  /** What its listing doesn't show, for people. */
  blindSpots: readonly string[]
}

/** What a resource's listings can be asked for. */
export interface ResourceAbilities {
  /** What `where` can compare, by field. */
  filters: Record<string, { type: 'text' | 'number' | 'boolean' | 'date'; operators: Operator[] }>
  /** Conditions on several fields can be joined by OR. */
  alternatives: boolean
  /** Fields; with a direction (`updated_at desc`) where it is the only one. */
  orderBy: string[]
  pageSize: { default: number; max: number } | null
  /** `page` can name a page by its number. */
  numberedPages: boolean
  nextPage: boolean
  /** The vendor's own parameters. */
  parameters: string[]
  /** It is listed below a record of this resource, whose id is `member` of its own. */
  parent: { resource: string; member: string } | null
}
