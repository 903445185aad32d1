import type { WebhookDefinition } from './webhook-definition.js'

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
  name: string
  description: string
  hub: string
  image?: string
  api: ApiDefinition
  authentication: AuthenticationDefinition
  /** Requests that tell whose account a session is, in order; what one finds, the next can use. */
  identify?: IdentifyStep[]
  /** Configuration of an instance, besides the `event.*` fields that every element has. */
  fields: ConfigurationField[]
  resources: Record<string, ResourceDefinition>
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
  errors?: ErrorReading
  rateLimit?: RateLimitReading
  warnings?: WarningReading
}

/** One of the vendor's regions or stages. Hosts come from here alone, never from an instance's configuration. */
export interface Site {
  /** As the vendor's own answers name it (`US`). */
  name: string
  /** What a client may give as `siteAddress` to mean this site, besides its name. */
  addresses?: string[]
  api: string
  authorize?: string
  token?: string
}

/** How an error's body reads. Errors may be texts or objects. */
export interface ErrorReading {
  /** Where the list of errors is. */
  list: Path
  /** Tried in order in an error that is an object. */
  message?: Path[]
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
  remaining?: string
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
  requests: number
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
  path: Path
  /** A warning that matches says that a filter was ignored, so the answer isn't what was asked for. No case. */
  filterIgnored?: string
}

export type AuthenticationType = 'oauth2' | 'basic' | 'custom' | 'apiKey' | 'none'

export interface AuthenticationDefinition {
  type: AuthenticationType
  /** Headers that authenticate. Names: configuration keys. */
  headers?: Record<string, Template>
  /** HTTP Basic. Names: configuration keys. */
  basic?: { username: Template; password: Template }
  oauth2?: OAuth2Definition
}

/** Endpoints are the site's `authorize` and `token`. */
export interface OAuth2Definition {
  /** Query of the authorize URL; a parameter whose names are all empty is left out. Names: apiKey, callbackUrl, scope, state. */
  authorize: Record<string, Template>
  token: {
    encoding: 'form' | 'json'
    /** Names: code, apiKey, apiSecret, callbackUrl. */
    parameters: Record<string, Template>
    accessToken: Path[]
    refreshToken?: Path[]
    /** Seconds. */
    expiresIn?: Path[]
  }
  /** Absent: tokens live until they are revoked. Names: refreshToken, apiKey, apiSecret. */
  refresh?: { parameters: Record<string, Template> }
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
  /** IANA. */
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
  key: string
  label: string
  description?: string
  type: FieldType
  required?: boolean
  /** Not required where this other key is set. */
  requiredUnless?: string
  default?: string
  /** Shown as `********`, stored encrypted. */
  secret?: boolean
  /** COMBO: what can be chosen. */
  options?: string[]
}

/** Cloud Elements' own words; formats are `java.text.SimpleDateFormat` patterns, `timestamp`, `milliseconds`, `epoch`. */
export interface DatesConfiguration {
  updatedDateField?: string
  updatedDateFormat?: string
  updatedDateTimezone?: string
  createdDateField?: string
  createdDateFormat?: string
  createdDateTimezone?: string
}

export interface ResourceDefinition {
  description?: string
  /** The same resource by other names. */
  aliases?: string[]
  /** Where a record's id is. */
  id: Path
  /** A member that stands before the id, with a dot between them, where an id is unique only beside it. */
  idPrefix?: Path
  /** Default of `datesConfiguration`. Absent: the vendor dates nothing; only a snapshot shows changes. */
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
  get?: { path: Template; item?: Path }
  /** A listing of what was deleted. */
  deletions?: DeletionsDefinition
  /**
   * The resource is listed per record of another one: its records' ids fill `{parent}` in the paths, and are added to
   * each record as `member`.
   */
  parent?: { resource: string; member: string }
  /** What a listing doesn't show, for people. */
  blindSpots?: string[]
}

export interface ListingDefinition extends RequestDefinition {
  /** Where the records are. */
  items: Path
  paging: Paging
  pageSize?: PageSize
  /** Where the answer says how many records there are in all, where `paging` doesn't name it. */
  total?: Path
  /** It shows no more records than this: where its answer tells of as many, the next listing takes its place. */
  mostRecords?: number
  /** The order it comes in when none is asked for: `updated_at desc`. Believed as far as a page shows it. */
  order?: string
  filter?: FilterDefinition
  /** The date field (one of `filter.fields`) that limits a poll to what changed since; `covers`: dates never later. */
  since?: { field: string; covers?: string[]; orderBy?: string }
  orderBy?: OrderByDefinition
  /** Only for requests that filter. */
  needsFilter?: boolean
  /** Query parameters of the vendor that a hub URL may carry as they are. */
  parameters?: string[]
}

