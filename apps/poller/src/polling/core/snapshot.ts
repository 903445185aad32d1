import type { Page } from '#connectors'
import type { Change, Taken } from './change.js'
import { contentHash, readRecord, type Settings } from './records.js'

/** A whole listing being compared with the one before. */
export interface Comparison {
  /** Object id → the hash of what was last published of it, or of what was there from the start. */
  readonly known: Map<string, string>
  /** What the run has come across. */
  readonly listed: Set<string>
  /** The listing was read to its end before, so that what is new now is news. */
  readonly baseline: boolean
  /** Nothing kept an object from being seen; only then one that is missing is gone. */
  complete: boolean
  /** Objects that a first reading missed; a second one is on its way. Null: this is the first. */
  suspects: string[] | null
  pages: number
}

/** What the listing's hashes changed to. */
export interface Compared extends Taken {
  hashes: [id: string, hash: string][]
}

export interface SnapshotBounds {
  /** When the listing before this one began; before the first one, since when changes are wanted. */
  since: number
  /** The first listing is news altogether where nothing tells its objects' age: the past was asked for. */
  wantsPast: boolean
  /** The run's start: the date of changes, whose own is unknown. */
  start: number
}

/** What of a page differs from what is known. */
export function compare(page: Page, settings: Settings, comparison: Comparison, bounds: SnapshotBounds): Compared {
  comparison.pages++
  const changes: Change[] = []
  const hashes: [string, string][] = []
  const reports = [...page.warnings]
  if (page.warnings.length > 0) comparison.complete = false
  for (const record of page.records) {
    const read = readRecord(record, settings)
    if (read.kind === 'unreadable') {
      comparison.complete = false
      reports.push(read.why)
      continue
    }
    const { id, created } = read
    // Records that share an id: the first one stands for it in every run.
    if (comparison.listed.has(id)) continue
    comparison.listed.add(id)
    const hash = contentHash(record.fields)
    const before = comparison.known.get(id)
    if (before === hash) continue
    comparison.known.set(id, hash)
    hashes.push([id, hash])
    if (before !== undefined) {
      changes.push({ objectId: id, type: 'UPDATED', date: bounds.start, hash, raw: record.raw })
    } else if (isNews(created, comparison.baseline, bounds)) {
      // One that comes back after a while is news of today, and another event than its first creation.
      const date = created !== null && created >= bounds.since ? created : bounds.start
      changes.push({ objectId: id, type: 'CREATED', date, hash, raw: record.raw })
    }
  }
  return { changes, hashes, reports, stop: false }
}

/**
 * What to do at the listing's end. Objects that are missing from it are gone, but where a listing of several pages, or
 * an empty one, says so, it's read a second time first: a row can slip through between two pages.
 */
export type Verdict = { kind: 'again'; suspects: string[] } | { kind: 'gone'; ids: string[] }

export function conclude({ known, listed, complete, suspects, pages }: Comparison): Verdict {
  if (!complete) return { kind: 'gone', ids: [] }
  const missing = (suspects ?? [...known.keys()]).filter(id => !listed.has(id))
  const sure = suspects !== null || (pages === 1 && listed.size > 0)
  return missing.length === 0 || sure ? { kind: 'gone', ids: missing } : { kind: 'again', suspects: missing }
}

/** The deletion of an object that was last seen with this hash. */
export function deletionOf(id: string, hash: string, date: number): Change {
  return { objectId: id, type: 'DELETED', date, hash, raw: JSON.stringify({ id }) }
}

function isNews(created: number | null, baseline: boolean, { since, wantsPast }: SnapshotBounds): boolean {
  return baseline || (created === null ? wantsPast : created >= since)
}
