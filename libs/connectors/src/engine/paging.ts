import type { PageSize, Paging, Place } from '../definition.js'
import { asText, at, isMembers, put, type Members } from './path.js'

/** A request's parameters, still to be sent. */
export interface Draft {
  query: Record<string, string>
  body: Members | null
}

/** The cursor isn't one that this listing gave out. */
export class CursorError extends Error {
  override readonly name = 'CursorError'
}

/** The answer has something in the next page's place by which none can be asked for. */
export class NextPageError extends Error {
  override readonly name = 'NextPageError'

  constructor(path: string, found: unknown, expected: string) {
    super(
      `"${path}" in its answer is ${shortened(found)}, by which no next page can be asked for; ${expected} is expected`,
    )
  }
}

/** Asks for the page that a cursor stands for; null: the first one. @throws CursorError */
export function askForPage(draft: Draft, paging: Paging, cursor: string | null): void {
  switch (paging.style) {
    case 'none':
      if (cursor !== null) throw new CursorError('there is only one page')
      return
    case 'cursor':
      if (cursor !== null) place(draft, paging, cursor)
      return
    case 'scroll':
      if (cursor !== null) place(draft, paging, scrollCursor(cursor).parameter)
      return
    case 'page':
      place(draft, paging, cursor === null ? (paging.first ?? 1) : wholeNumber(cursor))
      return
    case 'offset':
      place(draft, paging, offsetCursor(cursor).offset)
      return
    case 'next-url':
      if (cursor !== null) for (const [name, value] of new URLSearchParams(cursor)) draft.query[name] = value
  }
}

/** Whether a listing can begin at a page that is named by its number. */
export function isNumbered({ style }: Paging): boolean {
  return style === 'page' || style === 'offset'
}

/** The cursor of the page with this number, from 1; null for the first one. @throws CursorError */
export function cursorOfPage(paging: Paging, page: number, size: number | null): string | null {
  if (page === 1) return null
  if (paging.style === 'page') return String((paging.first ?? 1) + page - 1)
  if (paging.style === 'offset' && size !== null) return String((page - 1) * size)
  throw new CursorError(`page ${page} can't be begun with`)
}

/** How many records there are in all, as far as the answer says. */
export function totalOf(paging: Paging, total: string | undefined, answer: unknown, records: number): number | null {
  if (paging.style === 'none') return records
  const path = total ?? (paging.style === 'offset' || paging.style === 'scroll' ? paging.total : undefined)
  return path === undefined ? null : numberAt(answer, path)
}

/** How many records a page is asked to hold; null where the vendor can't be told. */
export function askForSize(draft: Draft, pageSize: PageSize | undefined, wanted: number | undefined): number | null {
  if (!pageSize) return null
  const size = Math.min(wanted ?? pageSize.default, pageSize.max)
  place(draft, pageSize, size)
  return size
}

/** What is known of a page when the next one is looked for. */
export interface PageRead {
  answer: unknown
  records: number
  size: number | null
  cursor: string | null
  overlapPages: boolean
  /** Milliseconds since 1970. */
  now: number
}

/** The cursor of the page after this one; null at the end. @throws NextPageError */
export function nextCursor(paging: Paging, page: PageRead): string | null {
  switch (paging.style) {
    case 'none':
      return null
    case 'cursor':
      return cursorAt(page.answer, paging.next)
    case 'scroll':
      return nextScroll(paging, page)
    case 'page':
      return nextPage(paging, page)
    case 'offset':
      return nextOffset(paging, page)
    case 'next-url':
      return nextQuery(page.answer, paging.next)
  }
}

// After a minute's silence the vendor has forgotten a scroll; a little less, for clocks.
const scrollLivesMs = 55_000

/**
 * Whether a 404 in the middle of a scroll is its end: where as many records were seen as there are or, where the vendor
 * doesn't say how many, where it can't have forgotten the scroll yet.
 */
export function isScrollEnd(cursor: string, now: number): boolean {
  const { seen, total, givenAt } = scrollCursor(cursor)
  return total === null ? now - givenAt < scrollLivesMs : seen >= total
}

function nextScroll(paging: Extract<Paging, { style: 'scroll' }>, page: PageRead): string | null {
  const parameter = page.records === 0 ? null : textOf(page.answer, paging.next)
  if (parameter === null) return null
  const seen = (page.cursor === null ? 0 : scrollCursor(page.cursor).seen) + page.records
  const total = paging.total === undefined ? null : numberAt(page.answer, paging.total)
  return [seen, total ?? '', page.now, parameter].join('/')
}

interface ScrollCursor {
  /** Records before this page. */
  seen: number
  /** Null where the vendor doesn't say. */
  total: number | null
  givenAt: number
  parameter: string
}

function scrollCursor(cursor: string): ScrollCursor {
  const match = /^(\d+)\/(\d*)\/(\d+)\/(.+)$/s.exec(cursor)
  if (!match) throw new CursorError(`"${cursor}" is no cursor of this listing`)
  const [, seen = '', total = '', givenAt = '', parameter = ''] = match
  return { seen: Number(seen), total: total === '' ? null : Number(total), givenAt: Number(givenAt), parameter }
}

