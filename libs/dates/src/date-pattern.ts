import { CalendarFields, Field } from './calendar-fields.js'
import { instant } from './instant.js'
import { numberPattern } from './number-pattern.js'
import { patternSteps } from './pattern-steps.js'
import { readSteps } from './read-steps.js'
import type { Reading } from './reading.js'
import { resolveFields } from './resolve-fields.js'
import { wallTimeOf } from './wall-time.js'
import { writeSteps } from './write-steps.js'
import { zoneOf, type Zone } from './zone.js'

/** The instant that a text denotes. */
export interface ParsedDate {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  epochMs: number
  /** The number of UTF-16 units read; what follows was ignored. */
  end: number
}

/** A compiled date pattern; stateless to its users, and made to be kept. */
export interface DatePattern {
  /**
   * The instant that `text` denotes, as `java.text.SimpleDateFormat.parse(String)` with `Locale.US` would read it:
   * leniently, ignoring what follows. Zone-less text is in the pattern's own zone; in an overlap it is the later
   * instant, and in a gap it rolls forward.
   * @returns null where Java throws
   */
  parse(text: string): ParsedDate | null
  /**
   * The text of an instant, as `SimpleDateFormat.format` writes it.
   * @throws RangeError where `epochMs` is no finite number
   */
  format(epochMs: number): string
}

/**
 * Compiles a pattern of `java.text.SimpleDateFormat` (Java 17, `Locale.US`, lenient), or one of the words `timestamp`
 * (Unix seconds; numbers from 1e11 on are taken for milliseconds), `milliseconds` and `epoch` (both milliseconds).
 * One stray quote at the end, as in `milliseconds'`, is ignored. Two-digit years lie from 80 years ago to 20 years ahead.
 * @param timeZone what zone-less text is in and instants are written in; see `zoneOf`
 * @throws DateSyntaxError that names the unknown letter, the unclosed quote or the unknown zone
 */
export function compileDatePattern(pattern: string, timeZone = 'UTC'): DatePattern {
  const zone = zoneOf(timeZone)
  return numberPattern(pattern) ?? letterPattern(pattern, zone)
}

function letterPattern(pattern: string, zone: Zone): DatePattern {
  const steps = patternSteps(pattern)
  const century = centuryOf(zone)
  const reading: Reading = { text: '', position: 0, fields: new CalendarFields(), zone, ambiguousYear: false }
  return {
    parse(text) {
      const { fields } = reading
      fields.clear()
      reading.text = text
      reading.position = 0
      reading.zone = zone
      reading.ambiguousYear = false
      if (!readSteps(steps, reading, century.year)) return null
      const end = reading.position
      if (end === 0) return null
      const epochMs = resolveFields(fields, reading.zone)
      if (!reading.ambiguousYear || epochMs >= century.start()) return { epochMs, end }
      fields.adjust(Field.year, 100)
      fields.adjust(Field.weekYear, 100)
      return { epochMs: resolveFields(fields, reading.zone), end }
    },
    format(epochMs) {
      return writeSteps(steps, Math.floor(instant(epochMs)), zone)
    },
  }
}

/** The hundred years that two-digit years lie in, which start 80 years ago, by the calendar of the zone. */
function centuryOf(zone: Zone): { start(): number; year(): number } {
  let computedAt = NaN
  let start = NaN
  let year = NaN
  function refresh(): void {
    const now = Date.now()
    if (Math.abs(now - computedAt) < 60_000) return
    computedAt = now
    start = eightyYearsBefore(now, zone)
    year = wallTimeOf(start, zone).field(Field.year)
  }
  return {
    start() {
      refresh()
      return start
    },
    year() {
      refresh()
      return year
    },
  }
}

const kept = [Field.month, Field.dayOfMonth, Field.hourOfDay, Field.minute, Field.second, Field.millisecond]

function eightyYearsBefore(epochMs: number, zone: Zone): number {
  const time = wallTimeOf(epochMs, zone)
  const fields = new CalendarFields()
  fields.set(Field.year, time.field(Field.year) - 80)
  for (const field of kept) fields.set(field, time.field(field))
  return resolveFields(fields, zone)
}
