import { intervals, type Interval } from '#deliveries'

const second = 1_000
const fixed = { second, minute: 60 * second, hour: 3_600 * second, day: 86_400 * second, week: 604_800 * second }
// 1970 began on a Thursday, three days into a week.
const mondayOffset = 4 * fixed.day

/** The beginning of the interval that an instant lies in: UTC, weeks from Monday. */
export function beginningOf(at: Date, interval: Interval): Date {
  switch (interval) {
    case 'year':
      return utc(at.getUTCFullYear(), 0)
    case 'month':
      return utc(at.getUTCFullYear(), at.getUTCMonth())
    default: {
      const offset = interval === 'week' ? mondayOffset : 0
      return new Date(Math.floor((at.getTime() - offset) / fixed[interval]) * fixed[interval] + offset)
    }
  }
}

/** The beginning of the interval so many after that of `at`; before it where `many` is negative. */
export function later(at: Date, interval: Interval, many: number): Date {
  const beginning = beginningOf(at, interval)
  switch (interval) {
    case 'year':
      return utc(beginning.getUTCFullYear() + many, 0)
    case 'month':
      return utc(beginning.getUTCFullYear(), beginning.getUTCMonth() + many)
    default:
      return new Date(beginning.getTime() + many * fixed[interval])
  }
}

/** How many intervals there are from the one that `from` lies in to the one that `to` lies in, both included. */
export function numberOf(from: Date, to: Date, interval: Interval): number {
  const [first, last] = [beginningOf(from, interval), beginningOf(to, interval)]
  const years = last.getUTCFullYear() - first.getUTCFullYear()
  switch (interval) {
    case 'year':
      return years + 1
    case 'month':
      return years * 12 + last.getUTCMonth() - first.getUTCMonth() + 1
    default:
      return (last.getTime() - first.getTime()) / fixed[interval] + 1
  }
}

/** The shortest interval of which there are no more than `most`; null where even the years are more. */
export function finest(from: Date, to: Date, most: number): Interval | null {
  return intervals.findLast(interval => numberOf(from, to, interval) <= most) ?? null
}

// Date.UTC takes the years 0 to 99 for those of the last century.
function utc(year: number, month: number): Date {
  const date = new Date(0)
  date.setUTCFullYear(year, month, 1)
  return date
}
