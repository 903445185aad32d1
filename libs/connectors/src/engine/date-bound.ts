import { compileDatePattern } from '#dates'
import type { FilterField, Operator } from '../definition.js'
import { at, type Members } from './path.js'
import { parseInstant } from './vendor-date.js'

const second = 1000
const hour = 3_600_000
const day = 24 * hour

/** One comparison as it is put to the vendor. `bound`: what the vendor's format says. */
export interface VendorComparison {
  operator: Operator
  bound: string | number
}

/** The zone that a date field's vendor reckons in; `known` is false where the account's isn't known. */
export interface FieldZone {
  timeZone: string
  known: boolean
}

/** @param accountZone what the vendor said of the account */
export function zoneOf(field: FilterField, accountZone: string | undefined): FieldZone {
  if (field.timeZone !== 'account') return { timeZone: field.timeZone ?? 'UTC', known: true }
  return { timeZone: accountZone ?? 'UTC', known: accountZone !== undefined }
}

/**
 * How a vendor is asked for the dates that stand in a relation to an instant: as it is where the vendor's comparison is
 * exact, else by a wider one (whole days, a second more), never a narrower one. Null where no operator of its does it.
 */
export function compareDates(
  operator: Operator,
  instant: number,
  field: FilterField,
  zone: FieldZone,
  known: ReadonlySet<Operator>,
): VendorComparison[] | null {
  const bound = (ms: number) => vendorDate(ms, field, zone)
  if (isExact(field)) return known.has(operator) ? [{ operator, bound: bound(instant) }] : widened()
  return widened()

  function widened(): VendorComparison[] | null {
    const sides: (VendorComparison | null)[] = []
    if (operator === '>' || operator === '>=' || operator === '=') sides.push(lower())
    if (operator === '<' || operator === '<=' || operator === '=') sides.push(upper())
    return sides.length > 0 && sides.every(side => side !== null) ? sides : null
  }

  function lower(): VendorComparison | null {
    if (field.granularity === 'day') {
      const from = startOfDay(instant, zone) - (zone.known ? 0 : day)
      if (known.has('>=')) return { operator: '>=', bound: bound(from) }
      // Noon of the day before: `>` begins after the whole day that its bound is in, however long that day was.
      return known.has('>') ? { operator: '>', bound: bound(from - day / 2) } : null
    }
    if (known.has('>=')) return { operator: '>=', bound: bound(instant) }
    return known.has('>') ? { operator: '>', bound: bound(instant - second) } : null
  }

  function upper(): VendorComparison | null {
    if (field.granularity === 'day') {
      const next = startOfDay(instant, zone) + day + (zone.known ? 0 : day)
      return known.has('<') ? { operator: '<', bound: bound(next + day / 2) } : null
    }
    if (known.has('<=')) return { operator: '<=', bound: bound(instant) }
    return known.has('<') ? { operator: '<', bound: bound(instant + second) } : null
  }
}

/** Whether the vendor's own comparison of this date can be relied on. */
export function isExact(field: FilterField): boolean {
  return field.granularity !== 'day' && field.inexact !== true
}

/** Compares a record's date again, where the vendor was asked for more. A date that can't be read stays in. */
export function dateCheck(
  operator: Operator,
  instant: number,
  name: string,
  zone: FieldZone,
): (record: Members) => boolean {
  return record => {
    const date = parseInstant(at(record, name), zone.timeZone)
    if (date === null) return true
    switch (operator) {
      case '>':
        return date > instant
      case '>=':
        return date >= instant
      case '<':
        return date < instant
      case '<=':
        return date <= instant
      case '=':
        return date === instant
      default:
        return true
    }
  }
}

function startOfDay(instant: number, { timeZone }: FieldZone): number {
  const days = compileDatePattern('yyyy-MM-dd', timeZone)
  return days.parse(days.format(instant))?.epochMs ?? instant - day
}

/** An instant as the vendor writes this field. */
export function vendorDate(ms: number, field: FilterField, { timeZone }: FieldZone): string | number {
  const format = field.format ?? 'timestamp'
  if (format === 'timestamp') return Math.floor(ms / 1000)
  if (format === 'milliseconds') return ms
  return compileDatePattern(format, timeZone).format(ms)
}
