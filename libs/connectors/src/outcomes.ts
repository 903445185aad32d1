import type { HubQuery } from './engine/hub-query.js'

/** A record as the vendor sent it. */
export interface VendorRecord {
  /** By the definition's id field; null where the record has none there. */
  id: string | null
  /** Whole numbers too long for a double are texts here. */
  fields: Record<string, unknown>
  /** JSON text, byte for byte what the vendor sent (a child's parent id is put in front). */
  raw: string
}

export interface Deletion {
  id: string | null
  /** Milliseconds since 1970; null where the vendor doesn't say or it can't be read. */
  date: number | null
  raw: string
}

/** What the vendor said about the account's request budget. */
export interface RequestLimits {
  remaining: number
  /** Milliseconds since 1970. */
  resetAt: number
}

export interface ListRequest extends HubQuery {
  /**
   * Milliseconds since 1970. The vendor is asked for what changed at this instant or later, where it can be; earlier
   * records may come as well.
   */
  since?: number
  /**
   * The date field that the caller compares. `since` is only used where the vendor's filter can't hide a change of it.
   * Default: the resource's own updated date.
   */
  watch?: string
  /** `next` of the page before, with the same query and `since`. Opaque. */
  cursor?: string
  /**
   * Begins with this page of `pageSize` records each, from 1; only where the vendor counts its pages or rows. Without
   * meaning beside a cursor, but for the listing that the cursor belongs to.
   */
  page?: number
  /** Whether rows may be read again where offsets can drift, which loses none; default true. The caller drops repeats. */
  overlapPages?: boolean
}

export type PageOrder = 'newest-first' | 'oldest-first' | 'unordered'

export interface Page<R = VendorRecord> {
  kind: 'page'
  records: R[]
  /** Null: the last page. A cursor that comes a second time is the caller's to notice. */
  next: string | null
  /** By `orderedBy`. */
  order: PageOrder
  /** The field that the order is by. Only a caller who compares this date may stop early. */
  orderedBy: string | null
  /** Whether the vendor was asked for changes since the given instant only. */
  limitedBySince: boolean
  warnings: string[]
  /** `next` counts rows or pages, so that a row can slip through when one before it is gone between two pages. */
  counted?: true
  limits?: RequestLimits
  /** How many records the whole listing has, where the vendor says so and nothing was left out of its answer. */
  total?: number
}

/** Why there was no answer to use. */
export type Failure =
  /** `alone`: others may ask meanwhile. `unsent`: nothing was asked, since what is allowed is spent. */
  | { kind: 'throttled'; retryAt: number; message: string; alone?: true; unsent?: true }
  /** `permanent`: nothing but a person mends it (revoked, suspended, unpaid, forbidden). */
  | { kind: 'unauthorized'; message: string; permanent: boolean; status: number }
  /** This request will never do. `status` 0: it wasn't sent, since the vendor can't answer it. */
  | { kind: 'rejected'; status: number; message: string }
  /** `restart`: the vendor has forgotten the cursor; begin the listing anew. */
  | { kind: 'unavailable'; message: string; restart?: true }

export type PageOutcome<R = VendorRecord> = Page<R> | Failure

export type RecordOutcome =
  | { kind: 'record'; record: VendorRecord; warnings: string[]; limits?: RequestLimits }
  /** `movedTo`: the id of the record that this one was merged into. */
  | { kind: 'missing'; movedTo: string | null; message: string }
  | Failure
