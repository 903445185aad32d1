import type { Deletion, Page } from '#connectors'
import type { Change, Taken } from './change.js'
import { follow, knows, notice, type Feed, type Reading } from './feed.js'
import { contentHash, readRecord, type RecordReading, type Settings } from './records.js'

/** What of a page is news, by its dates. Repeats within the run, and what was published before, aren't. */
export function classify(page: Page, settings: Settings, feed: Feed, reading: Reading, start: number): Taken {
  const ordered = settings.watched !== null && page.orderedBy === settings.watched.field
  reading.pages++
  if (!ordered || page.order === 'unordered' || page.counted) reading.drifting = true
  const changes: Change[] = []
  const reports = [...page.warnings]
  let older = 0
  let news = 0
  for (const record of page.records) {
    const read = readRecord(record, settings)
    if (read.kind === 'unreadable') {
      reports.push(read.why)
      continue
    }
    follow(reading, read.date, page.order)
    if (read.date < reading.lower) {
      older++
      continue
    }
    // What changed after the run began is the next run's, which sees it with the watermark at or before the start.
    if (settings.filterByCurrentDate && read.date > start) {
      news++
      continue
    }
    // Where only creation counts, another content is no news, nor another event.
    const hash = settings.createdOnly ? '' : contentHash(record.fields)
    const type = typeOf(read, settings, reading.lower, knows(feed, reading, read.id))
    if (!notice(feed, reading, read.id, read.date, hash)) continue
    news++
    changes.push({ objectId: read.id, type, date: read.date, hash, raw: record.raw })
  }
  changes.sort((one, other) => one.date - other.date)
  return { changes, reports, stop: ordered && isBelow(page, older, news) }
}

/** The same for a listing of deletions. */
export function classifyDeletions(page: Page<Deletion>, feed: Feed, reading: Reading): Taken {
  reading.pages++
  // Where its pages are counted, that's no matter: deletions are only added.
  if (page.order === 'unordered') reading.drifting = true
  const changes: Change[] = []
  const reports = [...page.warnings]
  let older = 0
  for (const { id, date, raw } of page.records) {
    if (id === null || date === null) {
      reports.push(`a deletion of ${id ?? 'nothing'} has no ${id === null ? 'id' : 'date'}`)
      continue
    }
    if (date < reading.lower) older++
    const hash = contentHash({ id, date })
    if (notice(feed, reading, id, date, hash)) changes.push({ objectId: id, type: 'DELETED', date, hash, raw })
  }
  return { changes, reports, stop: isBelow(page, older, changes.length) }
}

/**
 * Whether what follows is older than anything of interest: never at the first old row, since pages drift, but where the
 * whole page is older or known. What was published last is found again by every poll, so most of them end here.
 */
function isBelow({ order }: Pick<Page, 'order'>, older: number, news: number): boolean {
  return order === 'newest-first' && older > 0 && news === 0
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
