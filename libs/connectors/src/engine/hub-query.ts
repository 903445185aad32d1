import type { Operator } from '../definition.js'

/** One condition of CEQL's `where`. `values`: one, but for IN; none for IS NULL and IS NOT NULL. */
export interface Condition {
  field: string
  operator: Operator
  values: string[]
}

/** What a hub URL asks for: `/hubs/marketing/conversations?orderBy=updated_at desc`. */
export interface HubQuery {
  /** `conversations`; of a child `messages/123/opens`. */
  resource: string
  /** Joined by AND. */
  where?: Condition[]
  orderBy?: { field: string; direction: 'asc' | 'desc' }
  pageSize?: number
  /** What else the query string holds; a definition lists the vendor's own parameters that may be there. */
  parameters: Record<string, string>
}

/** The URL can't be read as a hub request; the message names the place and what would do. */
export class HubUrlError extends Error {
  override readonly name = 'HubUrlError'
}
