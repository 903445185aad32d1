// Days are counted as in Java: day 1 is January 1 of year 1 in the (proleptic) Gregorian calendar, a Monday.

export const dayMs = 86_400_000

/** The fixed day of 1970-01-01. */
export const epochDay = 719_163

/** 1582-10-15, the first day of the Gregorian calendar; the day before it was October 4 of the Julian one. */
export const cutoverDay = 577_736
export const cutoverYear = 1582

/** A day of the calendar in force on it. Years before 1 are 0, -1, …; months run from 0. */
export interface CalendarDay {
  year: number
  month: number
  dayOfMonth: number
}

export function floorMod(value: number, by: number): number {
  return value - Math.floor(value / by) * by
}

export function isGregorianLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
}

/** By the calendar in force in that year. */
export function isLeap(year: number): boolean {
  return year > cutoverYear ? isGregorianLeap(year) : year % 4 === 0
}

/** The fixed day of a month's first day, month 0 to 11, in the Gregorian calendar. */
export function gregorianMonthStart(year: number, month: number): number {
  const before = year - 1
  const leaps = Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400)
  return 365 * before + leaps + daysBeforeMonth(month, isGregorianLeap(year)) + 1
}

/** The same in the Julian calendar. */
export function julianMonthStart(year: number, month: number): number {
  const before = year - 1
  return 365 * before + Math.floor(before / 4) + daysBeforeMonth(month, year % 4 === 0) - 1
}

/** The fixed day of January 1 by the calendar in force on that day. */
export function yearStart(year: number): number {
  return year > cutoverYear ? gregorianMonthStart(year, 0) : julianMonthStart(year, 0)
}

export function monthLength(year: number, month: number): number {
  const leap = isLeap(year)
  return month === 11 ? 31 : daysBeforeMonth(month + 1, leap) - daysBeforeMonth(month, leap)
}

/** The calendar day of a fixed day: Gregorian from the cutover on, Julian before it. */
export function calendarDayOf(fixedDay: number): CalendarDay {
  return fixedDay >= cutoverDay ? gregorianDayOf(fixedDay) : julianDayOf(fixedDay)
}

/** The last day that falls on `dayOfWeek` (Sunday is 1) up to and including `fixedDay`. */
export function dayOfWeekOnOrBefore(fixedDay: number, dayOfWeek: number): number {
  // Texts can set any number as the day of the week, and Java counts in ints.
  return fixedDay - floorMod(fixedDay - ((dayOfWeek - 1) | 0), 7)
}

/** 1 (Sunday) to 7. */
export function dayOfWeekOf(fixedDay: number): number {
  return floorMod(fixedDay, 7) + 1
}

const daysBefore = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334]

function daysBeforeMonth(month: number, leap: boolean): number {
  return (daysBefore[month] as number) + (leap && month > 1 ? 1 : 0)
}

function gregorianDayOf(fixedDay: number): CalendarDay {
  const day = fixedDay - 1
  const cycle400 = Math.floor(day / 146_097)
  let rest = day - cycle400 * 146_097
  const centuries = Math.min(3, Math.floor(rest / 36_524))
  rest -= centuries * 36_524
  const cycle4 = Math.floor(rest / 1_461)
  rest -= cycle4 * 1_461
  const years = Math.min(3, Math.floor(rest / 365))
  const year = 400 * cycle400 + 100 * centuries + 4 * cycle4 + years + 1
  return dayWithin(year, rest - years * 365, isGregorianLeap(year))
}

function julianDayOf(fixedDay: number): CalendarDay {
  const day = fixedDay + 1
  const cycle4 = Math.floor(day / 1_461)
  const rest = day - cycle4 * 1_461
  const years = Math.min(3, Math.floor(rest / 365))
  const year = 4 * cycle4 + years + 1
  return dayWithin(year, rest - years * 365, year % 4 === 0)
}

function dayWithin(year: number, dayOfYear: number, leap: boolean): CalendarDay {
  let month = Math.min(11, Math.floor(dayOfYear / 28))
  while (daysBeforeMonth(month, leap) > dayOfYear) month--
  return { year, month, dayOfMonth: dayOfYear - daysBeforeMonth(month, leap) + 1 }
}
