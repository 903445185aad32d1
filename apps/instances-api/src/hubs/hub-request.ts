import { HubUrlError, parseHubUrl, type HubQuery, type ListRequest } from '#connectors'
import { isDeepStrictEqual } from 'node:util'
import { Refused } from '../errors/refusal.js'
import { readPageToken } from './page-token.js'

/** One page of a listing, as a client asked for it. */
export interface HubRequest {
  query: ListRequest
  /** The query string without `nextPage`, for the token of the page after. */
  search: string
}

/**
 * Reads a listing's path and query string, as they came. With a `nextPage` the rest of the query can be left out; where it
 * is there, it has to be the same as before.
 * @throws Refused (invalid)
 */
export function readHubRequest(instanceId: number, resource: string, rawSearch: string): HubRequest {
  const { own, nextPage, page } = separated(rawSearch)
  if (page !== null && page !== '1')
    throw fault(`page: ${JSON.stringify(page)} can't be asked; follow nextPage instead`)
  const query = read(resource, own)
  if (nextPage === null) return { query, search: own }
  const token = readPageToken(nextPage)
  if (token?.instanceId !== instanceId || token.resource !== query.resource) {
    throw fault('nextPage: is not what Elements-Next-Page-Token of the page before said')
  }
  const first = read(resource, token.search)
  if (own !== '' && !isDeepStrictEqual(query, first)) {
    throw fault(`nextPage: belongs to another query: ${JSON.stringify(token.search)}; repeat that, or nothing of it`)
  }
  return { query: { ...first, cursor: token.cursor }, search: token.search }
}

function read(resource: string, search: string): HubQuery {
  try {
    return parseHubUrl(
      `/hubs/any/${resource.replace(/[?#%]/g, encodeURIComponent)}${search === '' ? '' : `?${search}`}`,
    )
  } catch (error) {
    if (error instanceof HubUrlError) throw fault(error.message)
    throw error
  }
}

/** Takes out what this API answers itself; all else keeps its spelling, since a where may hold quoted ampersands. */
function separated(rawSearch: string): { own: string; nextPage: string | null; page: string | null } {
  const own = rawSearch.replace(/(^|&)(?:nextPage|page)=[^&]*/gi, '').replace(/^&+/, '')
  const given = new URLSearchParams(rawSearch)
  const one = (name: string) => [...given].findLast(([key, value]) => key.toLowerCase() === name && value !== '')?.[1]
  return { own, nextPage: one('nextpage') ?? null, page: one('page') ?? null }
}

function fault(message: string): Refused {
  return new Refused({ kind: 'invalid', faults: [message] })
}
