import type { Feed } from '../core/feed.js'
import { seenOf, versionsOf, type ResourceState } from '../core/progress.js'

type Versions = [id: string, date: number, hash: string][]

/** polled_resource.state: what is known of a resource besides its watermark. */
export interface StoredState {
  held?: readonly number[]
  seen?: Versions
  deletions?: { watermark: number; held: readonly number[]; seen: Versions }
  listed?: boolean
}

export function stateOf(since: number, watermark: number, stored: StoredState): ResourceState {
  const { held = [], seen = [], deletions, listed = false } = stored
  return {
    since,
    listed,
    changes: { watermark, held, seen: seenOf(seen) },
    deletions: deletions ? { ...deletions, seen: seenOf(deletions.seen) } : emptyFeed(since),
  }
}

export function storedState({ changes, deletions, listed }: ResourceState): StoredState {
  return {
    held: changes.held,
    seen: versionsOf(changes.seen),
    deletions: { watermark: deletions.watermark, held: deletions.held, seen: versionsOf(deletions.seen) },
    listed,
  }
}

function emptyFeed(since: number): Feed {
  return { watermark: since, held: [], seen: new Map() }
}
