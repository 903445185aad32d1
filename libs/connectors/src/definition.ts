import type { DeletionsDefinition, ListingDefinition } from './listing-definition.js'
import type { WebhookDefinition } from './webhook-definition.js'

export * from './listing-definition.js'
export * from './webhook-definition.js'

/**
 * What is known about a vendor, as plain data: whatever stands here can also stand in a YAML or JSON file
 * (`CONNECTORS_DIR`). The engine runs any definition; `docs/connectors.md` describes each member.
 */
export interface Definition {
  /** The element's key: lower-case letters, digits and `_`. Part of URLs, topics and settings. */
  key: string
  /** The element's number at `GET /elements`. */
  id: number
  /** As people know it. */
  name: string
  /** What it is watched for, in a few words. */
  description: string
  /** The first part of its hub URLs: `/hubs/<hub>/<resource>`. */
  hub: string
  /** URL of its picture, for the console. */
  image?: string
  /** Where the vendor's API is, and what its answers have in common. */
  api: ApiDefinition
  /** How requests prove who asks. */
  authentication: AuthenticationDefinition
  /** Requests that tell whose account a session is, in order; what one finds, the next can use. */
  identify?: IdentifyStep[]
  /** Configuration of an instance, besides the `event.*` fields that every element has. */
  fields: ConfigurationField[]
  /** What can be listed, by name. */
  resources: Record<string, ResourceDefinition>
  /** What the vendor tells by itself. Absent: nothing, so that it can only be polled. */
  webhooks?: WebhookDefinition
}

/** Members joined by dots (`data.item.id`, numbers for places in lists); the empty path is the value itself. */
export type Path = string

/** Text with names in braces (`/contacts/{id}`), which stand for what the member's own comment says. */
export type Template = string

/** JSON in which texts are templates; one that is wholly a name (`{value}`) becomes the value with its type. */
export type JsonTemplate = null | boolean | number | string | JsonTemplate[] | { [member: string]: JsonTemplate }

export interface ApiDefinition {
  /** Where the vendor can be reached. The first one is used where nothing says otherwise. */
  sites: [Site, ...Site[]]
  /** Stands before the path of every resource. Names: what `identify` found, and configuration keys. */
  path?: Template
  /** Headers of every request. Names: what `identify` found, and configuration keys. */
  headers?: Record<string, Template>
  /** How errors read. Absent: by their status alone. */
  errors?: ErrorReading
  /** How the vendor limits requests. */
  rateLimit?: RateLimitReading
  /** Warnings that come with a 200. */
  warnings?: WarningReading
}

/** One of the vendor's regions or stages. Hosts come from here alone, never from an instance's configuration. */
export interface Site {
  /** As the vendor's own answers name it (`US`). */
  name: string
  /** What a client may give as `siteAddress` to mean this site, besides its name. */
  addresses?: string[]
  /** URL of the API; resources are below it. */
  api: string
  /** URL where users grant access; demanded by OAuth. */
  authorize?: string
  /** URL that gives tokens; demanded by OAuth. */
  token?: string
}

/** How an error's body reads. Errors may be texts or objects. */
export interface ErrorReading {
  /** Where the list of errors is. */
  list: Path
  /** Tried in order in an error that is an object. */
  message?: Path[]
  /** Tried in order, for `codes`. */
  code?: Path[]
  /** Stronger than `statuses`. */
  codes?: Record<string, ErrorMeaning>
  /** Besides the usual: 401 `unauthorized`, 402 and 403 `revoked`, 429 `throttled`, 408 and 5xx `unavailable`. */
  statuses?: Record<string, ErrorMeaning>
}

/**
 * `unauthorized`: the credentials don't work now; `revoked`: they won't until someone mends the account;
 * `throttled`: too much asked; `busy`: this request has to wait as if it were, others needn't; `unavailable`: worth
 * another try; `rejected`: this request will never do.
 */
export const errorMeanings = ['unauthorized', 'revoked', 'throttled', 'busy', 'unavailable', 'rejected'] as const
export type ErrorMeaning = (typeof errorMeanings)[number]

/** Headers, in lower case. */
export interface RateLimitReading {
  /** What the vendor allows. The headers, and a 429, speak of the first one. */
  limits?: RequestLimitDefinition[]
  /** Says how many requests are left. */
  remaining?: string
  /** Says when there are all of them again. */
  reset?: string
  /** `epoch-seconds`: the instant of the reset; `seconds`: the time until it. Default `epoch-seconds`. */
  resetUnit?: 'epoch-seconds' | 'seconds'
  /** No wait that the vendor names is believed beyond this. Default 3600. */
  longestWaitSeconds?: number
  /** Where it names none. Default 60. */
  waitSeconds?: number
}

/** So many requests within any so many seconds, of all who share what they are counted by. */
export interface RequestLimitDefinition {
  /** How many requests. */
  requests: number
  /** Within how many seconds. */
  windowSeconds: number
  /**
   * What the vendor counts by: the first of these for which there are values. Names: `workspace` and the variables that
   * `identify` found, and configuration keys. Each needs something that the vendor told, or a secret: else strangers
   * could name another's account, and spend its budget.
   */
  per: [Template, ...Template[]]
}

/** Warnings that come with a 200. */
export interface WarningReading {
  /** Where the list of warnings is. */
  path: Path
  /** A warning that matches says that a filter was ignored, so the answer isn't what was asked for. No case. */
  filterIgnored?: string
}

