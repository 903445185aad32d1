import { Field } from './calendar-fields.js'
import {
  calendarDayOf,
  cutoverDay,
  dayMs,
  dayOfWeekOf,
  dayOfWeekOnOrBefore,
  epochDay,
  floorMod,
  julianMonthStart,
  yearStart,
} from './fixed-day.js'
import type { Zone } from './zone.js'

/** What calendar and clock show at an instant in a zone. */
export interface WallTime {
  /** Local time minus UTC, in milliseconds. */
  offset: number
  /** Whether daylight saving is part of that. */
  daylight: boolean
  field(field: Field): number
}

/** What `GregorianCalendar` shows at an instant: Julian before October 15, 1582, weeks starting on Sunday. */
export function wallTimeOf(epochMs: number, zone: Zone): WallTime {
  const span = zone.at(epochMs)
  const local = epochMs + span.offset
  const fixedDay = Math.floor(local / dayMs) + epochDay
  const timeOfDay = floorMod(local, dayMs)
  const { year, month, dayOfMonth } = calendarDayOf(fixedDay)

  function field(wanted: Field): number {
    switch (wanted) {
      case Field.era:
        return year > 0 ? 1 : 0
      case Field.year:
        return year > 0 ? year : 1 - year
      case Field.month:
        return month
      case Field.dayOfMonth:
        return dayOfMonth
      case Field.dayOfWeek:
        return dayOfWeekOf(fixedDay)
      case Field.dayOfYear:
        return fixedDay - yearStart(year) + 1
      case Field.weekOfYear:
      case Field.weekOfMonth:
      case Field.dayOfWeekInMonth:
      case Field.weekYear:
        return weekField(wanted)
      default:
        return timeField(wanted, timeOfDay)
    }
  }

  function weekField(wanted: Field): number {
    // The first day of a month that lost ten days to the cutover is still the Julian one.
    const lostDays = year === 1582 && month === 9 && fixedDay >= cutoverDay
    const nextYear = yearStart(year + 1)
    const monthStart = lostDays ? julianMonthStart(1582, 9) : fixedDay - dayOfMonth + 1
    if (wanted === Field.weekOfMonth) return weekNumber(monthStart, fixedDay)
    if (wanted === Field.dayOfWeekInMonth) return Math.floor((fixedDay - monthStart) / 7) + 1
    if (wanted === Field.weekOfYear) {
      return fixedDay >= nextYear - leadingDays(nextYear) ? 1 : weekNumber(yearStart(year), fixedDay)
    }
    // Before Christ, Java looks at the year after this one's number, forgetting the era: at 223 for 222 BC.
    const lookedAt = year > 0 ? nextYear : yearStart(-year)
    return fixedDay >= nextYear - leadingDays(lookedAt) ? year + 1 : year
  }

  return { offset: span.offset, daylight: span.offset !== span.standardOffset, field }
}

function timeField(wanted: Field, timeOfDay: number): number {
  const hour = Math.floor(timeOfDay / 3_600_000)
  switch (wanted) {
    case Field.hourOfDay:
      return hour
    case Field.hour:
      return hour % 12
    case Field.amPm:
      return hour < 12 ? 0 : 1
    case Field.minute:
      return Math.floor(timeOfDay / 60_000) % 60
    case Field.second:
      return Math.floor(timeOfDay / 1000) % 60
    case Field.millisecond:
      return timeOfDay % 1000
    default:
      throw new RangeError(`field ${wanted} is none of the time of day`)
  }
}

/** How many days of the week of a year's first day belong to the year before. */
function leadingDays(firstDay: number): number {
  return dayOfWeekOf(firstDay) - 1
}

function weekNumber(periodStart: number, fixedDay: number): number {
  return Math.floor((fixedDay - dayOfWeekOnOrBefore(periodStart, 1)) / 7) + 1
}
