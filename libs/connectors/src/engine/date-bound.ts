import { compileDatePattern } from '#dates'
import type { FilterField, Operator } from '../definition.js'
import { at, type Members } from './path.js'
import { parseInstant } from './vendor-date.js'

const second = 1_000
const hour = 3_600_000
/** From a bound to the end of the day that it is in, in any zone, clocks put back included. */
const longestDay = 25 * hour

/** One comparison as it is put to the vendor. `bound`: what the vendor's format says. */
export interface VendorComparison {
  operator: Operator
  bound: string | number
}

/**
 * The zone of a date field's dates that name none.
 * @param accountZone what the vendor said of the account
 */
export function zoneOf(field: FilterField, accountZone: string | undefined): string {
  return (field.timeZone === 'account' ? accountZone : field.timeZone) ?? 'UTC'
}

/**
 * How a vendor is asked for the dates that stand in a relation to an instant: as it is where the vendor's comparison is
 * exact, else by a wider one (a day, an hour, a second more), never a narrower one. Null where no operator of its does it.
 */
export function compareDates(
  operator: Operator,
  instant: number,
  field: FilterField,
  timeZone: string,
  known: ReadonlySet<Operator>,
): VendorComparison[] | null {
  const bound = (ms: number) => vendorDate(ms, field, timeZone)
  const spare = spareMs(field, instant, timeZone)
  if (isExact(field) && spare === 0 && known.has(operator)) return [{ operator, bound: bound(instant) }]
  return widened()

  function widened(): VendorComparison[] | null {
    const sides: (VendorComparison | null)[] = []
    if (operator === '>' || operator === '>=' || operator === '=') sides.push(lower())
    if (operator === '<' || operator === '<=' || operator === '=') sides.push(upper())
    return sides.length > 0 && sides.every(side => side !== null) ? sides : null
  }

  function lower(): VendorComparison | null {
    if (known.has('>=')) return { operator: '>=', bound: bound(instant - spare) }
    // `>` begins with the day after its bound's. Which day that is, is the vendor's to say: its zone may have changed.
    const before = field.granularity === 'day' ? longestDay : second
    return known.has('>') ? { operator: '>', bound: bound(instant - spare - before) } : null
  }

  function upper(): VendorComparison | null {
    if (known.has('<=')) return { operator: '<=', bound: bound(instant + spare) }
    const after = field.granularity === 'day' ? longestDay : second
    return known.has('<') ? { operator: '<', bound: bound(instant + spare + after) } : null
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
  timeZone: string,
): (record: Members) => boolean {
  return record => {
    const date = parseInstant(at(record, name), timeZone)
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

/**
 * How far from `instant` the vendor may take what is dated then to be: as far as a clock that was put back showed the
 * same time again.
 */
export function spareMs({ wallClock }: FilterField, instant: number, timeZone: string): number {
  if (!wallClock) return 0
  const clock = compileDatePattern('yyyy-MM-dd HH:mm:ss', timeZone)
  const shown = clock.format(instant)
  const again = [hour, hour / 2].find(
    ms => clock.format(instant - ms) === shown || clock.format(instant + ms) === shown,
  )
  return again ?? 0
}

/** An instant as the vendor writes this field. */
export function vendorDate(ms: number, field: FilterField, timeZone: string): string | number {
  const format = field.format ?? 'timestamp'
  if (format === 'timestamp') return Math.floor(ms / 1000)
  if (format === 'milliseconds') return ms
  return compileDatePattern(format, timeZone).format(ms)
}
