import { DateSyntaxError } from './date-syntax-error.js'
import { offsetHistory } from './offset-history.js'
import { standardHistoryOf, type StandardHistory } from './standard-history.js'

/** A stretch of time in which a zone's offset, and what of it is standard time, stays the same. */
export interface ZoneSpan {
  /** Local time minus UTC, in milliseconds. */
  offset: number
  /** The part of it that isn't daylight saving. */
  standardOffset: number
}

/** A time zone as `java.util.TimeZone` knows it. */
export interface Zone {
  id: string
  /** What daylight saving adds by today's rules, in milliseconds; 0 where there is none today. */
  savings: number
  /** What holds at an instant. */
  at(epochMs: number): ZoneSpan
  /** What Java takes to hold at a wall-clock time: in an overlap the later span, in a gap the earlier one. */
  atWall(wallMs: number): ZoneSpan
}

const zones = new Map<string, Zone>()

/**
 * The zone of an id, as `java.util.TimeZone.getTimeZone` takes it: an id of the tz database, one of Java's older ones
 * (`PST`, `IST`, …, with Java 17's meaning), or `GMT+h`, `GMT+hh`, `GMT+hhmm`, `GMT+hh:mm` and the same with a minus.
 * @throws DateSyntaxError (`unknown-zone`) where Java would silently take GMT
 */
export function zoneOf(id: string): Zone {
  const known = zones.get(id)
  if (known) return known
  const zone = customZone(id) ?? namedZone(id)
  if (!zone) {
    throw new DateSyntaxError(
      'unknown-zone',
      id,
      `unknown time zone "${id}"; write an id like America/New_York, PST, UTC or GMT-05:30`,
    )
  }
  zones.set(id, zone)
  return zone
}

/** `GMT+hh:mm`, as Java calls a zone that is only an offset. */
export function offsetName(offsetMs: number): string {
  const minutes = Math.abs(Math.trunc(offsetMs / 60_000))
  const two = (value: number): string => String(value).padStart(2, '0')
  return `GMT${offsetMs < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}

// Hours; hours, a colon and minutes; or both as one number, which Java lets have leading zeros.
const customId = /^GMT([+-])(?:(\d{1,2})|(\d{0,2}):(\d{2})|0*(\d{1,2}?)(\d{2}))$/

function customZone(id: string): Zone | null {
  const match = customId.exec(id)
  if (!match) return null
  const [, sign, onlyHours, hours, minutes, leadingDigits, lastDigits] = match
  const hour = Number(onlyHours ?? hours ?? leadingDigits)
  const minute = Number(minutes ?? lastDigits ?? 0)
  if (hour > 23 || minute > 59) return null
  const offset = (sign === '-' ? -1 : 1) * (hour * 60 + minute) * 60_000
  return fixedZone(offset === 0 ? `GMT${sign}00:00` : offsetName(offset), offset)
}

function fixedZone(id: string, offset: number): Zone {
  const span = { offset, standardOffset: offset }
  return { id, savings: 0, at: () => span, atWall: () => span }
}

function namedZone(id: string): Zone | null {
  const standard = standardHistoryOf(id)
  if (standard) return standard.fixed ? fixedZone(id, standard.offsetAt(0)) : historicZone(id, standard)
  // A zone that is younger than the table: without it, the lower offset of the year is its standard time.
  if (!Intl.supportedValuesOf('timeZone').includes(id)) return null
  return historicZone(id, null)
}

function historicZone(id: string, standard: StandardHistory | null): Zone {
  const history = offsetHistory(id, standard)
  return { id, savings: standard?.savings ?? 0, at: history.at, atWall: history.atWall }
}
