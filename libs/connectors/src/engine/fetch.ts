import type { Definition, Paging } from '../definition.js'
import type { Deletion, Failure, ListRequest, Page, PageOutcome, RecordOutcome, VendorRecord } from '../outcomes.js'
import type { VendorHttp, VendorRequest, VendorSession } from '../session.js'
import { ask, type Answer, type Refusal, type Vendor } from './answer.js'
import { UnansweredError } from './conditions.js'
import { planListing, type Plan } from './listing.js'
import { listingCursor, splitCursor } from './listing-cursor.js'
import {
  askForPage,
  askForSize,
  CursorError,
  cursorOfPage,
  isNumbered,
  isScrollEnd,
  nextCursor,
  NextPageError,
  totalOf,
  type Draft,
} from './paging.js'
import { at } from './path.js'
import { deletionsOf, recordOf, recordsOf } from './records.js'
import type { FoundResource } from './resources.js'
import { shownOrder } from './shown-order.js'
import { sessionLookup, sessionRequest, siteOf, withBase } from './session-scope.js'
import { fill, MissingValueError, type Lookup } from './template.js'
import { valueText } from './vendor-json.js'
import { warningsOf } from './warnings.js'

/** Everything that one call to a vendor needs besides its question. */
export interface Call {
  definition: Definition
  vendor: Vendor
  session: VendorSession
  http: VendorHttp
  /** The operator's stand-in for scheme, host and port. */
  base: string | undefined
}

/** One page of a resource. Exactly one request, none where the vendor can't answer. */
export async function fetchPage(call: Call, found: FoundResource, request: ListRequest): Promise<PageOutcome> {
  const { from, inner } = splitCursor(request.cursor)
  const prepared = attempt(call.definition.name, () => {
    const plan = planListing(found.definition, request, call.session.identity.timeZone, from)
    const { cursor: _cursor, ...first } = request
    const asked = inner === undefined ? first : { ...first, cursor: inner }
    return { plan, ...prepare(call, plan.listing, plan.draft, asked, found.parentId) }
  })
  if ('kind' in prepared) return prepared
  const { plan, size, cursor } = prepared
  const answered = await ask(call.vendor, prepared.request, call.http)
  if (answered.kind === 'refusal') return refusedPage(answered, plan, cursor, call.vendor.now())
  const records = recordsOf(answered, plan.listing.items, found.definition)
  const warnings = warningsOf(call.vendor, answered, plan.asked, records !== null)
  if (warnings.kind === 'rejected') return warnings
  if (records === null) return noList(call, answered, plan.listing.items)
  const total = totalOf(plan.listing.paging, plan.listing.total, answered.value, records.length)
  const follower = found.definition.listings.indexOf(plan.listing) + 1
  if (total !== null && total >= (plan.listing.mostRecords ?? Infinity) && follower < found.definition.listings.length)
    return page(answered, [], listingCursor(follower, ''), { ...plan, order: 'unordered' }, warnings.texts)
  const read = { answer: answered.value, records: records.length, size, cursor, now: call.vendor.now() }
  const after = attempt(call.definition.name, () => ({
    cursor: nextCursor(plan.listing.paging, { ...read, overlapPages: request.overlapPages ?? true }),
  }))
  if ('kind' in after) return after
  const by = { ...plan, order: shownOrder(plan, records) }
  const whole = page(answered, checked(records, plan), listingCursor(from, after.cursor), by, warnings.texts)
  return {
    ...whole,
    ...(isNumbered(plan.listing.paging) && { counted: true }),
    ...(total !== null && plan.checks.length === 0 && { total }),
  }
}

/** One page of a resource's deletions. */
export async function fetchDeletions(
  call: Call,
  found: FoundResource,
  cursor: string | null,
): Promise<PageOutcome<Deletion>> {
  const deletions = found.definition.deletions
  if (!deletions)
    return { kind: 'rejected', status: 0, message: `${call.definition.name} doesn't list deletions of ${found.name}` }
  const prepared = attempt(call.definition.name, () => {
    const draft: Draft = {
      query: { ...deletions.query },
      body: deletions.body ? structuredClone(deletions.body) : null,
    }
    return prepare(call, deletions, draft, cursor === null ? {} : { cursor }, found.parentId)
  })
  if ('kind' in prepared) return prepared
  const answered = await ask(call.vendor, prepared.request, call.http)
  if (answered.kind === 'refusal') return answered.failure
  const records = deletionsOf(answered, deletions)
  if (records === null) return noList(call, answered, deletions.items)
  const read = {
    answer: answered.value,
    records: records.length,
    size: prepared.size,
    cursor,
    overlapPages: true,
    now: call.vendor.now(),
  }
  const after = attempt(call.definition.name, () => ({ cursor: nextCursor(deletions.paging, read) }))
  if ('kind' in after) return after
  const order = { order: deletions.order ?? 'unordered', orderedBy: deletions.date ?? null } as const
  return page(answered, records, after.cursor, { ...order, limitedBySince: false }, [])
}

