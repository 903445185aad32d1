import type { Operator } from '../definition.js'

/** One condition of CEQL's `where`. `values`: one, but for IN; none for IS NULL and IS NOT NULL. */
export interface Condition {
  field: string
  operator: Operator
  values: string[]
}

/** Conditions of which one at least has to hold. */
export interface AnyOf {
  any: Condition[]
}

/** What hub URLs are asked for by: every AND and OR can be written as clauses that all have to hold. */
export type Clause = Condition | AnyOf

/** What a hub URL asks for: `/hubs/marketing/conversations?orderBy=updated_at desc`. */
export interface HubQuery {
  /** `conversations`; of a child `messages/123/opens`. */
  resource: string
  /** Joined by AND. */
  where?: Clause[]
  orderBy?: { field: string; direction: 'asc' | 'desc' }
  pageSize?: number
  /** What else the query string holds; a definition lists the vendor's own parameters that may be there. */
  parameters: Record<string, string>
}

/** The URL can't be read as a hub request; the message names the place and what would do. */
export class HubUrlError extends Error {
  override readonly name = 'HubUrlError'
}
