import { Field } from './calendar-fields.js'

const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]
const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']

/** A field's names in Locale.US: the value of the first, then what is written, in full and short, and what else is read. */
export interface FieldNames {
  first: number
  long: readonly string[]
  short: readonly string[]
  /** Only read, as the era's; in the order of `long`. */
  other?: readonly string[]
}

const names: ReadonlyMap<Field, FieldNames> = new Map<Field, FieldNames>([
  [Field.era, { first: 0, long: ['BC', 'AD'], short: ['BC', 'AD'], other: ['Before Christ', 'Anno Domini'] }],
  [Field.month, { first: 0, long: months, short: months.map(name => name.slice(0, 3)) }],
  [Field.dayOfWeek, { first: 1, long: days, short: days.map(name => name.slice(0, 3)) }],
  [Field.amPm, { first: 0, long: ['AM', 'PM'], short: ['AM', 'PM'] }],
])

/** The names of a field that has any. */
export function namesOf(field: Field): FieldNames {
  const found = names.get(field)
  if (!found) throw new RangeError(`field ${field} has no names`)
  return found
}
