import type { Known, ToldChange } from '#instances'
import type { Checkpoint, Counts, ResourceState } from './core/progress.js'
import type { Settlement } from './core/settle.js'

/** An instance that this process polls, and no other does while the lease lasts. */
export interface Claim {
  readonly instanceId: number
  /** Given anew with every claim: who holds an older one can save nothing. */
  readonly epoch: string
}

/** A claim as it is made: with the instance's due resources, taken into its run. None: there was nothing to do. */
export interface Claimed extends Claim {
  readonly due: readonly DueResource[]
}

/** A resource whose time has come, with all that is stored of it. */
export interface DueResource {
  readonly resource: string
  readonly runId: string
  readonly state: ResourceState
  readonly checkpoint: Checkpoint
  /** Failed runs in a row so far. */
  readonly failures: number
  /** How far apart its runs begin. */
  readonly intervalMs: number
  /** When the last run began that was published to its end; before the first one, since when changes are wanted. */
  readonly readUntil: number
  /** When it was taken into the run, in milliseconds since 1970 by the database's clock, and how long ago that was. */
  readonly startedAt: number
  readonly startedAgoMs: number
}

/** `gone`: the configuration no longer names the resource. `lost`: the lease is someone else's; nothing was saved. */
export type Saved = 'saved' | 'gone' | 'lost'

/** `left`: saved, and the lease given back. */
export type Settled = Saved | 'left'

/** The schedule as a poller uses it. Every call for an instance that is held also renews the lease. */
export interface Schedule {
  /** Takes up to `limit` instances that are due, those first that have waited longest, and begins their runs. */
  claimDue(limit: number): Promise<Claimed[]>
  /** Renews the leases of all of these that are still held. @returns those instances' ids */
  keep(claims: readonly Claim[]): Promise<Set<number>>
  /** What has become due meanwhile, taken into the run, which it begins if need be. Empty too where the lease is lost. */
  begin(claim: Claim): Promise<DueResource[]>
  /** Object id → hash, of a snapshot. */
  hashes(claim: Claim, resource: string): Promise<Map<string, string>>
  /** @param checkpoint null: what is stored stays */
  /** What webhooks have told of these changes, in their order. */
  told(changes: readonly ToldChange[]): Promise<readonly Known[]>
  checkpoint(
    claim: Claim,
    due: Pick<DueResource, 'resource' | 'runId'>,
    checkpoint: Checkpoint | null,
    counts: Counts,
    hashes: readonly (readonly [id: string, hash: string])[],
  ): Promise<Saved>
  /**
   * @param leaveForMs gives the lease back as well, as `release` does, unless the instance's schedule has been changed this
   *   very moment, or the resource is gone; null: keeps it
   */
  settle(
    claim: Claim,
    due: Pick<DueResource, 'resource' | 'runId'>,
    settlement: Settlement,
    leaveForMs: number | null,
  ): Promise<Settled>
  /** Gives the lease back. The instance is due again when one of its resources is, but not within `restMs`. */
  release(claim: Claim, restMs: number): Promise<void>
  /** Gives the lease back; nothing is due until the schedule is made anew. */
  retire(claim: Claim): Promise<void>
  /** Forgets runs that ended longer ago than this. */
  forgetRuns(olderThanMs: number): Promise<void>
}
