import type { JsonTemplate, ListingDefinition, OrderByDefinition, ResourceDefinition } from '../definition.js'
import type { ListRequest, PageOrder } from '../outcomes.js'
import { sinceCondition, UnansweredError, vendorClauses, type VendorCondition } from './conditions.js'
import { isNumbered, type Draft } from './paging.js'
import { at, put, type Members } from './path.js'
import { fillMembers } from './template.js'

/** A listing's request before paging, and how its answer is to be taken. */
export interface Plan {
  listing: ListingDefinition
  draft: Draft
  limitedBySince: boolean
  orderedBy: string | null
  order: PageOrder
  /** The names of what limits or orders the answer: a warning that names one of them says it was ignored. */
  asked: string[]
  checks: ((record: Members) => boolean)[]
}

/**
 * Chooses the first of a resource's listings that can do all that is asked, one that can leave out what is older than
 * `since` before others.
 * @param from the listings before it are left out: they can't show all there is
 * @throws UnansweredError which says what none of them can do
 */
export function planListing(
  resource: ResourceDefinition,
  request: ListRequest,
  accountZone: string | undefined,
  from = 0,
): Plan {
  const plans: Plan[] = []
  const faults: UnansweredError[] = []
  for (const listing of resource.listings.slice(from)) {
    try {
      plans.push(plan(resource, listing, request, accountZone))
    } catch (error) {
      if (!(error instanceof UnansweredError)) throw error
      faults.push(error)
    }
  }
  const best =
    plans.find(each => each.limitedBySince) ??
    plans.find(({ listing }) => request.page !== undefined && isNumbered(listing.paging)) ??
    plans[0]
  if (best) return best
  throw faults.find(fault => !(fault instanceof WithoutMeansError)) ?? faults[0] ?? new UnansweredError('no listing')
}

/** Everything about a query that no listing of the resource can do, each a sentence. */
export function listingFaults(resource: ResourceDefinition, request: ListRequest): string[] {
  try {
    planListing(resource, request, undefined)
    return []
  } catch (error) {
    if (error instanceof UnansweredError) return [error.message]
    throw error
  }
}

/** The listing has nothing of the kind; what another one says is nearer to the point. */
class WithoutMeansError extends UnansweredError {}

function plan(
  resource: ResourceDefinition,
  listing: ListingDefinition,
  request: ListRequest,
  accountZone: string | undefined,
): Plan {
  const draft: Draft = {
    query: { ...listing.query },
    body: listing.body ? structuredClone(listing.body) : null,
  }
  if (request.page !== undefined && request.page > 1 && !isNumbered(listing.paging))
    throw new WithoutMeansError(`page: ${request.page} can't be asked for; follow nextPage`)
  const conditions = conditionsOf(listing, request, accountZone)
  const placed = new Placement(draft, listing)
  for (const { asked } of conditions) placed.add(asked)
  const limitedBySince = addSince(placed, resource, listing, request, accountZone)
  passParameters(draft, listing, request.parameters)
  if (placed.count === 0) matchAll(placed, listing)
  const ordered = orderOf(draft, listing, request, limitedBySince)
  return {
    listing,
    draft,
    limitedBySince,
    ...ordered,
    asked: [...placed.names, ...Object.keys(listing.query ?? {}), ...ordered.asked],
    checks: conditions.flatMap(({ check }) => check ?? []),
  }
}

function conditionsOf(
  listing: ListingDefinition,
  request: ListRequest,
  accountZone: string | undefined,
): VendorCondition[] {
  const { where = [] } = request
  if (listing.filter) return vendorClauses(listing.filter, where, accountZone)
  const [first] = where
  if (!first) return []
  const { field } = 'any' in first ? first.any[0]! : first
  throw new WithoutMeansError(`where: "${field}" can't be filtered by; nothing can here`)
}

/** Puts conditions where the definition has them. */
class Placement {
  readonly names: string[] = []
  count = 0

  constructor(
    private readonly draft: Draft,
    private readonly listing: ListingDefinition,
  ) {}

  /** @throws UnansweredError where a query parameter would be needed twice, or there are too many conditions */
  add(asked: { [member: string]: JsonTemplate }[]): void {
    if (this.listing.filter?.into === 'query') {
      for (const parameters of asked) this.addParameters(parameters)
    } else {
      const { conditions: path = '', atMost = Infinity } = this.listing.filter ?? {}
      const before = at(this.draft.body, path)
      const all = [...(Array.isArray(before) ? (before as unknown[]) : []), ...asked]
      if (all.length > atMost) throw new UnansweredError(`where: more than ${atMost} conditions can't be asked at once`)
      put((this.draft.body ??= {}), path, all)
      this.names.push(
        ...asked.flatMap(condition => Object.values(condition)).filter(value => typeof value === 'string'),
      )
    }
    this.count += asked.length
  }

