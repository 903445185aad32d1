const formats = new Map<string, Intl.DateTimeFormat>()

/** A wall clock's reading. */
export interface WallTime {
  year: number
  month: number
  day: number
  hour: number
  minute: number
  second: number
}

/** What a wall clock in `timeZone` shows at `epochMs`. Throws a RangeError on an unknown zone. */
export function wallTime(epochMs: number, timeZone: string): WallTime {
  const read = new Map(
    formatOf(timeZone)
      .formatToParts(epochMs)
      .map(part => [part.type, Number(part.value)]),
  )
  const part = (type: Intl.DateTimeFormatPartTypes) => read.get(type) ?? 0
  return {
    year: part('year'),
    month: part('month'),
    day: part('day'),
    hour: part('hour'),
    minute: part('minute'),
    second: part('second'),
  }
}

/** The zone's offset from UTC at `epochMs`, in minutes. */
export function offsetMinutes(epochMs: number, timeZone: string): number {
  return Math.round((asUtc(wallTime(epochMs, timeZone)) - Math.floor(epochMs / 1000) * 1000) / 60_000)
}

/** The instant at which a wall clock in `timeZone` shows `wall`; of two such instants the earlier. */
export function instantOf(wall: WallTime, timeZone: string): number {
  const naive = asUtc(wall)
  const candidates = [naive - 86_400_000, naive + 86_400_000].map(
    around => naive - offsetMinutes(around, timeZone) * 60_000,
  )
  const exact = candidates.filter(candidate => asUtc(wallTime(candidate, timeZone)) === naive)
  return exact.length > 0 ? Math.min(...exact) : Math.max(...candidates)
}

/** Midnight, in `timeZone`, of the day that `epochMs` falls on, moved by `days`. */
export function startOfDay(epochMs: number, timeZone: string, days = 0): number {
  const { year, month, day } = wallTime(epochMs, timeZone)
  const date = new Date(Date.UTC(year, month - 1, day + days))
  return instantOf(
    {
      year: date.getUTCFullYear(),
      month: date.getUTCMonth() + 1,
      day: date.getUTCDate(),
      hour: 0,
      minute: 0,
      second: 0,
    },
    timeZone,
  )
}

/** `2012-06-09 15:46:52` in `timeZone`. */
export function zoneLess(epochMs: number, timeZone: string, separator = ' '): string {
  const { year, month, day, hour, minute, second } = wallTime(epochMs, timeZone)
  const two = (n: number) => String(n).padStart(2, '0')
  return `${String(year)}-${two(month)}-${two(day)}${separator}${two(hour)}:${two(minute)}:${two(second)}`
}

/** `2012-06-09T15:46:52-04:00` in `timeZone`; `colon: ''` writes the offset as `-0400`. */
export function withOffset(epochMs: number, timeZone: string, colon = ':'): string {
  const minutes = offsetMinutes(epochMs, timeZone)
  const two = (n: number) => String(n).padStart(2, '0')
  const offset = `${minutes < 0 ? '-' : '+'}${two(Math.floor(Math.abs(minutes) / 60))}${colon}${two(Math.abs(minutes) % 60)}`
  return `${zoneLess(epochMs, timeZone, 'T')}${offset}`
}

function asUtc(wall: WallTime): number {
  return Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute, wall.second)
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone)
  if (known) return known
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  formats.set(timeZone, made)
  return made
}