export type AuthenticationType = 'oauth2' | 'basic' | 'custom' | 'apiKey' | 'none'

export interface AuthenticationDefinition {
  /** What clients are told. `oauth2` needs `oauth2`. */
  type: AuthenticationType
  /** Headers that authenticate. Names: configuration keys. */
  headers?: Record<string, Template>
  /** HTTP Basic. Names: configuration keys. */
  basic?: {
    /** As `{api.username}`. */
    username: Template
    /** As `{api.password}`. */
    password: Template
  }
  /** Tokens that users grant. The token is `{oauth.user.token}` in `headers`, and has to be a key of `fields`. */
  oauth2?: OAuth2Definition
}

/** Endpoints are the site's `authorize` and `token`. */
export interface OAuth2Definition {
  /** Query of the authorize URL; a parameter whose names are all empty is left out. Names: apiKey, callbackUrl, scope, state. */
  authorize: Record<string, Template>
  /** How a code becomes tokens. */
  token: {
    /** How the parameters are sent. */
    encoding: 'form' | 'json'
    /** Names: code, apiKey, apiSecret, callbackUrl. */
    parameters: Record<string, Template>
    /** Where the answer has it; tried in order. */
    accessToken: Path[]
    /** Likewise. */
    refreshToken?: Path[]
    /** Likewise: in how many seconds the access token ends. */
    expiresIn?: Path[]
  }
  /** Absent: tokens live until they are revoked. Names: refreshToken, apiKey, apiSecret. */
  refresh?: {
    /** Names: refreshToken, apiKey, apiSecret. */
    parameters: Record<string, Template>
  }
}

export interface IdentifyStep {
  /** Below the site's API URL, without `api.path`. */
  path: Template
  /** Where the answer is a list: its path, and which of it is taken (the first that fits). */
  items?: Path
  /** Members that the chosen item must have, compared as texts. */
  where?: Record<string, string | number | boolean>
  /** Member → configuration key that, where set, picks the item. */
  chosenBy?: Record<string, string>
  /** The id of the workspace that webhooks name. */
  workspace?: Path
  /** The account's time zone, by its IANA name. */
  timeZone?: Path
  /** The site's name. */
  site?: Path
  /** Names for templates → where they are. */
  variables?: Record<string, Path>
}

export const fieldTypes = [
  'TEXTFIELD_32',
  'TEXTFIELD_64',
  'TEXTFIELD_128',
  'TEXTFIELD_1000',
  'TEXTAREA',
  'BOOLEAN',
  'PASSWORD',
  'COMBO',
] as const
export type FieldType = (typeof fieldTypes)[number]

/** One key of an instance's configuration, as `GET /elements/{key}/configuration` lists it. */
export interface ConfigurationField {
  /** Of the configuration. `event.*` and `filter.*` are every element's. */
  key: string
  /** For people. */
  label: string
  /** For people. */
  description?: string
  /** How a form asks for it. */
  type: FieldType
  /** An instance can't do without. */
  required?: boolean
  /** Not required where this other key is set. */
  requiredUnless?: string
  /** Shown where the instance has no value. */
  default?: string
  /** Shown as `********`, stored encrypted. */
  secret?: boolean
  /** COMBO: what can be chosen. */
  options?: string[]
}

/** Cloud Elements' own words; formats are `java.text.SimpleDateFormat` patterns, `timestamp`, `milliseconds`, `epoch`. */
export interface DatesConfiguration {
  /** Where the date of the last change is. */
  updatedDateField?: string
  /** How it is written. */
  updatedDateFormat?: string
  /** Of a date that names none. */
  updatedDateTimezone?: string
  /** Where the date of the creation is. */
  createdDateField?: string
  /** How it is written. */
  createdDateFormat?: string
  /** Of a date that names none. */
  createdDateTimezone?: string
}

export interface ResourceDefinition {
  /** For people. */
  description?: string
  /** The same resource by other names. */
  aliases?: string[]
  /** Where a record's id is. */
  id: Path
  /** A member that stands before the id, with a dot between them, where an id is unique only beside it. */
  idPrefix?: Path
  /** `datesConfiguration` where an instance gives none. Absent: the vendor dates nothing; only a snapshot shows changes. */
  dates?: DatesConfiguration
  /** Of dates that name none. IANA. */
  timeZone?: string
  /** How much later than its date a change may show in a listing. Default 0. */
  overlapSeconds?: number
  /** Member of the default poller configuration. */
  polledByDefault?: boolean
  /** `orderBy` of the default poll URL. */
  pollOrder?: string
  /** Ways of listing; the first that can do what is asked, and show all there is, is taken. */
  listings: [ListingDefinition, ...ListingDefinition[]]
  /** How one record is read, by its id. */
  get?: {
    /** As a listing's, with `{id}`; of a child `{parent}` too. */
    path: Template
    /** Where the record is. Default: the answer itself. */
    item?: Path
  }
  /** A listing of what was deleted. */
  deletions?: DeletionsDefinition
  /** The object type by which webhooks tell of its records. Default: its name. */
  notifiedAs?: string
  /**
   * The resource is listed per record of another one: its records' ids fill `{parent}` in the paths, and are added to
   * each record as `member`.
   */
  parent?: {
    /** The name of the other one. */
    resource: string
    /** What its record's id is called here. */
    member: string
  }
  /** What a listing doesn't show, for people. */
  blindSpots?: string[]
}