  takes(asked: { [member: string]: JsonTemplate }[]): boolean {
    return this.listing.filter?.into !== 'query' || !asked.some(each => Object.keys(each).some(name => this.has(name)))
  }

  private addParameters(parameters: { [member: string]: JsonTemplate }): void {
    for (const [name, value] of Object.entries(parameters)) {
      if (this.has(name)) throw new UnansweredError(`where: "${name}" can only be compared once in a request`)
      this.draft.query[name] = parameterText(value)
      this.names.push(name)
    }
  }

  private has(name: string): boolean {
    return this.names.includes(name)
  }
}

function addSince(
  placed: Placement,
  resource: ResourceDefinition,
  { since: definition, filter }: ListingDefinition,
  { since, watch }: ListRequest,
  accountZone: string | undefined,
): boolean {
  if (since === undefined || !definition || !filter) return false
  const watched = watch ?? resource.dates?.updatedDateField ?? resource.dates?.createdDateField
  if (watched !== definition.field && !(watched !== undefined && definition.covers?.includes(watched))) return false
  const asked = sinceCondition(filter, definition.field, since, accountZone)
  if (!placed.takes(asked)) return false
  placed.add(asked)
  return true
}

function matchAll(placed: Placement, listing: ListingDefinition): void {
  if (listing.filter?.matchAll) placed.add([listing.filter.matchAll])
  else if (listing.needsFilter) throw new WithoutMeansError('where: a condition is needed here')
}

function passParameters(draft: Draft, listing: ListingDefinition, parameters: Record<string, string>): void {
  for (const [name, value] of Object.entries(parameters)) {
    if (!listing.parameters?.includes(name)) {
      const known = ['where', 'orderBy', 'pageSize', ...(listing.parameters ?? [])].join(', ')
      throw new UnansweredError(`"${name}" is no parameter of this resource; these are: ${known}`)
    }
    draft.query[name] = value
  }
}

interface Ordered {
  orderedBy: string | null
  order: PageOrder
  asked: string[]
}

function orderOf(draft: Draft, listing: ListingDefinition, request: ListRequest, limitedBySince: boolean): Ordered {
  const preset = limitedBySince && listing.since?.orderBy ? parseOrder(listing.since.orderBy) : undefined
  const wanted = request.orderBy ?? preset
  const natural = listing.order === undefined ? undefined : parseOrder(listing.order)
  if (!wanted) return ordered(natural, [])
  if (natural?.field === wanted.field && natural.direction === wanted.direction) return ordered(natural, [])
  const field = listing.orderBy?.fields[wanted.field]
  if (!listing.orderBy || field === undefined) throw unknownOrder(listing, wanted.field)
  return ordered(wanted, putOrder(draft, listing.orderBy, field, wanted.direction))
}

type Order = NonNullable<ListRequest['orderBy']>

/** `updated_at desc` */
export function parseOrder(text: string): Order {
  const [field = '', direction] = text.split(' ')
  return { field, direction: direction === 'desc' ? 'desc' : 'asc' }
}

function putOrder(draft: Draft, orderBy: OrderByDefinition, field: string, direction: 'asc' | 'desc'): string[] {
  const words = orderBy.directions ?? { asc: 'asc', desc: 'desc' }
  const filled = fillMembers(orderBy.template, name =>
    name === 'field' ? field : name === 'direction' ? words[direction] : undefined,
  )
  for (const [name, value] of Object.entries(filled)) {
    if (orderBy.into === 'query') draft.query[name] = parameterText(value)
    else put((draft.body ??= {}), name, value)
  }
  return Object.keys(filled)
}

function parameterText(value: JsonTemplate): string {
  if (Array.isArray(value)) return value.map(parameterText).join(',')
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function ordered(by: Order | undefined, asked: string[]): Ordered {
  if (!by) return { orderedBy: null, order: 'unordered', asked }
  return { orderedBy: by.field, order: by.direction === 'desc' ? 'newest-first' : 'oldest-first', asked }
}

function unknownOrder(listing: ListingDefinition, field: string): UnansweredError {
  const known = Object.keys(listing.orderBy?.fields ?? {})
  const can = [...known, ...(listing.order ? [`"${listing.order}" only`] : [])].join(', ')
  const Kind = listing.orderBy ? UnansweredError : WithoutMeansError
  return new Kind(`orderBy: "${field}" can't be ordered by; ${can === '' ? 'nothing can here' : `these can: ${can}`}`)
}
