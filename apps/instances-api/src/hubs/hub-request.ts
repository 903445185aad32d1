import { HubUrlError, hubParameters, hubText, parseHubUrl, type ListRequest } from '#connectors'
import { isDeepStrictEqual } from 'node:util'
import { Refused } from '../errors/refusal.js'
import { readPageToken } from './page-token.js'

/** One page of a listing, as a client asked for it. */
export interface HubRequest {
  query: ListRequest
  /** The members that records are to be shown with; null: all. */
  fields: string[] | null
  /** The query string without `nextPage`, for the token of the page after. */
  search: string
}

/**
 * Reads a listing's path and query string, as they came. With a `nextPage` the rest of the query can be left out; where it
 * is there, it has to be the same as before, but for `page`, which then means nothing.
 * @throws Refused (invalid)
 */
export function readHubRequest(instanceId: number, resource: string, rawSearch: string): HubRequest {
  const { search, nextPage } = separated(rawSearch)
  const asked = read(resource, search)
  if (nextPage === null) return { ...asked, search }
  const token = readPageToken(nextPage)
  if (token?.instanceId !== instanceId || token.resource !== asked.query.resource) {
    throw fault('nextPage: is not what Elements-Next-Page-Token of the page before said')
  }
  const first = read(resource, token.search)
  if (search !== '' && !isDeepStrictEqual(withoutPage(asked), withoutPage(first))) {
    throw fault(`nextPage: belongs to another query: ${JSON.stringify(token.search)}; repeat that, or nothing of it`)
  }
  return { ...first, query: { ...first.query, cursor: token.cursor }, search: token.search }
}

/** The members that a record is to be shown with; null: all. */
export function readFields(rawSearch: string): string[] | null {
  const names = one(hubParameters(rawSearch), 'fields')?.split(',') ?? []
  const fields = names.map(name => name.trim()).filter(name => name !== '')
  return fields.length > 0 && !fields.includes('*') ? fields : null
}

function read(resource: string, search: string): Pick<HubRequest, 'query' | 'fields'> {
  const page = readPage(search)
  const path = `/hubs/any/${resource.replace(/[?#%]/g, encodeURIComponent)}`
  try {
    const query = parseHubUrl(search === '' ? path : `${path}?${search}`)
    return { query: { ...query, ...(page !== null && { page }) }, fields: readFields(search) }
  } catch (error) {
    if (error instanceof HubUrlError) throw fault(error.message)
    throw error
  }
}

function readPage(search: string): number | null {
  const text = one(hubParameters(search), 'page')?.trim()
  if (!text) return null
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw fault(`page: ${JSON.stringify(text)} is no number from 1`)
}

/** Takes out `nextPage`; all else keeps its spelling, since a where may hold what looks like something else. */
function separated(rawSearch: string): { search: string; nextPage: string | null } {
  const parameters = hubParameters(rawSearch)
  const others = parameters.filter(([name]) => name.toLowerCase() !== 'nextpage')
  const search = others.map(([name, value]) => `${encodeURIComponent(name)}=${value}`).join('&')
  return { search, nextPage: one(parameters, 'nextpage') ?? null }
}

function one(parameters: readonly [name: string, value: string][], wanted: string): string | undefined {
  const [, value] = parameters.findLast(([name, each]) => name.toLowerCase() === wanted && each !== '') ?? []
  return value === undefined ? undefined : hubText(value)
}

function withoutPage({ query, fields }: Pick<HubRequest, 'query' | 'fields'>) {
  const { page: _page, ...rest } = query
  return { ...rest, fields }
}

function fault(message: string): Refused {
  return new Refused({ kind: 'invalid', faults: [message] })
}
