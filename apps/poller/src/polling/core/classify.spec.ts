import type { Page, VendorRecord } from '#connectors'
import type { ResourcePolling } from '#instances'
import { classify } from './classify.js'
import { advance, forget, read, type Feed } from './feed.js'
import { compile } from './records.js'

const at = 1_700_000_000_000

const base: ResourcePolling = {
  name: 'contacts',
  url: '/hubs/general/contacts',
  idField: 'id',
  updated: { field: 'updated', format: 'timestamp', timeZone: 'UTC' },
  created: { field: 'created', format: 'timestamp', timeZone: 'UTC' },
  filterByUpdatedDate: true,
  filterByCurrentDate: false,
  snapshot: false,
  createdCheckToleranceMs: 0,
  pollDelayMs: 0,
  overlapMs: 0,
  pageSize: null,
}
const empty: Feed = { watermark: at, held: [], seen: new Map() }
/** Nothing shows late. */
const exactly = (watermark: number) => watermark

function record(fields: Record<string, unknown>, id: string | null = null): VendorRecord {
  return { id, fields, raw: JSON.stringify(fields) }
}

function page(records: VendorRecord[], more: Partial<Page> = {}): Page {
  const listing = { next: null, order: 'newest-first' as const, orderedBy: 'updated', limitedBySince: true }
  return { kind: 'page', records, ...listing, warnings: [], ...more }
}

/** Seconds after the watermark. */
function secondsIn(seconds: number): number {
  return at / 1_000 + seconds
}

function news(records: VendorRecord[], polling: Partial<ResourcePolling> = {}, more: Partial<Page> = {}) {
  const settings = compile({ ...base, ...polling })
  const reading = read(empty, at, exactly, at + 60_000)
  const taken = classify(page(records, more), settings, empty, reading, at + 60_000)
  return { ...taken, told: taken.changes.map(({ objectId, type }) => `${objectId} ${type}`) }
}

test.each([
  ['its dates are the same', { created: secondsIn(5), updated: secondsIn(5) }, 0, 'CREATED'],
  ['they are apart within the tolerance', { created: secondsIn(-10), updated: secondsIn(5) }, 15, 'CREATED'],
  ['they are further apart', { created: secondsIn(-10), updated: secondsIn(5) }, 14, 'UPDATED'],
  ['it was made since the last poll, and updated', { created: secondsIn(5), updated: secondsIn(50) }, 0, 'CREATED'],
  ['it was made before, and updated', { created: secondsIn(-5), updated: secondsIn(50) }, 0, 'UPDATED'],
  ['it has no creation date', { updated: secondsIn(50) }, 0, 'UPDATED'],
])('an object is judged by its dates: %s', (_case, dates, tolerance, type) => {
  expect(news([record({ id: 1, ...dates })], { createdCheckToleranceMs: tolerance * 1_000 }).told).toEqual([
    `1 ${type}`,
  ])
})

test('with one field for both dates everything is created', () => {
  const { told } = news([record({ id: 1, updated: secondsIn(5), created: secondsIn(-500) })], { created: base.updated })
  expect(told).toEqual(['1 CREATED'])
})

test('a record without the configured id has the definition’s; one without any is reported, and no event', () => {
  const dates = { created: secondsIn(5), updated: secondsIn(5) }
  const { told, reports } = news([record({ ...dates, contactId: '7' }, '7'), record(dates)], { idField: 'messageId' })
  expect(told).toEqual(['7 CREATED'])
  expect(reports).toEqual(['a record has no id at messageId'])
})

test('ids and dates may be deep inside', () => {
  const fields = { user: { id: 7 }, _info: { lastUpdated: '2030-01-01T00:00:00Z' } }
  const updated = { field: '_info.lastUpdated', format: "yyyy-MM-dd'T'HH:mm:ss'Z'", timeZone: 'GMT' }
  expect(news([record(fields)], { idField: 'user.id', updated, created: updated }).told).toEqual(['7 CREATED'])
})

test('a date that can’t be read is reported, and the rest goes on', () => {
  const good = record({ id: 2, created: secondsIn(5), updated: secondsIn(5) })
  const { told, reports } = news([record({ id: 1, created: 'soon', updated: 'later' }), good])
  expect(told).toEqual(['2 CREATED'])
  expect(reports).toEqual(['1: updated "later" is no date as configured'])
  expect(news([record({ id: 1 })]).reports).toEqual(['1: updated is missing or not a date as configured'])
})

test.each([
  ['yesterday', '"yesterday"'],
  [false, '"false"'],
  [{ at: 'y'.repeat(90) }, `"{\\"at\\":\\"${'y'.repeat(33)}…"`],
])('a date of update that can’t be read hides behind no date of creation: %j', (updated, shown) => {
  const { told, reports } = news([record({ id: 1, created: secondsIn(5), updated })])
  expect([told, reports]).toEqual([[], [`1: updated ${shown} is no date as configured`]])
})

test.each([undefined, null, '', ' '])('what has no date of update, but %j, is dated by its creation', updated => {
  const { told, reports } = news([record({ id: 1, created: secondsIn(5), updated })])
  expect([told, reports]).toEqual([['1 CREATED'], []])
})

test('a date that can’t be read doesn’t matter where the other one is compared', () => {
  const garbled = record({ id: 1, created: secondsIn(5), updated: 'yesterday' })
  expect(news([garbled], { filterByUpdatedDate: false })).toMatchObject({ told: ['1 CREATED'], reports: [] })
})

