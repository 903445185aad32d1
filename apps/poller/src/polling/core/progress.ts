import type { Deletion, Page } from '#connectors'
import type { Taken } from './change.js'
import { classify, classifyDeletions } from './classify.js'
import { advance, forget, read, turn, type Feed, type Reach, type Reading, type Seen, type Version } from './feed.js'
import type { Settings } from './records.js'
import { compare, conclude, type Compared, type Comparison } from './snapshot.js'

/** How far a resource is published: what is stored between runs. */
export interface ResourceState {
  /** Nothing older is ever an event. */
  since: number
  changes: Feed
  deletions: Feed
  /** Its snapshot is of a whole listing. */
  listed: boolean
}

export interface Counts {
  pages: number
  records: number
  events: number
}

/** Where an unfinished run is, as JSON: another process goes on from here. */
export interface Checkpoint {
  /** When the run began; stays until one is finished. */
  start: number
  /** The date of what its snapshot found so far; see `Progress.date`. */
  date?: number
  position?: {
    run: string
    /** Whether it is still the same question; see `Settings.fingerprint`. */
    fingerprint: string
    savedAt: number
    phase: Phase
    cursor: string | null
    counts: Counts
    changes: StoredReading
    deletions: StoredReading
    snapshot?: StoredSnapshot
  }
  /** Runs in a row, up to now, whose credentials the vendor didn't take. */
  refusals?: number
}

interface StoredSnapshot {
  listed: string[]
  suspects: string[] | null
  complete: boolean
  pages: number
}

type StoredReading = Omit<Reading, 'lower' | 'upper' | 'behind' | 'fresh' | 'recent'> & {
  fresh: [id: string, date: number, hash: string][]
}

/** `changes` are read first, then, where the vendor lists them, `deletions`. */
export type Phase = 'changes' | 'deletions'

/** A run under way. */
export interface Progress {
  readonly run: string
  readonly start: number
  /** Of what a snapshot finds. Later at every visit, since an object can change back and forth between two of them. */
  readonly date: number
  readonly settings: Settings
  readonly state: ResourceState
  readonly listsDeletions: boolean
  phase: Phase
  cursor: string | null
  counts: Counts
  readonly changes: Reading
  readonly deletions: Reading
  readonly comparison: Comparison | null
}

export interface Plan {
  run: string
  settings: Settings
  state: ResourceState
  checkpoint: Checkpoint
  /** Of a snapshot: object id → hash as stored. */
  hashes: Map<string, string>
  listsDeletions: boolean
  /** The query leaves something out, so nothing can be said of what is missing from its listing. */
  partial: boolean
  now: number
}

/** Where rows move, it's better to begin a listing again than to go on in it after this long. */
const freshMs = 3_600_000

/** What is to be read: from the beginning, or from where the run, or a failed one before it, got to. */
export function plan({ run, settings, state, checkpoint, hashes, listsDeletions, partial, now }: Plan): Progress {
  const saved = checkpoint.position?.fingerprint === settings.fingerprint ? checkpoint.position : undefined
  const place = saved && canGoOn(saved, settings, now) ? saved : undefined
  const { phase, cursor } = place ?? { phase: 'changes', cursor: null }
  const since = settings.watched ? settings.watched.truncate(state.since) : state.since
  const { start, date = start } = checkpoint
  return {
    run,
    start,
    date: Math.max(now, date + 1, state.changes.watermark + 1),
    settings,
    state,
    listsDeletions,
    phase,
    cursor,
    counts: saved?.run === run ? { ...saved.counts } : { pages: 0, records: 0, events: 0 },
    changes: restored(read(state.changes, since, reachOfChanges(settings), start), saved?.changes, place !== undefined),
    deletions: restored(
      read(state.deletions, state.since, reachOf(settings), start),
      saved?.deletions,
      place !== undefined,
    ),
    comparison: settings.snapshot ? comparisonOf(hashes, state.listed, !partial, place?.snapshot) : null,
  }
}

function canGoOn(position: NonNullable<Checkpoint['position']>, settings: Settings, now: number): boolean {
  if (settings.snapshot && !position.snapshot) return false
  const moves = settings.snapshot || position.changes.drifting || position.deletions.drifting
  return !moves || now - position.savedAt < freshMs
}

function comparisonOf(
  known: Map<string, string>,
  baseline: boolean,
  whole: boolean,
  saved: StoredSnapshot | undefined,
): Comparison {
  const { listed, suspects, complete, pages } = saved ?? { listed: [], suspects: null, complete: true, pages: 0 }
  return { known, listed: new Set(listed), baseline, complete: complete && whole, suspects, pages }
}

