import type { PageOrder, VendorRecord } from '../outcomes.js'
import type { Plan } from './listing.js'
import { at } from './path.js'
import { parseInstant } from './vendor-date.js'

/**
 * The order that was asked for, or that the vendor is known to list by, unless the page shows another: whoever relies on
 * it stops early, and an order that the vendor left out would hide what is new.
 */
export function shownOrder({ order, orderedBy, listing }: Plan, records: readonly VendorRecord[]): PageOrder {
  if (orderedBy === null || order === 'unordered') return 'unordered'
  const { timeZone } = listing.filter?.fields[orderedBy] ?? {}
  const zone = timeZone === 'account' ? undefined : timeZone
  const dates = records.flatMap(({ fields }) => parseInstant(at(fields, orderedBy), zone) ?? [])
  const sign = order === 'newest-first' ? -1 : 1
  const isInOrder = dates.every((date, index) => sign * (date - (dates[index - 1] ?? date)) >= 0)
  return isInOrder ? order : 'unordered'
}