test('a format that doesn’t fit the records gives way to the definition’s', () => {
  const field = 'createDate'
  const format = "yyyy-MM-dd'T'HH:mm:ssXXX"
  const fallback = { format: 'yyyy-MM-dd HH:mm:ss', timeZone: 'America/New_York' }
  const date = { field, format, timeZone: 'America/New_York', fallback }
  const { changes } = news([record({ id: 1, createDate: '2026-06-09 15:46:52' })], { updated: date, created: date })
  expect(changes.map(change => new Date(change.date).toISOString())).toEqual(['2026-06-09T19:46:52.000Z'])
})

test('an object updated after the run began is left to the next run, where the configuration says so', () => {
  const late = record({ id: 1, created: secondsIn(90), updated: secondsIn(90) })
  expect(news([late], { filterByCurrentDate: true }).told).toEqual([])
  expect(news([late]).told).toEqual(['1 CREATED'])
})

test('where only creation counts, an update is no news', () => {
  const old = record({ id: 1, created: secondsIn(-5), updated: secondsIn(5) })
  const young = record({ id: 2, created: secondsIn(1), updated: secondsIn(5) })
  expect(news([old, young], { filterByUpdatedDate: false }).told).toEqual(['2 CREATED'])
})

test('a listing is left only at a whole page that is too old, in the order of the date that is compared', () => {
  const old = record({ id: 1, created: secondsIn(-9), updated: secondsIn(-9) })
  const young = record({ id: 2, created: secondsIn(1), updated: secondsIn(1) })
  expect(news([old]).stop).toBe(true)
  expect(news([old, young]).stop).toBe(false)
  expect(news([young, old]).stop).toBe(false)
  expect(news([]).stop).toBe(false)
  expect(news([record({ id: 3 })]).stop).toBe(false)
  expect(news([old], {}, { order: 'oldest-first' }).stop).toBe(false)
  expect(news([old], { filterByUpdatedDate: false }).stop).toBe(false)
})

test('a listing is left where the whole page is too old or known, so that an idle poll is one request', () => {
  const old = record({ id: 1, created: secondsIn(-9), updated: secondsIn(-9) })
  const last = record({ id: 2, created: secondsIn(1), updated: secondsIn(5) })
  const late = record({ id: 3, created: secondsIn(90), updated: secondsIn(90) })
  const settings = compile({ ...base, filterByCurrentDate: true })
  const first = read(empty, at, exactly, at + 60_000)
  classify(page([last]), settings, empty, first, at + 60_000)
  const feed = advance(empty, first, exactly)
  const stops = (...records: VendorRecord[]) =>
    classify(page(records), settings, feed, read(feed, at, exactly, at + 60_000), at + 60_000).stop
  expect([stops(last, old), stops(last), stops(late, last, old)]).toEqual([true, false, false])
})

test('a second change within the same second is news, and what was published is not', () => {
  const settings = compile(base)
  const dates = { created: secondsIn(-5), updated: secondsIn(5) }
  const first = read(empty, at, exactly, at + 60_000)
  classify(page([record({ id: 1, name: 'a', ...dates })]), settings, empty, first, at + 60_000)
  const feed = advance(empty, first, exactly)
  const again = (name: string | null) => {
    const fields = { id: 1, name, ...dates }
    return classify(page([record(fields)]), settings, feed, read(feed, at, exactly, at + 60_000), at + 90_000).changes
      .length
  }
  expect([feed.watermark, again('a'), again('b')]).toEqual([at + 5_000, 0, 1])
})

test('where a later page isn’t in the order of the first one, all are read again, and what was told is known', () => {
  const settings = compile(base)
  const first = record({ id: 1, created: secondsIn(1), updated: secondsIn(1) })
  const second = record({ id: 2, created: secondsIn(-5), updated: secondsIn(9) })
  const reading = read(empty, at, exactly, at + 60_000)
  classify(page([second, first]), settings, empty, reading, at + 60_000)
  forget(empty, reading, exactly)
  classify(page([], { order: 'unordered' }), settings, empty, reading, at + 60_000)
  const feed = advance(empty, reading, exactly)
  const next = read(feed, at, exactly, at + 90_000)
  const changed = record({ id: 1, created: secondsIn(1), updated: secondsIn(70) })
  const { changes } = classify(page([changed, second, first]), settings, feed, next, at + 90_000)
  expect(changes.map(({ objectId, type }) => `${objectId} ${type}`)).toEqual(['1 UPDATED'])
})

test.each([
  ['newest-first', 5, 9],
  ['oldest-first', 9, 5],
] as const)(
  'pages that are in order by themselves, but not one after another, are read again: %s',
  (order, one, other) => {
    const reading = read(empty, at, exactly, at + 60_000)
    for (const seconds of [one, one, other]) {
      expect(reading.drifting).toBe(false)
      const row = record({ id: seconds, created: secondsIn(seconds), updated: secondsIn(seconds) })
      classify(page([row], { order }), compile(base), empty, reading, at + 60_000)
    }
    expect(reading.drifting).toBe(true)
  },
)

test('what is dated after the run’s start moves no watermark, however far ahead the vendor’s clock is', () => {
  const reading = read(empty, at, exactly, at + 60_000)
  const ahead = record({ id: 1, created: secondsIn(900), updated: secondsIn(900) })
  classify(page([ahead]), compile(base), empty, reading, at + 60_000)
  const feed = advance(empty, reading, exactly)
  expect(feed.watermark).toBe(at)
  const next = read(feed, at, exactly, at + 60_000)
  expect(classify(page([ahead]), compile(base), feed, next, at + 120_000).changes).toEqual([])
})

test('a date of whole days begins with the day in which polling began', () => {
  const day = { field: 'day', format: 'yyyy-MM-dd', timeZone: 'UTC' }
  const { watched } = compile({ ...base, updated: day, created: day })
  expect(new Date(watched!.truncate(Date.parse('2026-03-04T15:16:17Z'))).toISOString()).toBe('2026-03-04T00:00:00.000Z')
})
