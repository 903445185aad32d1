import { Refused } from '../errors/refusal.js'

const largestPage = 200

/** What `GET /instances` was asked for. */
export interface PageRequest {
  tags: string[]
  searchText?: string
  hydrate: boolean
  pageSize: number
  afterId?: number
}

/** Reads the query of `GET /instances`; every fault at once. */
export function readPage(query: Readonly<Record<string, unknown>>): PageRequest {
  const faults: string[] = []
  const texts = (name: string) => [query[name] ?? []].flat().filter(value => typeof value === 'string' && value !== '')
  const one = (name: string) => texts(name).at(-1) as string | undefined
  const pageSize = Number(one('pageSize') ?? largestPage)
  if (!Number.isInteger(pageSize) || pageSize < 1) faults.push(`pageSize: "${one('pageSize')}" is not a number from 1`)
  const afterId = idOf(one('nextPage'))
  if (afterId === null) faults.push('nextPage: is not what Elements-Next-Page-Token of the page before said')
  const searchText = one('searchText')
  const hydrate = one('hydrate') ?? 'true'
  if (hydrate !== 'true' && hydrate !== 'false') faults.push(`hydrate: "${hydrate}" is neither true nor false`)
  if (faults.length > 0) throw new Refused({ kind: 'invalid', faults })
  return {
    tags: [...texts('tags[]'), ...texts('tags')] as string[],
    ...(searchText !== undefined && { searchText }),
    hydrate: hydrate === 'true',
    pageSize: Math.min(pageSize, largestPage),
    ...(typeof afterId === 'number' && { afterId }),
  }
}

/** The token of the page after the instance with this id. */
export function pageToken(lastId: number): string {
  return Buffer.from(`after:${lastId}`).toString('base64url')
}

/** Undefined: the first page; null: no such token was ever given. */
function idOf(token: string | undefined): number | null | undefined {
  if (token === undefined) return undefined
  const [, id] = /^after:(\d{1,10})$/.exec(Buffer.from(token, 'base64url').toString()) ?? []
  return id === undefined || Number(id) >= 2 ** 31 ? null : Number(id)
}
