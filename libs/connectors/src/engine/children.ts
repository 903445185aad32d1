import type { ListRequest, PageOutcome } from '../outcomes.js'
import { fetchPage, type Call } from './fetch.js'
import { withParent } from './records.js'
import { findResource, type FoundResource } from './resources.js'

/** Where a listing over all parents is: whose turn it is, who follows, and the next page of parents. */
interface Progress {
  parents: string[]
  child: string | null
  following: string | null
}

const start: Progress = { parents: [], child: null, following: null }

/**
 * One page of a resource that is listed per parent: of the parent that the URL names, else of each parent in turn. Over
 * all parents, a page of the parents themselves is one call too, and holds no records.
 */
export async function fetchChildren(call: Call, found: FoundResource, request: ListRequest): Promise<PageOutcome> {
  const parent = found.definition.parent
  if (!parent) return fetchPage(call, found, request)
  if (found.parentId !== undefined) return ofParent(call, found, request, parent.member, found.parentId)
  if (request.page !== undefined && request.page > 1)
    return { kind: 'rejected', status: 0, message: `page: ${request.page} can't be asked for; follow nextPage` }
  const progress = request.cursor === undefined ? start : progressOf(request.cursor)
  if (!progress)
    return { kind: 'unavailable', restart: true, message: `"${request.cursor}" is no cursor of ${found.name}` }
  const [parentId] = progress.parents
  if (parentId === undefined) return parentsPage(call, parent.resource, progress.following, request)
  return inTurn(call, found, request, parent.member, parentId, progress)
}

async function inTurn(
  call: Call,
  found: FoundResource,
  { cursor: _cursor, page: _page, ...request }: ListRequest,
  member: string,
  parentId: string,
  { parents, child, following }: Progress,
): Promise<PageOutcome> {
  const page = await ofParent(call, found, { ...request, ...(child !== null && { cursor: child }) }, member, parentId)
  const others = parents.slice(1)
  if (page.kind !== 'page') return vanished(page, others, following)
  const next = cursorOf({ parents: page.next === null ? others : parents, child: page.next, following })
  const { total: _total, ...ofOne } = page
  return { ...ofOne, next, order: 'unordered', orderedBy: null }
}

async function ofParent(
  call: Call,
  found: FoundResource,
  request: ListRequest,
  member: string,
  parentId: string,
): Promise<PageOutcome> {
  const page = await fetchPage(call, { ...found, parentId }, request)
  if (page.kind !== 'page') return page
  return { ...page, records: page.records.map(record => withParent(record, member, parentId)) }
}

async function parentsPage(
  call: Call,
  resource: string,
  cursor: string | null,
  { overlapPages = true }: ListRequest,
): Promise<PageOutcome> {
  const parents = findResource(call.definition, resource)
  if (!parents) return { kind: 'rejected', status: 0, message: `${call.definition.name} has no resource ${resource}` }
  const page = await fetchPage(call, parents, {
    resource,
    parameters: {},
    overlapPages,
    ...(cursor !== null && { cursor }),
  })
  if (page.kind !== 'page') return page
  const ids = page.records.flatMap(({ id }) => id ?? [])
  const next = cursorOf({ parents: ids, child: null, following: page.next })
  const { total: _total, ...ofParents } = page
  return { ...ofParents, records: [], next, order: 'unordered', orderedBy: null, limitedBySince: false }
}

// A parent may be gone between its listing and its turn; the others still have theirs.
function vanished(
  outcome: Exclude<PageOutcome, { kind: 'page' }>,
  others: string[],
  following: string | null,
): PageOutcome {
  if (outcome.kind !== 'rejected' || outcome.status !== 404) return outcome
  const next = cursorOf({ parents: others, child: null, following })
  const order = { order: 'unordered', orderedBy: null, limitedBySince: false } as const
  return { kind: 'page', records: [], next, ...order, warnings: [outcome.message] }
}

function cursorOf(progress: Progress): string | null {
  if (progress.parents.length === 0 && progress.following === null) return null
  return Buffer.from(JSON.stringify(progress)).toString('base64url')
}

function progressOf(cursor: string): Progress | null {
  try {
    const value = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as Partial<Progress>
    const { parents, child = null, following = null } = value
    return Array.isArray(parents) ? { parents: parents.map(String), child, following } : null
  } catch {
    return null
  }
}