/** Where the run is. A snapshot's is long: it holds all that is listed so far. */
export function checkpointOf(progress: Progress, now: number): Checkpoint {
  const { run, start, date, settings, phase, cursor, counts, comparison } = progress
  const position: Checkpoint['position'] = {
    run,
    fingerprint: settings.fingerprint,
    savedAt: now,
    phase,
    cursor,
    counts: { ...counts },
    changes: stored(progress.changes),
    deletions: stored(progress.deletions),
  }
  if (!comparison) return { start, position }
  const { listed, suspects, complete, pages } = comparison
  return { start, date, position: { ...position, snapshot: { listed: [...listed], suspects, complete, pages } } }
}

/** What is news on a page of changes, and what a snapshot has to remember of it. */
export function takeChanges(progress: Progress, page: Page, wantsPast: boolean, now: number): Compared {
  const { settings, comparison, state, start, date } = progress
  if (comparison) {
    // The first listing goes on from where the dates may have got to.
    const since = state.listed ? state.changes.watermark : Math.max(state.since, progress.changes.lower)
    return compare(page, settings, comparison, { since, wantsPast, date })
  }
  turn(progress.changes, now, windowOf(settings) === 0 || page.order === 'newest-first')
  const taken = classify(page, settings, state.changes, progress.changes, start)
  forget(state.changes, progress.changes, reachOfChanges(settings))
  return { ...taken, hashes: [], doubts: [] }
}

export function takeDeletions(progress: Progress, page: Page<Deletion>, now: number): Taken {
  const { deletions: feed } = progress.state
  turn(progress.deletions, now, windowOf(progress.settings) === 0 || page.order === 'newest-first')
  const taken = classifyDeletions(page, feed, progress.deletions)
  forget(feed, progress.deletions, reachOf(progress.settings))
  return taken
}

/** At a listing's end: whether there is more to read, and the objects that are gone. */
export function endListing(progress: Progress): { more: boolean; gone: string[] } {
  const { phase, comparison } = progress
  progress.cursor = null
  if (phase === 'changes' && comparison) {
    const verdict = conclude(comparison)
    if (verdict.kind === 'again') {
      comparison.suspects = verdict.suspects
      comparison.listed.clear()
      return { more: true, gone: [] }
    }
    return { more: false, gone: verdict.ids }
  }
  if (phase === 'changes' && progress.listsDeletions) {
    progress.phase = 'deletions'
    return { more: true, gone: [] }
  }
  return { more: false, gone: [] }
}

/** What is to be stored once everything has been read and published. */
export function stateAfter({
  settings,
  state,
  changes,
  deletions,
  listsDeletions,
  date,
  comparison,
}: Progress): ResourceState {
  if (comparison) {
    // With the dates at hand, a later change to comparing them goes on from here.
    const watermark = Math.max(state.changes.watermark, date)
    return { ...state, changes: { watermark, held: [], seen: new Map() }, listed: true }
  }
  return {
    ...state,
    changes: advance(state.changes, changes, reachOfChanges(settings)),
    deletions: listsDeletions ? advance(state.deletions, deletions, reachOf(settings)) : state.deletions,
  }
}

/** How late a change may show. */
function windowOf({ overlapMs, pollDelayMs }: Settings): number {
  return overlapMs + pollDelayMs
}

function reachOf(settings: Settings): Reach {
  return watermark => watermark - windowOf(settings)
}

function reachOfChanges(settings: Settings): Reach {
  const { watched } = settings
  return watermark => {
    const oldest = watermark - windowOf(settings)
    return watched ? watched.earliest(oldest) : oldest
  }
}

/** `goesOn`: so does the listing. */
function restored(reading: Reading, saved: StoredReading | undefined, goesOn: boolean): Reading {
  if (!saved) return reading
  const { highest, pages, edge, drifting, flooded, fresh } = saved
  const place = goesOn ? { began: saved.began, edge } : {}
  return { ...reading, ...place, highest, pages, drifting, flooded, fresh: seenOf(fresh) }
}

function stored({ highest, pages, began, edge, drifting, flooded, fresh }: Reading): StoredReading {
  return { highest, pages, began, edge, drifting, flooded, fresh: versionsOf(fresh) }
}

/** As JSON has it. */
export function versionsOf(seen: Seen): [id: string, date: number, hash: string][] {
  return [...seen].flatMap(([id, versions]) =>
    versions.map(([date, hash]): [string, number, string] => [id, date, hash]),
  )
}

export function seenOf(versions: readonly (readonly [id: string, date: number, hash: string])[]): Seen {
  const seen: Seen = new Map<string, Version[]>()
  for (const [id, date, hash] of versions) {
    const known = seen.get(id)
    if (known) known.push([date, hash])
    else seen.set(id, [[date, hash]])
  }
  return seen
}
