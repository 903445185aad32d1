import { CalendarFields, Field } from './calendar-fields.js'
import { dayRule, hourOfDay, type DayRule } from './field-precedence.js'
import {
  calendarDayOf,
  cutoverDay,
  cutoverYear,
  dayMs,
  dayOfWeekOnOrBefore,
  epochDay,
  gregorianMonthStart,
  julianMonthStart,
  monthLength,
} from './fixed-day.js'
import { wallTimeOf } from './wall-time.js'
import type { Zone } from './zone.js'

const sunday = 1

type MonthStart = (year: number, month: number) => number

/**
 * The instant that the fields denote in a zone, as a lenient `GregorianCalendar` with Sunday as the week's first day
 * resolves them. Epoch milliseconds; beyond what Java's long holds they wrap as there.
 */
export function resolveFields(given: CalendarFields, zone: Zone): number {
  const fields = given.stamp(Field.weekYear) > given.stamp(Field.year) ? withWeekDate(given, zone) : given
  const wallMs = wallMsOf(fields)
  const offset = offsetAt(fields, zone, Number(wallMs))
  return typeof wallMs === 'number' ? wallMs - offset : Number(BigInt.asIntN(64, wallMs - BigInt(offset)))
}

// A bigint only where a number wouldn't be exact.
function wallMsOf(fields: CalendarFields): number | bigint {
  const timeOfDay = timeMs(fields)
  const carried = Math.floor(timeOfDay / dayMs)
  return dayStartMs(fixedDayOf(fields, carried), timeOfDay - carried * dayMs)
}

function dayStartMs(fixedDay: number, plus = 0): number | bigint {
  const days = fixedDay - epochDay
  if (Math.abs(days) < 100_000_000) return days * dayMs + plus
  return BigInt.asIntN(64, BigInt(days) * BigInt(dayMs) + BigInt(plus))
}

function offsetAt(fields: CalendarFields, zone: Zone, wallMs: number): number {
  const hasOffset = fields.has(Field.zoneOffset)
  const hasDst = fields.has(Field.dstOffset)
  if (hasOffset && hasDst) return fields.get(Field.zoneOffset) + fields.get(Field.dstOffset)
  const span = zone.atWall(wallMs)
  const standard = hasOffset ? fields.get(Field.zoneOffset) : span.standardOffset
  return standard + (hasDst ? fields.get(Field.dstOffset) : span.offset - span.standardOffset)
}

function timeMs(fields: CalendarFields): number {
  const minutes = hourOfDay(fields) * 60 + fields.get(Field.minute)
  return (minutes * 60 + fields.get(Field.second)) * 1000 + fields.get(Field.millisecond)
}

function fixedDayOf(fields: CalendarFields, carriedDays: number): number {
  let year = fields.has(Field.year) ? fields.get(Field.year) : 1970
  if (fields.has(Field.era) && fields.get(Field.era) === 0) year = (1 - year) | 0
  const rule = dayRule(fields)
  const julian = (): number => carriedDays + dayIn(julianMonthStart, year, fields, rule)
  if (year < cutoverYear) return julian()
  const gregorian = carriedDays + dayIn(gregorianMonthStart, year, fields, rule)
  if (year > cutoverYear && gregorian >= cutoverDay) return gregorian
  return chooseCalendar(gregorian, julian(), rule)
}

// Days of the ten that were dropped (October 5 to 14, 1582) are read as Julian ones.
function chooseCalendar(gregorian: number, julian: number, rule: DayRule): number {
  if (rule === 'day-of-year' || rule === 'week-of-year') return julian
  return gregorian >= cutoverDay && julian >= cutoverDay ? gregorian : julian
}

function dayIn(monthStart: MonthStart, givenYear: number, fields: CalendarFields, rule: DayRule): number {
  if (rule === 'day-of-year') return monthStart(givenYear, 0) + fields.get(Field.dayOfYear) - 1
  if (rule === 'week-of-year') return dayByWeekOfYear(monthStart(givenYear, 0), fields)
  let month = fields.get(Field.month)
  let year = givenYear
  if (month < 0 || month > 11) {
    const years = Math.floor(month / 12)
    month -= years * 12
    year = (year + years) | 0
  }
  const first = monthStart(year, month)
  switch (rule) {
    case 'day-of-month':
      return fields.has(Field.dayOfMonth) ? first + fields.get(Field.dayOfMonth) - 1 : first
    case 'week-of-month':
      return dayByWeekOfMonth(first, fields)
    case 'day-of-week-in-month':
      return dayByOrdinal(first, monthLength(year, month), fields)
  }
}

