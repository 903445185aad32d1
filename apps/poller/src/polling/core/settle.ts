import { isHopeless, waitAfterFailure, waitAfterSuccess } from './due.js'
import type { Outcome } from './outcome.js'
import type { Checkpoint, Counts, ResourceState } from './progress.js'

/** How a visit to a resource ended, as it is stored. */
export interface Settlement {
  /** `waiting`: the run goes on later. `failed` ends it too, but leaves the checkpoint to the next one. */
  readonly outcome: 'done' | 'failed' | 'waiting'
  /** Of what is done. */
  readonly state?: ResourceState
  readonly checkpoint: Checkpoint | null
  /** Milliseconds until it's due again. */
  readonly waitMs: number
  /** In a row. */
  readonly failures: number
  readonly paused: boolean
  readonly error: string | null
  readonly counts: Counts
  /** A snapshot's objects: their new hashes, and those that are gone. */
  readonly hashes: readonly (readonly [id: string, hash: string])[]
  readonly gone: readonly string[]
}

export interface SettleContext {
  now: number
  /** When the run of the resource began. */
  beganAt: number
  intervalMs: number
  /** How long after the instance's own place in the interval that was. */
  lateMs: number
  /** Failed runs in a row so far. */
  failures: number
  /** Those of them, up to now, whose credentials the vendor didn't take. Default 0. */
  refusals?: number | undefined
  random: () => number
}

const longestError = 2_000

/** What to store of an outcome, and when the resource is due again; null: nothing, since someone else has it now. */
export function settlementOf(outcome: Outcome, context: SettleContext): Settlement | null {
  const { now, beganAt, intervalMs, lateMs, failures, random } = context
  const nothing = { hashes: [], gone: [], counts: outcome.counts }
  switch (outcome.kind) {
    case 'lost':
      return null
    case 'done': {
      const { state, counts, hashes, gone } = outcome
      const waitMs = waitAfterSuccess(intervalMs, now - beganAt, lateMs)
      const ended = { outcome: 'done', failures: 0, paused: false, error: null, checkpoint: null } as const
      return { ...ended, state, waitMs, counts, hashes, gone }
    }
    case 'yielded':
      return { ...nothing, ...stay(outcome.checkpoint, failures), waitMs: 0, error: null }
    case 'throttled':
      return {
        ...nothing,
        ...stay(outcome.checkpoint, failures),
        waitMs: outcome.until - now,
        error: told(outcome.why),
      }
    case 'refused': {
      const ended = { outcome: 'failed', failures: failures + 1, paused: true } as const
      return { ...nothing, ...ended, checkpoint: outcome.checkpoint, waitMs: intervalMs, error: told(outcome.why) }
    }
    case 'failed': {
      const row = outcome.ours ? failures : failures + 1
      const waitMs = waitAfterFailure(outcome.ours ? 1 : row, intervalMs, random)
      const refusals = outcome.unauthorized ? 1 + (failures > 0 ? (context.refusals ?? 0) : 0) : 0
      const ended = { outcome: 'failed', failures: row, paused: !outcome.ours && isHopeless(row, refusals) } as const
      const checkpoint = refusals > 0 ? { ...outcome.checkpoint, refusals } : outcome.checkpoint
      return { ...nothing, ...ended, checkpoint, waitMs, error: told(outcome.why) }
    }
  }
}

function stay(checkpoint: Checkpoint, failures: number) {
  return { outcome: 'waiting', checkpoint, failures, paused: false } as const
}

/** A vendor's words as PostgreSQL can hold them. */
function told(why: string): string {
  return why
    .replaceAll('\0', '')
    .slice(0, longestError)
    .replace(/[\ud800-\udfff]/gu, '')
}
