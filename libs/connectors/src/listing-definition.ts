import type { JsonTemplate, Path, Template } from './definition.js'

export interface ListingDefinition extends RequestDefinition {
  /** Where the records are. */
  items: Path
  /** How the next page is asked for. */
  paging: Paging
  /** How many records a page shall have. Absent: as many as the vendor likes. */
  pageSize?: PageSize
  /** Where the answer says how many records there are in all, where `paging` doesn't name it. */
  total?: Path
  /** It shows no more records than this: where its answer tells of as many, the next listing takes its place. */
  mostRecords?: number
  /** The order it comes in when none is asked for: `updated_at desc`. Believed as far as a page shows it. */
  order?: string
  /** Conditions that the vendor can be asked for. */
  filter?: FilterDefinition
  /** The date that limits a poll to what changed since. */
  since?: {
    /** One of `filter.fields`, a date. */
    field: string
    /** Other dates that are never later than it. */
    covers?: string[]
    /** The order that a poll asks for, where its URL names none: `updated_at asc`. */
    orderBy?: string
  }
  /** Orders that the vendor can be asked for. */
  orderBy?: OrderByDefinition
  /** Only for requests that filter. */
  needsFilter?: boolean
  /** Query parameters of the vendor that a hub URL may carry as they are. */
  parameters?: string[]
}

export interface RequestDefinition {
  /** How it is asked for. Default `GET`. */
  method?: 'GET' | 'POST'
  /** Below the site's API URL and `api.path`. Names: parent. */
  path: Template
  /** Parameters that never change. */
  query?: Record<string, string>
  /** JSON that conditions, order and paging are put into. */
  body?: { [member: string]: JsonTemplate }
}

/** `into`: whether a parameter is one of the query or a path into the body. */
export interface Place {
  /** Where it goes. */
  into: 'query' | 'body'
  /** Its name in the query, or its path in the body. */
  parameter: string
}

export interface PageSize extends Place {
  /** Where nobody asks for another. */
  default: number
  /** The most that the vendor takes. */
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
  /** Where conditions go. */
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
  /** What can be filtered by, by its name in CEQL. */
  fields: Record<string, FilterField>
  /** Put where a request has no condition and the vendor demands one. */
  matchAll?: { [member: string]: JsonTemplate }
}

export interface FilterField {
  /** The vendor's name, where it differs. */
  as?: string
  /** What its values are. Default `text`. */
  type?: 'text' | 'number' | 'boolean' | 'date'
  /** Those that it can be compared by. Default: all of the filter's. */
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
  /** Where it goes. */
  into: 'query' | 'body'
  /** Parameters of the query, or members of the body. Names: field, direction. */
  template: { [member: string]: JsonTemplate }
  /** The vendor's words. Default asc, desc. */
  directions?: {
    /** Oldest, or least, first. */
    asc: string
    /** The other way round. */
    desc: string
  }
}

export interface DeletionsDefinition extends RequestDefinition {
  /** Where the records are. */
  items: Path
  /** Where the deleted object's id is. */
  id: Path
  /** Where the date of its deletion is. */
  date?: Path
  /** How the next page is asked for. */
  paging: Paging
  /** How many records a page shall have. */
  pageSize?: PageSize
  /** By date. Default `unordered`. */
  order?: 'newest-first' | 'oldest-first' | 'unordered'
}
