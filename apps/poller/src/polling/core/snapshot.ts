import type { Page } from '#connectors'
import type { Change, Taken } from './change.js'
import { contentHash, readRecord, type Settings } from './records.js'

/** A whole listing being compared with the one before. */
export interface Comparison {
  /**
   * Object id → the hash of what was last published of it, or of what was there from the start; or a doubt, where a run
   * was cut off.
   */
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

/** What the listing's hashes changed to; `doubts` are to be stored before the changes are published. */
export interface Compared extends Taken {
  hashes: Hashes
  doubts: Hashes
}

export type Hashes = [id: string, hash: string][]

export interface SnapshotBounds {
  /** When the listing before this one began; before the first one, since when changes are wanted. */
  since: number
  /** The first listing is news altogether where nothing tells its objects' age: the past was asked for. */
  wantsPast: boolean
  /** Of changes, whose own is unknown. */
  date: number
}

/** What may have been published of an object, or not, by a run that was cut off. */
interface Doubt {
  date: number
  /** Empty: its deletion. */
  hash: string
  /** What was known of it before; empty: nothing. */
  before: string
}

/** What of a page differs from what is known. */
export function compare(page: Page, settings: Settings, comparison: Comparison, bounds: SnapshotBounds): Compared {
  comparison.pages++
  const compared: Compared = { changes: [], hashes: [], doubts: [], reports: [...page.warnings], stop: false }
  if (page.warnings.length > 0) comparison.complete = false
  for (const record of page.records) {
    const read = readRecord(record, settings)
    if (read.kind === 'unreadable') {
      comparison.complete = false
      compared.reports.push(read.why)
      continue
    }
    // Records that share an id: the first one stands for it in every run.
    if (comparison.listed.has(read.id)) continue
    comparison.listed.add(read.id)
    const hash = contentHash(record.fields)
    const known = comparison.known.get(read.id)
    if (known === hash) continue
    comparison.known.set(read.id, hash)
    compared.hashes.push([read.id, hash])
    const how = judge(known, hash, read, comparison.baseline, bounds)
    if (!how) continue
    compared.doubts.push([read.id, doubted(known, how.date, hash)])
    compared.changes.push({ objectId: read.id, ...how, hash, raw: record.raw })
  }
  return compared
}

/**
 * What another hash than the known one means; null: nothing, since it was there before anyone looked. What may have been
 * published already is dated as it was then, so that it is the same event.
 */
function judge(
  known: string | undefined,
  hash: string,
  dates: { created: number | null; updated: number | null },
  baseline: boolean,
  bounds: SnapshotBounds,
): Pick<Change, 'type' | 'date'> | null {
  const doubt = doubtIn(known)
  if (!doubt) return known === undefined ? judgeNew(dates, baseline, bounds) : { type: 'UPDATED', date: bounds.date }
  const date = doubt.hash === hash ? doubt.date : bounds.date
  if (doubt.before !== '') return { type: 'UPDATED', date }
  return { type: judgeNew(dates, baseline, bounds)?.type ?? 'CREATED', date }
}

function judgeNew(
  { created, updated }: { created: number | null; updated: number | null },
  baseline: boolean,
  { since, wantsPast, date }: SnapshotBounds,
): Pick<Change, 'type' | 'date'> | null {
  const young = created !== null && created >= since
  const touched = updated !== null && updated >= since
  if (!baseline && !young && touched) return { type: 'UPDATED', date: updated }
  const undated = created === null && updated === null
  const news = baseline || (undated ? wantsPast : young)
  // One that comes back after a while is news of today, and another event than its first creation.
  return news ? { type: 'CREATED', date: young && created <= date ? created : date } : null
}

function doubtIn(known: string | undefined): Doubt | null {
  if (!known?.startsWith('?')) return null
  const [date, hash = '', before = ''] = known.slice(1).split('/')
  return { date: Number(date), hash, before }
}

/** What is stored of an object while this is being published of it. @param hash empty: its deletion */
export function doubted(known: string | undefined, date: number, hash: string): string {
  return `?${date}/${hash}/${doubtIn(known)?.before ?? known ?? ''}`
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

/** The deletion of an object of which this is known; the same one, where it may have been published already. */
export function deletionOf(id: string, known: string, date: number): Change {
  const doubt = doubtIn(known)
  const dated = doubt?.hash === '' ? doubt.date : date
  return { objectId: id, type: 'DELETED', date: dated, hash: doubt?.before ?? known, raw: JSON.stringify({ id }) }
}
