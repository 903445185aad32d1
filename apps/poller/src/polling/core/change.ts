import type { FoundChange } from '#events'

/** One change as a poll found it; the publisher makes an event of it. */
export type Change = FoundChange

/** What a page came to. */
export interface Taken {
  changes: Change[]
  /** Records that couldn't be used, and the vendor's warnings. */
  reports: string[]
  /** The rest of the listing is older than anything of interest. */
  stop: boolean
}
