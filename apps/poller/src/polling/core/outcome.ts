import type { Failure, RequestLimits } from '#connectors'
import { retryAfter } from './due.js'
import type { Checkpoint, Counts, ResourceState } from './progress.js'

/** What became of a resource in a visit. Only `done` moves its watermark. */
export type Outcome = Ended & { counts: Counts; reports: string[] }

/** How a visit to a resource ended. */
export type Ended =
  /** Read and published to the end. `restUntil`: the vendor's budget is spent till then. */
  | {
      kind: 'done'
      state: ResourceState
      hashes: [id: string, hash: string][]
      gone: string[]
      restUntil: number | null
    }
  /** Its turn is over, or the process ends: someone goes on from the checkpoint. */
  | { kind: 'yielded'; checkpoint: Checkpoint }
  /** The vendor wants a pause, until `until`; then the run goes on. No failure. */
  | { kind: 'throttled'; checkpoint: Checkpoint; until: number; why: string }
  /**
   * `ours`: the fault is on this side (the log, the database), so it isn't held against the resource. `unauthorized`: the
   * vendor didn't take the credentials, this time.
   */
  | { kind: 'failed'; checkpoint: Checkpoint; why: string; ours: boolean; unauthorized?: boolean }
  /** Only a person can mend it. */
  | { kind: 'refused'; checkpoint: Checkpoint; why: string }
  /** Someone else polls it now; nothing may be saved. */
  | { kind: 'lost' }

/** What a vendor's failure means for the run. `restart`: the cursor is no good any more. */
export type Interruption =
  | { kind: 'throttled'; until: number; why: string; restart: boolean }
  | { kind: 'failed'; why: string; ours: false; unauthorized?: true; restart: boolean }
  | { kind: 'refused'; why: string; restart: boolean }

/** The one place that says what a vendor's failures mean. */
export function meaningOf(failure: Failure, now: number): Interruption {
  switch (failure.kind) {
    case 'throttled': {
      const until = retryAfter(failure.retryAt, now)
      return { kind: 'throttled', until, why: `throttled: ${failure.message}`, restart: false }
    }
    case 'unauthorized':
      return failure.permanent
        ? { kind: 'refused', why: `unauthorized: ${failure.message}`, restart: false }
        : { kind: 'failed', why: `unauthorized: ${failure.message}`, ours: false, unauthorized: true, restart: false }
    // A cursor may be what it rejects.
    case 'rejected':
      return { kind: 'failed', why: `rejected (${failure.status}): ${failure.message}`, ours: false, restart: true }
    case 'unavailable':
      return { kind: 'failed', why: failure.message, ours: false, restart: failure.restart === true }
  }
}

// One is left to whoever else speaks to this account meanwhile.
const spared = 1

/** Until when the vendor's own account of the budget says to wait; null: there is some left. */
export function spentUntil(limits: RequestLimits | undefined, now: number): number | null {
  if (!limits || limits.remaining > spared || limits.resetAt <= now) return null
  return retryAfter(limits.resetAt, now)
}
