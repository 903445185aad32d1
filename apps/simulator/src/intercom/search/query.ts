import { invalid } from '../errors.js'
import { isObject } from '../../http/body.js'
import type { IntercomRecord } from '../records/records.js'
import type { Dialect } from './dialect.js'

export type Matcher = (record: IntercomRecord) => boolean

const MAX_NESTING = 2
const MAX_FILTERS = 15
const OPERATORS = new Set(['=', '!=', 'IN', 'NIN', '>', '<', '>=', '<=', '~', '!~', '^', '$'])

/**
 * Compiles the `query` of a search body. A single filter needs no AND around it; groups nest two levels deep and hold
 * fifteen filters each. Throws the 400 that Intercom would answer.
 */
export function compileQuery(query: unknown, dialect: Dialect, depth = 1): Matcher {
  if (!isObject(query)) throw invalid('query is required', 'missing_parameter')
  const { operator, value } = query
  if (operator === 'AND' || operator === 'OR') {
    if (depth > MAX_NESTING) throw invalid(`Queries can be nested ${String(MAX_NESTING)} levels deep at most`)
    if (!Array.isArray(value)) throw invalid(`The value of ${operator} must be a list of filters`)
    if (value.length > MAX_FILTERS) throw invalid(`A group holds ${String(MAX_FILTERS)} filters at most`)
    const matchers = value.map(filter => compileQuery(filter, dialect, depth + 1))
    return operator === 'AND'
      ? record => matchers.every(matches => matches(record))
      : record => matchers.some(matches => matches(record))
  }
  return compileFilter(query, dialect)
}

function compileFilter(filter: Record<string, unknown>, dialect: Dialect): Matcher {
  const { field, operator, value } = filter
  if (typeof field !== 'string') throw invalid('field is required', 'missing_parameter')
  if (typeof operator !== 'string' || !OPERATORS.has(operator)) throw invalid(`Invalid operator for ${field}`)
  if (value === undefined) throw invalid(`value is required for ${field}`, 'missing_parameter')
  if (!dialect.fields.has(field) && !field.startsWith('custom_attributes.')) {
    throw invalid(`Unknown field: ${field}`)
  }
  return dialect.dates.has(field)
    ? dateFilter(field, operator, value, dialect)
    : valueFilter(field, operator, value, dialect)
}

function dateFilter(field: string, operator: string, value: unknown, dialect: Dialect): Matcher {
  const wanted = Number(value)
  if (value !== null && !Number.isFinite(wanted)) throw invalid(`Invalid value for ${field}: expected a Unix timestamp`)
  // An operator that dates don't take is refused whether or not a record is there to be compared.
  dialect.compareDate(0, operator, wanted)
  return record => {
    const recorded = dialect.valueOf(record, field)
    if (typeof recorded !== 'number') return value === null && operator === '='
    return value !== null && dialect.compareDate(recorded, operator, wanted)
  }
}

function valueFilter(field: string, operator: string, value: unknown, dialect: Dialect): Matcher {
  const test = comparison(operator, value)
  const negative = operator === '!=' || operator === 'NIN' || operator === '!~'
  return record => {
    const recorded = dialect.valueOf(record, field)
    const values = Array.isArray(recorded) ? recorded : [recorded ?? null]
    return negative ? values.every(test) : values.some(test)
  }
}

function comparison(operator: string, wanted: unknown): (recorded: unknown) => boolean {
  const list = Array.isArray(wanted) ? wanted.map(text) : [text(wanted)]
  const first = list[0] ?? ''
  switch (operator) {
    case '=':
      return recorded => text(recorded) === first
    case '!=':
      return recorded => text(recorded) !== first
    case 'IN':
      return recorded => list.includes(text(recorded))
    case 'NIN':
      return recorded => !list.includes(text(recorded))
    case '~':
      return recorded => text(recorded).toLowerCase().includes(first.toLowerCase())
    case '!~':
      return recorded => !text(recorded).toLowerCase().includes(first.toLowerCase())
    case '^':
      return recorded => text(recorded).startsWith(first)
    case '$':
      return recorded => text(recorded).endsWith(first)
    case '>':
      return recorded => compareIds(text(recorded), first) > 0
    case '<':
      return recorded => compareIds(text(recorded), first) < 0
    case '>=':
      return recorded => compareIds(text(recorded), first) >= 0
    default:
      return recorded => compareIds(text(recorded), first) <= 0
  }
}

/** Orders ids: digits by their number, however long, all else as text. */
export function compareIds(a: string, b: string): number {
  if (/^\d+$/.test(a) && /^\d+$/.test(b) && a.length !== b.length) return a.length - b.length
  return a < b ? -1 : a > b ? 1 : 0
}

function text(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}