// The first week is the one that holds the period's first day, so it can start in the period before.
function firstWeek(firstDay: number): number {
  return dayOfWeekOnOrBefore(firstDay, sunday)
}

function dayByWeekOfYear(firstDay: number, fields: CalendarFields): number {
  const week = firstWeek(firstDay)
  const dayOfWeek = fields.has(Field.dayOfWeek) ? fields.get(Field.dayOfWeek) : sunday
  return dayOfWeekOnOrBefore(week + 6, dayOfWeek) + 7 * (fields.get(Field.weekOfYear) - 1)
}

function dayByWeekOfMonth(firstDay: number, fields: CalendarFields): number {
  const week = firstWeek(firstDay)
  const day = fields.has(Field.dayOfWeek) ? dayOfWeekOnOrBefore(week + 6, fields.get(Field.dayOfWeek)) : week
  return day + Math.imul(7, fields.get(Field.weekOfMonth) - 1)
}

function dayByOrdinal(firstDay: number, length: number, fields: CalendarFields): number {
  const dayOfWeek = fields.has(Field.dayOfWeek) ? fields.get(Field.dayOfWeek) : sunday
  const ordinal = fields.has(Field.dayOfWeekInMonth) ? fields.get(Field.dayOfWeekInMonth) : 1
  if (ordinal >= 0) return dayOfWeekOnOrBefore(firstDay + Math.imul(7, ordinal) - 1, dayOfWeek)
  const last = (length + Math.imul(7, ordinal + 1)) | 0
  return dayOfWeekOnOrBefore(firstDay + last - 1, dayOfWeek)
}

/** With week year, week and day of the week turned into year, month and day, set last: as `Calendar.setWeekDate`. */
function withWeekDate(given: CalendarFields, zone: Zone): CalendarFields {
  const fields = given.copy()
  let week = fields.has(Field.weekOfYear) ? fields.get(Field.weekOfYear) : 1
  let dayOfWeek = fields.has(Field.dayOfWeek) ? fields.get(Field.dayOfWeek) : sunday
  if (dayOfWeek < 1 || dayOfWeek > 7) {
    // An ISO day (1 is Monday) beyond its range was kept as it came, and only now turns into weeks.
    const shifted = dayOfWeek >= 8 ? dayOfWeek - 1 : dayOfWeek
    const iso = dayOfWeek >= 8 ? (shifted % 7) + 1 : shifted + 7 * Math.ceil((1 - shifted) / 7)
    week += dayOfWeek >= 8 ? Math.floor(shifted / 7) : (shifted - iso) / 7
    dayOfWeek = iso === 7 ? sunday : iso + 1
  }
  const era = wallTimeOf(resolveFields(withoutWeekYear(given), zone), zone).field(Field.era)
  const start = dayStartMs(weekYearStart(fields.get(Field.weekYear), era))
  const added = (dayOfWeek - sunday + Math.imul(7, week - 1)) | 0
  const day = Math.floor(Number(start) / dayMs) + epochDay + added
  const { year, month, dayOfMonth } = calendarDayOf(day)
  fields.set(Field.era, year > 0 ? 1 : 0)
  fields.set(Field.year, year > 0 ? year : 1 - year)
  fields.set(Field.month, month)
  fields.set(Field.dayOfMonth, dayOfMonth)
  return fields
}

function withoutWeekYear(given: CalendarFields): CalendarFields {
  const fields = given.copy()
  fields.unset(Field.weekYear)
  return fields
}

function weekYearStart(weekYear: number, era: number): number {
  const scratch = new CalendarFields()
  scratch.set(Field.era, era)
  scratch.set(Field.year, weekYear)
  scratch.set(Field.weekOfYear, 1)
  scratch.set(Field.dayOfWeek, sunday)
  return fixedDayOf(scratch, 0)
}
