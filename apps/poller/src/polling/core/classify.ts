import type { Deletion, Page } from '#connectors'
import type { Change, Taken } from './change.js'
import { knows, notice, type Feed, type Reading } from './feed.js'
import { contentHash, readRecord, type RecordReading, type Settings } from './records.js'

/** What of a page is news, by its dates. Repeats within the run, and what was published before, aren't. */
export function classify(page: Page, settings: Settings, feed: Feed, reading: Reading, start: number): Taken {
  const ordered = settings.watched !== null && page.orderedBy === settings.watched.field
  enter(page, reading, ordered)
  const changes: Change[] = []
  const reports = [...page.warnings]
  let older = 0
  let newer = 0
  for (const record of page.records) {
    const read = readRecord(record, settings)
    if (read.kind === 'unreadable') {
      reports.push(read.why)
      continue
    }
    if (read.date < reading.lower) {
      older++
      continue
    }
    newer++
    // What changed after the run began is the next run's, which sees it with the watermark at or before the start.
    if (settings.filterByCurrentDate && read.date > start) continue
    const hash = contentHash(record.fields)
    const type = typeOf(read, settings, reading.lower, knows(feed, reading, read.id))
    // Where only creation counts, another content is no news.
    if (!notice(feed, reading, read.id, read.date, settings.createdOnly ? '' : hash)) continue
    changes.push({ objectId: read.id, type, date: read.date, hash, raw: record.raw })
  }
  changes.sort((one, other) => one.date - other.date)
  // Never at the first old row, since pages drift, and only where the order is by the date that is compared.
  return { changes, reports, stop: ordered && page.order === 'newest-first' && older > 0 && newer === 0 }
}

/** The same for a listing of deletions. */
export function classifyDeletions(page: Page<Deletion>, feed: Feed, reading: Reading): Taken {
  enter(page, reading, true)
  const changes: Change[] = []
  const reports = [...page.warnings]
  let newer = 0
  for (const { id, date, raw } of page.records) {
    if (id === null || date === null) {
      reports.push(`a deletion of ${id ?? 'nothing'} has no ${id === null ? 'id' : 'date'}`)
      continue
    }
    if (date >= reading.lower) newer++
    const hash = contentHash({ id, date })
    if (notice(feed, reading, id, date, hash)) changes.push({ objectId: id, type: 'DELETED', date, hash, raw })
  }
  return { changes, reports, stop: page.order === 'newest-first' && page.records.length > 0 && newer === 0 }
}

function enter(page: Pick<Page, 'order'>, reading: Reading, ordered: boolean): void {
  reading.pages++
  if (!ordered || page.order === 'unordered') reading.drifting = true
}

/**
 * Created, if the dates say so within the configured tolerance; or if it was made since the watermark less the overlap
 * and no version of it has been published: then this is the first anyone hears of it, updated meanwhile or not.
 */
function typeOf(
  { updated, created }: Extract<RecordReading, { kind: 'read' }>,
  { updated: field, created: createdField, createdCheckToleranceMs }: Settings,
  lower: number,
  known: boolean,
): 'CREATED' | 'UPDATED' {
  if (created === null) return 'UPDATED'
  if (updated === null || field?.field === createdField?.field) return 'CREATED'
  if (Math.abs(updated - created) <= createdCheckToleranceMs) return 'CREATED'
  return created >= lower && !known ? 'CREATED' : 'UPDATED'
}