/** One record by its id. */
export async function fetchRecord(call: Call, found: FoundResource, id: string): Promise<RecordOutcome> {
  const get = found.definition.get
  if (!get) return { kind: 'rejected', status: 0, message: `${call.definition.name} doesn't give single ${found.name}` }
  const prepared = attempt(call.definition.name, () => {
    const lookup = sessionLookup(call.definition, call.session)
    const values: Record<string, string | undefined> = { id, parent: found.parentId }
    const url = urlOf(call, get.path, name => values[name] ?? lookup(name))
    return { request: sessionRequest(call.definition, lookup, url, 'GET', { query: {}, body: null }) }
  })
  if ('kind' in prepared) return prepared
  const answered = await ask(call.vendor, prepared.request, call.http)
  if (answered.kind === 'refusal') return refusedRecord(answered)
  return singleRecord(call, found, get.item ?? '', answered)
}

function singleRecord(call: Call, found: FoundResource, item: string, answered: Answer): RecordOutcome {
  const holder = at(answered.value, item)
  if (typeof holder !== 'object' || holder === null || Array.isArray(holder))
    return { kind: 'missing', movedTo: null, message: `${call.definition.name} answered without a record` }
  const raw = valueText(answered.text, item) ?? JSON.stringify(holder)
  const warnings = warningsOf(call.vendor, answered, [], true)
  return {
    kind: 'record',
    record: recordOf(holder, raw, found.definition),
    warnings: warnings.kind === 'rejected' ? [warnings.message] : warnings.texts,
    ...(answered.limits && { limits: answered.limits }),
  }
}

function prepare(
  call: Call,
  listing: { method?: 'GET' | 'POST'; path: string; paging: Paging; pageSize?: Parameters<typeof askForSize>[1] },
  draft: Draft,
  request: Pick<ListRequest, 'cursor' | 'page' | 'pageSize'>,
  parentId: string | undefined,
): { request: VendorRequest; size: number | null; cursor: string | null } {
  const size = askForSize(draft, listing.pageSize, request.pageSize)
  const cursor = request.cursor ?? cursorOfPage(listing.paging, request.page ?? 1, size)
  askForPage(draft, listing.paging, cursor)
  const lookup = sessionLookup(call.definition, call.session)
  const url = urlOf(call, listing.path, name => (name === 'parent' ? parentId : lookup(name)))
  return { request: sessionRequest(call.definition, lookup, url, listing.method ?? 'GET', draft), size, cursor }
}

function urlOf(call: Call, path: string, lookup: Lookup): string {
  const site = withBase(siteOf(call.definition, call.session).api, call.base)
  return site.replace(/\/$/, '') + fill((call.definition.api.path ?? '') + path, lookup, encodeURIComponent)
}

function attempt<T extends object>(vendor: string, prepare: () => T): T | Failure {
  try {
    return prepare()
  } catch (error) {
    if (error instanceof UnansweredError) return { kind: 'rejected', status: 0, message: `${vendor}: ${error.message}` }
    if (error instanceof CursorError)
      return {
        kind: 'unavailable',
        restart: true,
        message: `${vendor}: ${error.message}; the listing has to begin anew`,
      }
    // Taken for the end, what comes after it would never be seen.
    if (error instanceof NextPageError) return { kind: 'unavailable', message: `${vendor}: ${error.message}` }
    if (error instanceof MissingValueError)
      return { kind: 'rejected', status: 0, message: `${vendor} can't be asked: ${error.message} in the configuration` }
    throw error
  }
}

function refusedPage({ status, failure }: Refusal, plan: Plan, cursor: string | null, now: number): PageOutcome {
  if (plan.listing.paging.style !== 'scroll') return failure
  if (status === 404 && (cursor === null || isScrollEnd(cursor, now)))
    return { kind: 'page', records: [], next: null, ...orderOf(plan), warnings: [] }
  if (cursor !== null && (status === 404 || status >= 500))
    return { kind: 'unavailable', restart: true, message: `${failure.message}; the scroll has to begin anew` }
  return failure
}

function refusedRecord({ status, headers, failure }: Refusal): RecordOutcome {
  if (status !== 404 && status !== 410) return failure
  const canonical = /<([^>]*)>[^,]*rel="?canonical"?/i.exec(headers.link ?? '')?.[1]
  const movedTo =
    canonical
      ?.split(/[?#]/)[0]
      ?.split('/')
      .findLast(part => part !== '') ?? null
  return { kind: 'missing', movedTo, message: failure.message }
}

// Where no list is found nothing is known: taken for an empty one, a snapshot would see everything deleted.
function noList(call: Call, answered: Answer, items: string): Failure {
  const place = items === '' ? 'at the top' : `at "${items}"`
  return {
    kind: 'unavailable',
    message: `${call.definition.name} answered ${answered.status}, but with no list ${place}`,
  }
}

function checked(records: VendorRecord[], plan: Plan): VendorRecord[] {
  return plan.checks.length === 0 ? records : records.filter(({ fields }) => plan.checks.every(check => check(fields)))
}

type OrderOfPage = Pick<Page, 'order' | 'orderedBy' | 'limitedBySince'>

function orderOf({ order, orderedBy, limitedBySince }: OrderOfPage): OrderOfPage {
  return { order, orderedBy, limitedBySince }
}

function page<R>(answered: Answer, records: R[], next: string | null, by: OrderOfPage, warnings: string[]): Page<R> {
  const limits = answered.limits && { limits: answered.limits }
  return { kind: 'page', records, next, ...orderOf(by), warnings, ...limits }
}