function nextPage(paging: Extract<Paging, { style: 'page' }>, page: PageRead): string | null {
  const first = paging.first ?? 1
  const here = page.cursor === null ? first : wholeNumber(page.cursor)
  if (page.records === 0) return null
  const pages = paging.pages === undefined ? null : numberAt(page.answer, paging.pages)
  const more = pages === null ? page.size === null || page.records >= page.size : here - first + 1 < pages
  return more ? String(here + 1) : null
}

function nextOffset(paging: Extract<Paging, { style: 'offset' }>, page: PageRead): string | null {
  const total = paging.total === undefined ? null : numberAt(page.answer, paging.total)
  const limit = paging.limit === undefined ? null : numberAt(page.answer, paging.limit)
  const room = limit ?? page.size ?? 1
  const offset = movedBack(paging, page, room, total) ?? offsetAfter(paging, page, room, total)
  return offset === null ? null : `${offset}${total === null ? '' : `/${total}`}`
}

/** As many rows as there are fewer than before may have moved up past the page's beginning. Null: none that matter. */
function movedBack(
  paging: Extract<Paging, { style: 'offset' }>,
  { cursor, overlapPages }: PageRead,
  room: number,
  total: number | null,
): number | null {
  const { offset, total: before } = offsetCursor(cursor)
  if (!overlapPages || total === null || before === null) return null
  const moved = before - total
  return moved > rowsAgain(paging, room) ? Math.max(0, offset - moved) : null
}

function offsetAfter(
  paging: Extract<Paging, { style: 'offset' }>,
  { cursor, records, overlapPages }: PageRead,
  room: number,
  total: number | null,
): number | null {
  if (records === 0) return null
  const end = offsetCursor(cursor).offset + records
  // A vendor may give fewer than asked for, and its total may be stale; only both together are the end.
  const full = records >= room
  if (!full && (total === null || end >= total)) return null
  // Rows are read again only after a full page, so that every page gets further and the last one ends it.
  return overlapPages && full && (total === null || end < total) ? end - rowsAgain(paging, records) : end
}

// A vendor with small pages must not be asked for each row a dozen times.
function rowsAgain({ overlapRows = 0 }: { overlapRows?: number }, pageRows: number): number {
  return Math.min(overlapRows, Math.floor(pageRows / 4))
}

/** `total`: as the page before told it. */
function offsetCursor(cursor: string | null): { offset: number; total: number | null } {
  const [offset = '0', total] = cursor?.split('/') ?? []
  return { offset: wholeNumber(offset), total: total === undefined ? null : wholeNumber(total) }
}

// Vendors give the next page as an object of parameters in one place and as a URL in another, and change their minds.
function cursorAt(answer: unknown, path: string): string | null {
  const cursor = textOf(answer, path)
  const dot = path.lastIndexOf('.')
  if (cursor !== null || dot < 0) return cursor
  const holder = path.slice(0, dot)
  const url = at(answer, holder)
  // Some write an object without members as a list.
  if (isNothing(url) || isMembers(url) || (Array.isArray(url) && url.length === 0)) return null
  const parameter = typeof url === 'string' ? new URLSearchParams(queryOf(url)).get(path.slice(dot + 1)) : null
  if (parameter === null) throw new NextPageError(holder, url, `an object or a URL with "${path.slice(dot + 1)}"`)
  return parameter || null
}

/** The query that asks for the next page, of its URL or of its parameters. */
function nextQuery(answer: unknown, path: string): string | null {
  const next = at(answer, path)
  if (isNothing(next)) return null
  const query = isMembers(next) ? parametersOf(next) : typeof next === 'string' ? queryOf(next) || null : null
  if (query === null) throw new NextPageError(path, next, 'a URL with a query, or its parameters,')
  return query || null
}

/** Null where one of them can't be a parameter. */
function parametersOf(members: Members): string | null {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(members)) {
    const text = asText(value)
    if (text !== null) query.set(name, text)
    else if (!isNothing(value)) return null
  }
  return query.toString()
}

function queryOf(url: string): string {
  const mark = url.indexOf('?')
  return mark < 0 ? '' : url.slice(mark + 1).replace(/#.*$/, '')
}

function textOf(answer: unknown, path: string): string | null {
  const value = at(answer, path)
  if (isNothing(value)) return null
  if (typeof value === 'boolean' || typeof value === 'object')
    throw new NextPageError(path, value, 'a text or a number')
  return asText(value)
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null || value === ''
}

// A URL's query may hold a token.
function shortened(value: unknown): string {
  const text = JSON.stringify(value).replace(/\?[^"\\]+/g, '?…')
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}

function numberAt(answer: unknown, path: string): number | null {
  const text = asText(at(answer, path))
  const number = Number(text)
  return text === null || !Number.isFinite(number) ? null : number
}

function place(draft: Draft, { into, parameter }: Place, value: string | number): void {
  if (into === 'query') draft.query[parameter] = String(value)
  else put((draft.body ??= {}), parameter, value)
}

function wholeNumber(cursor: string): number {
  if (!/^\d{1,15}$/.test(cursor)) throw new CursorError(`"${cursor}" is no cursor of this listing`)
  return Number(cursor)
}
