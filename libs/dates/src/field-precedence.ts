import { Field, type CalendarFields } from './calendar-fields.js'

/** The group of fields that determines the day within the year. */
export type DayRule = 'day-of-month' | 'week-of-month' | 'day-of-week-in-month' | 'day-of-year' | 'week-of-year'

/**
 * Which fields determine the day, as `java.util.Calendar` decides it: the complete group with the field that was set
 * last, and where none is complete, a week or a day of the week alone.
 */
export function dayRule(fields: CalendarFields): DayRule {
  const dayOfWeek = fields.stamp(Field.dayOfWeek)
  const weekOfMonth = fields.stamp(Field.weekOfMonth)
  const inMonth = fields.stamp(Field.dayOfWeekInMonth)
  const weekOfYear = fields.stamp(Field.weekOfYear)

  let byDay = fields.stamp(Field.dayOfMonth)
  const byDayOfYear = fields.stamp(Field.dayOfYear)
  let byWeekOfMonth = latestOfBoth(weekOfMonth, dayOfWeek)
  let byDayInMonth = latestOfBoth(inMonth, dayOfWeek)
  let byWeekOfYear = latestOfBoth(weekOfYear, dayOfWeek)
  let best = Math.max(byDay, byWeekOfMonth, byDayInMonth, byDayOfYear, byWeekOfYear)
  if (best === 0) {
    byWeekOfMonth = weekOfMonth
    byDayInMonth = Math.max(inMonth, dayOfWeek)
    byWeekOfYear = weekOfYear
    best = Math.max(byWeekOfMonth, byDayInMonth, byWeekOfYear)
    if (best === 0) best = byDay = fields.stamp(Field.month)
  }

  if (best === byDay) return 'day-of-month'
  const isWeekOfMonth = best === byWeekOfMonth && weekOfMonth >= weekOfYear
  const isDayInMonth = best === byDayInMonth && inMonth >= weekOfYear
  if (isWeekOfMonth || isDayInMonth) {
    if (byWeekOfMonth === byDayInMonth) return weekOfMonth >= inMonth ? 'week-of-month' : 'day-of-week-in-month'
    return best === byWeekOfMonth ? 'week-of-month' : 'day-of-week-in-month'
  }
  return best === byDayOfYear ? 'day-of-year' : 'week-of-year'
}

/** The hour of the day: HH, or AM/PM with hh, whichever was completed last; either of the latter alone if need be. */
export function hourOfDay(fields: CalendarFields): number {
  const byDay = fields.stamp(Field.hourOfDay)
  const byHalf = latestOfBoth(fields.stamp(Field.hour), fields.stamp(Field.amPm))
  if (byDay !== 0 && byDay >= byHalf) return fields.get(Field.hourOfDay)
  return fields.get(Field.hour) + 12 * fields.get(Field.amPm)
}

function latestOfBoth(first: number, second: number): number {
  return first === 0 || second === 0 ? 0 : Math.max(first, second)
}
