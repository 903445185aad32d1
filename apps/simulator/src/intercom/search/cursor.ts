import { at, isObject, type JsonObject } from '../../http/body.js'
import { intercomError, invalid } from '../errors.js'
import type { IntercomRecord } from '../records/records.js'
import { compareIds } from './query.js'

export interface Sort {
  field: string
  order: 'ascending' | 'descending'
}

export interface PageRequest {
  perPage: number
  startingAfter: string | null
}

/** A page of a keyset listing, with what Intercom says about it. */
export interface Page {
  records: IntercomRecord[]
  totalCount: number
  pages: JsonObject
}

/** Reads `sort`; without one, the newest change comes first. */
export function readSort(sort: unknown, fallback = 'updated_at'): Sort {
  if (!isObject(sort)) return { field: fallback, order: 'descending' }
  const { field = fallback, order = 'descending' } = sort
  if (order !== 'ascending' && order !== 'descending') {
    throw invalid(`Invalid sort order: ${JSON.stringify(order)}`, 'invalid_sort_order')
  }
  if (typeof field !== 'string') throw invalid('sort.field must be a string')
  return { field, order }
}

/** Reads `per_page` and `starting_after` wherever they come from. An empty cursor is what Intercom dies of. */
export function readPaging(paging: unknown, limits: { default: number; max: number }): PageRequest {
  const { per_page: perPage, starting_after: startingAfter } = isObject(paging) ? paging : {}
  const size = perPage === undefined || perPage === null ? limits.default : Number(perPage)
  if (!Number.isInteger(size) || size < 1) throw invalid('Per Page is invalid')
  if (size > limits.max) throw invalid('Per Page is too big')
  if (startingAfter === '') throw intercomError(500, 'server_error', 'Internal Server Error')
  return { perPage: size, startingAfter: typeof startingAfter === 'string' ? startingAfter : null }
}

/**
 * One page, after the cursor. Cursors hold the last row's sort value and id and nothing else: a record that is updated
 * between two pages moves in the order, and is met twice or not at all.
 */
export function keysetPage(
  records: IntercomRecord[],
  sort: Sort,
  { perPage, startingAfter }: PageRequest,
  lastNext: 'absent' | 'null' = 'absent',
): Page {
  const direction = sort.order === 'ascending' ? 1 : -1
  const cursor = startingAfter === null ? null : decode(startingAfter)
  const keyed = records.map(record => ({ record, key: sortValue(record, sort.field) }))
  keyed.sort((a, b) => direction * compareKeys(a.key, a.record.id, b.key, b.record.id))
  const rest = cursor
    ? keyed.filter(({ record, key }) => direction * compareKeys(key, record.id, cursor.key, cursor.id) > 0)
    : keyed
  const shown = rest.slice(0, perPage)
  const last = shown.at(-1)
  const page = cursor?.page ?? 1
  const next =
    rest.length > perPage && last
      ? { next: { page: page + 1, starting_after: encode(last.key, last.record.id, page + 1) } }
      : lastNext === 'null'
        ? { next: null }
        : {}
  return {
    records: shown.map(({ record }) => record),
    totalCount: records.length,
    pages: {
      type: 'pages',
      ...next,
      page,
      per_page: perPage,
      total_pages: Math.ceil(records.length / perPage),
    },
  }
}

type Key = number | string

function sortValue(record: IntercomRecord, field: string): Key {
  const value = at(record, field)
  if (field === 'id') return ''
  // Dates are kept in milliseconds inside cursors, whatever the API shows.
  if (typeof value === 'number') return field.endsWith('_at') ? value * 1000 : value
  return typeof value === 'string' ? value : 0
}

function compareKeys(keyA: Key, idA: string, keyB: Key, idB: string): number {
  if (keyA !== keyB) return keyA < keyB ? -1 : 1
  return compareIds(idA, idB)
}

function encode(key: Key, id: string, page: number): string {
  const shownId = /^\d{1,15}$/.test(id) ? Number(id) : id
  return Buffer.from(JSON.stringify([key, shownId, page])).toString('base64')
}

function decode(cursor: string): { key: Key; id: string; page: number } {
  try {
    const [key, id, page] = JSON.parse(Buffer.from(cursor, 'base64').toString('utf8')) as [Key, string | number, number]
    if (typeof page !== 'number') throw new Error('not a cursor')
    return { key, id: String(id), page }
  } catch {
    throw invalid('Invalid starting_after cursor')
  }
}
