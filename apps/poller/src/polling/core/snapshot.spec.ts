import type { Page } from '#connectors'
import { compile, contentHash } from './records.js'
import { compare, conclude, deletionOf, doubted, type Comparison } from './snapshot.js'

const start = 1_700_000_000_000
const bounds = { since: start - 60_000, wantsPast: false, date: start }
const polling = {
  name: 'tags',
  url: '/hubs/marketing/tags',
  idField: null,
  updated: null,
  created: { field: 'created', format: 'milliseconds', timeZone: 'UTC' },
  filterByUpdatedDate: true,
  filterByCurrentDate: false,
  snapshot: true,
  createdCheckToleranceMs: 0,
  pollDelayMs: 0,
  overlapMs: 0,
  pageSize: null,
}
const settings = compile(polling)

function page(objects: { id: string | null; [field: string]: unknown }[], warnings: string[] = []): Page {
  const records = objects.map(fields => ({ id: fields.id, fields, raw: JSON.stringify(fields) }))
  const listing = { next: null, order: 'unordered' as const, orderedBy: null, limitedBySince: false }
  return { kind: 'page', records, ...listing, warnings }
}

function comparison(known: Record<string, string> = {}, changes: Partial<Comparison> = {}): Comparison {
  const hashes = new Map(Object.entries(known))
  return { known: hashes, listed: new Set(), baseline: true, complete: true, suspects: null, pages: 0, ...changes }
}

const a = { id: '1', name: 'a' }
const hashOfA = contentHash(a)

test('null, an empty text and a number as text are no change', () => {
  const known = { 1: contentHash({ id: '1', name: 'a', phone: null, count: 1 }) }
  expect(compare(page([{ ...a, phone: '', count: '1' }]), settings, comparison(known), bounds).changes).toEqual([])
})

test('before the first whole listing only what was created since counts, unless the past was asked for', () => {
  const objects = [{ ...a, created: start - 90_000 }, { id: '2', created: start - 1_000 }, { id: '3' }]
  const first = (wantsPast: boolean) =>
    compare(page(objects), settings, comparison({}, { baseline: false }), { ...bounds, wantsPast }).changes.map(
      ({ objectId, date }) => [objectId, date],
    )
  expect(first(false)).toEqual([['2', start - 1_000]])
  expect(first(true)).toEqual([
    ['2', start - 1_000],
    ['3', start],
  ])
})

test('before the first whole listing, what was updated since then is an update, by its date, after a crash too', () => {
  const updated = { field: 'updated', format: 'milliseconds', timeZone: 'UTC' }
  const dated = compile({ ...polling, updated })
  const objects = [
    { id: '1', created: start - 90_000, updated: start - 1_000 },
    { id: '2', created: start - 90_000, updated: start - 70_000 },
  ]
  const doubt = `?${start - 1_000}/${contentHash(objects[0])}/`
  const knowns: Record<string, string>[] = [{}, { 1: doubt }]
  for (const known of knowns) {
    const first = comparison(known, { baseline: false })
    expect(compare(page(objects), dated, first, { ...bounds, wantsPast: true }).changes).toMatchObject([
      { objectId: '1', type: 'UPDATED', date: start - 1_000 },
    ])
  }
})

test('what may have been published before a crash is the same event if it is still so, and another one if not', () => {
  const changed = compare(page([a]), settings, comparison({ 1: 'before' }), bounds)
  const doubt = `?${start}/${hashOfA}/before`
  expect(changed.doubts).toEqual([['1', doubt]])
  const later = { ...bounds, date: start + 60_000 }
  const again = (known: string, name: string) =>
    compare(page([{ ...a, name }]), settings, comparison({ 1: known }), later).changes.map(({ type, date }) => [
      type,
      date,
    ])
  expect(again(doubt, 'a')).toEqual([['UPDATED', start]])
  expect(again(doubt, 'b')).toEqual([['UPDATED', later.date]])
  // Changed back: what was published, if it was, doesn't hold any more.
  expect(again(`?${start}/other/${hashOfA}`, 'a')).toEqual([['UPDATED', later.date]])
  expect(again(`?${start}/${hashOfA}/`, 'a')).toEqual([['CREATED', start]])
})

test('a deletion that may have been published before a crash is the same event', () => {
  const doubt = doubted('x', start, '')
  expect(deletionOf('2', doubt, start + 60_000)).toEqual(deletionOf('2', 'x', start))
  expect(deletionOf('2', doubted('x', start, 'y'), start + 60_000)).toMatchObject({ date: start + 60_000, hash: 'x' })
})

test('an object missing from a listing of one page is gone', () => {
  const one = comparison({ 1: hashOfA, 2: 'x' })
  compare(page([a]), settings, one, bounds)
  expect(conclude(one)).toEqual({ kind: 'gone', ids: ['2'] })
  expect(deletionOf('2', 'x', start)).toMatchObject({ type: 'DELETED', hash: 'x', raw: '{"id":"2"}' })
})

test('one missing from several pages, or from an empty listing, is looked for once more', () => {
  const two = comparison({ 1: hashOfA, 2: 'x' })
  compare(page([a]), settings, two, bounds)
  compare(page([]), settings, two, bounds)
  expect(conclude(two)).toEqual({ kind: 'again', suspects: ['2'] })
  expect(conclude({ ...two, listed: new Set(['2']), suspects: ['2'] })).toEqual({ kind: 'gone', ids: [] })
  expect(conclude({ ...two, listed: new Set(['1']), suspects: ['2'] })).toEqual({ kind: 'gone', ids: ['2'] })
  const empty = comparison({ 1: hashOfA })
  compare(page([]), settings, empty, bounds)
  expect(conclude(empty)).toEqual({ kind: 'again', suspects: ['1'] })
})

test.each([
  ['that came with a warning', page([a], ['the filter was ignored'])],
  ['with a record that has no id', page([a, { id: null }])],
])('nothing is gone by a listing %s', (_case, listing) => {
  const partial = comparison({ 1: hashOfA, 2: 'x' })
  compare(listing, settings, partial, bounds)
  expect(conclude(partial)).toEqual({ kind: 'gone', ids: [] })
})

test('of records that share an id the first one stands for it', () => {
  const one = comparison({ 1: hashOfA })
  expect(compare(page([a, { id: '1', name: 'b' }]), settings, one, bounds).changes).toEqual([])
})