export interface RequestDefinition {
  method?: 'GET' | 'POST'
  /** Below the site's API URL and `api.path`. Names: parent. */
  path: Template
  query?: Record<string, string>
  /** JSON that conditions, order and paging are put into. */
  body?: { [member: string]: JsonTemplate }
}

/** `into`: whether a parameter is one of the query or a path into the body. */
export interface Place {
  into: 'query' | 'body'
  parameter: string
}

export interface PageSize extends Place {
  default: number
  max: number
}

export type Paging =
  | { style: 'none' }
  /** The answer holds a cursor at `next`; none: the end. */
  | ({ style: 'cursor'; next: Path } & Place)
  /** Pages are counted, from `first` (default 1). The end: `pages` reached, or a page that isn't full. */
  | ({ style: 'page'; first?: number; pages?: Path } & Place)
  /** The answer holds the next page's URL, whose query is used; host and path stay the definition's. */
  | { style: 'next-url'; next: Path }
  /** A cursor that the vendor forgets; an empty page or a 404 ends it. `total`: how many records there are. */
  | ({ style: 'scroll'; next: Path; total?: Path } & Place)
  /**
   * Rows are counted from 0. `limit` and `total`: where the answer says how many a page can hold and how many there
   * are. `overlapRows` of the page before are read again, since rows move up when one before them is deleted; and as
   * many as `total` tells that there are fewer, where those are more.
   */
  | ({ style: 'offset'; total?: Path; limit?: Path; overlapRows?: number } & Place)

export const operators = ['=', '!=', '<', '<=', '>', '>=', 'LIKE', 'IN', 'IS NULL', 'IS NOT NULL'] as const
export type Operator = (typeof operators)[number]

/** `LIKE '%a%'`, `LIKE 'a%'`, `LIKE '%a'`, for vendors that have an operator for each. */
export const likeForms = ['CONTAINS', 'STARTS WITH', 'ENDS WITH'] as const
export type LikeForm = (typeof likeForms)[number]

/** How conditions of CEQL are put to the vendor. */
export interface FilterDefinition {
  into: 'query' | 'body'
  /** into `body`: where the list of conditions is. */
  conditions?: Path
  /**
   * One condition per operator that the vendor knows. Into `query`: parameters. Names: field, value, values (of IN; in a
   * text joined by commas). LIKE may be told by where its `%` are instead.
   */
  operators: Partial<Record<Operator | LikeForm, { [member: string]: JsonTemplate }>>
  /** How alternatives (OR) are put, where the vendor knows them. Names: conditions, a list of those that may hold. */
  anyOf?: { [member: string]: JsonTemplate }
  /** Both ends of a date, included, where the vendor takes a field once only. Names: field, values, the two of them. */
  between?: { [member: string]: JsonTemplate }
  /** How many conditions a request, or one list of alternatives, can hold. Default: any number. */
  atMost?: number
  /** Marks that the vendor reads as more than themselves in a value, so that none with them can be asked for. */
  reserved?: string[]
  /** What `%` in LIKE becomes. Default `%`. */
  wildcard?: string
  fields: Record<string, FilterField>
  /** Put where a request has no condition and the vendor demands one. */
  matchAll?: { [member: string]: JsonTemplate }
}

export interface FilterField {
  /** The vendor's name, where it differs. */
  as?: string
  /** Default `text`. */
  type?: 'text' | 'number' | 'boolean' | 'date'
  /** Default: all of the filter's. */
  operators?: Operator[]
  /** Of a date, as the vendor wants it: a pattern, `timestamp` or `milliseconds`. */
  format?: string
  /** Of a date that names none. `account`: the one that `identify` found. */
  timeZone?: string
  /** The vendor compares whole days of its own, so the engine asks for a day more and compares again. Default `second`. */
  granularity?: 'second' | 'day'
  /**
   * The vendor keeps this date as `timeZone`'s clock showed it. The hour that clocks go through twice in autumn it can't
   * tell from itself, so what is dated then is asked for with that hour to spare.
   */
  wallClock?: boolean
  /** The vendor's comparisons of this date aren't to be relied on at the bound: the engine compares again. */
  inexact?: boolean
}

export interface OrderByDefinition {
  /** CEQL name → the vendor's. */
  fields: Record<string, string>
  into: 'query' | 'body'
  /** Parameters of the query, or members of the body. Names: field, direction. */
  template: { [member: string]: JsonTemplate }
  /** The vendor's words. Default asc, desc. */
  directions?: { asc: string; desc: string }
}

export interface DeletionsDefinition extends RequestDefinition {
  items: Path
  id: Path
  date?: Path
  paging: Paging
  pageSize?: PageSize
  /** By date. */
  order?: 'newest-first' | 'oldest-first' | 'unordered'
}
