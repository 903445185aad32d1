import type { Deletion, PageOutcome } from '#connectors'
import type { Change } from './change.js'
import type { Checkpoint, Counts } from './progress.js'

/** A vendor's listings. Time-outs are failures like others; nothing throws. */
export interface Pages {
  /** What changed at `since` or later, as far as the vendor can tell; null: everything. The same for all pages of a run. */
  changes(since: number | null, cursor: string | null): Promise<PageOutcome>
  deletions(since: number, cursor: string | null): Promise<PageOutcome<Deletion>>
}

export interface Publisher {
  /** Resolves once the changes' events are durable; with how many those are, since some may be told by other means. */
  publish(changes: readonly Change[]): Promise<number>
  /** Waits as long as the instance's pace wants after that many events. */
  pace(events: number): Promise<void>
}

export interface Journal {
  /**
   * Saves where the run is and renews the lease. Null: it is where it was when saved last. False: the lease is lost, and
   * nothing was saved.
   */
  save(checkpoint: Checkpoint | null, counts: Counts, hashes: readonly [id: string, hash: string][]): Promise<boolean>
}

export interface Turn {
  now(): number
  /** `lost`: the lease has run out; `over`: stop in good order, after the page under way; `ending`: so does the process. */
  state(): 'on' | 'over' | 'ending' | 'lost'
}
