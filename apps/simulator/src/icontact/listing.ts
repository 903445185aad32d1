import { denotedBy } from './dates.js'
import type { Row } from './rows.js'
import type { IContactSettings } from './settings.js'

/** A listing as it goes out, but for its name. */
export interface Listing {
  rows: Row[]
  total: number
  limit: number
  offset: number
  warnings: string[]
}

const PAGING = new Set(['limit', 'offset', 'orderby'])
const DEFAULT_LIMIT = 20

/**
 * Filters, sorts and pages as iContact does. A filter it doesn't know is ignored: the answer is a 200 with a warning,
 * and its rows aren't filtered by it. Names are case-sensitive.
 */
export function listing(
  rows: readonly Row[],
  query: Record<string, string>,
  shape: { fields: readonly string[]; id: string; dateField?: string },
  { maxLimit, dateComparison }: Pick<IContactSettings, 'maxLimit' | 'dateComparison'>,
): Listing {
  const warnings: string[] = []
  let kept = [...rows]
  for (const [name, value] of Object.entries(query)) {
    if (PAGING.has(name)) continue
    if (name.endsWith('SearchType') && name.slice(0, -'SearchType'.length) === shape.dateField) continue
    if (!shape.fields.includes(name)) {
      warnings.push(`The search field ${name} was not recognized and was ignored.`)
      continue
    }
    const test =
      name === shape.dateField
        ? dateTest(value, query[`${name}SearchType`] ?? 'eq', dateComparison)
        : (field: string) => wildcards(value).some(pattern => pattern.test(field))
    // An empty value finds nothing at all.
    kept = value === '' ? [] : kept.filter(row => test(row[name] ?? ''))
  }
  kept.sort(ordering(query['orderby'], shape, warnings))
  const limit = Math.min(wholeNumber(query['limit'], DEFAULT_LIMIT, 1), maxLimit)
  const offset = wholeNumber(query['offset'], 0, 0)
  return { rows: kept.slice(offset, offset + limit), total: kept.length, limit, offset, warnings }
}

function dateTest(
  value: string,
  searchType: string,
  comparison: IContactSettings['dateComparison'],
): (recorded: string) => boolean {
  const shown = (text: string) => (comparison === 'instant' ? text : text.trim().replace(/[+-]\d\d:?\d\d$/, ''))
  const [first, second] = value.split(',').map(part => denotedBy(shown(part)))
  if (!first) return () => false
  return recorded => {
    const at = denotedBy(shown(recorded))?.from
    if (at === undefined) return false
    switch (searchType) {
      case 'gt':
        return at > first.from
      case 'gte':
        return at >= first.from
      case 'lt':
        return at < first.from
      case 'lte':
        return at <= first.from
      case 'bet':
        return second !== undefined && second !== null && at >= first.from && at < second.until
      default:
        return at >= first.from && at < first.until
    }
  }
}

function wildcards(value: string): RegExp[] {
  return value.split(',').map(part => {
    const escaped = part
      .trim()
      .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
    return new RegExp(`^${escaped}$`, 'i')
  })
}

function ordering(
  orderby: string | undefined,
  shape: { fields: readonly string[]; id: string },
  warnings: string[],
): (a: Row, b: Row) => number {
  const terms = (orderby ?? '').split(',').flatMap(term => {
    const [field = '', direction = 'asc'] = term.trim().split(':')
    if (field === '') return []
    if (shape.fields.includes(field)) return [{ field, sign: direction === 'desc' ? -1 : 1 }]
    warnings.push(`The sort field ${field} was not recognized and was ignored.`)
    return []
  })
  terms.push({ field: shape.id, sign: 1 })
  return (a, b) => {
    for (const { field, sign } of terms) {
      const order = compare(a[field] ?? '', b[field] ?? '')
      if (order !== 0) return sign * order
    }
    return 0
  }
}

function compare(a: string, b: string): number {
  if (/^\d+$/.test(a) && /^\d+$/.test(b) && a.length !== b.length) return a.length - b.length
  return a < b ? -1 : a > b ? 1 : 0
}

function wholeNumber(text: string | undefined, fallback: number, least: number): number {
  const value = Number(text)
  return text !== undefined && Number.isInteger(value) && value >= least ? value : fallback
}
