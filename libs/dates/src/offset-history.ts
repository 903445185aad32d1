import type { StandardHistory } from './standard-history.js'
import type { ZoneSpan } from './zone.js'

interface StartedSpan extends ZoneSpan {
  from: number
}

/** The spans of some stretch of time, with some days more on both sides, so that wall-clock times find theirs too. */
interface Stretch {
  from: number
  to: number
  spans: readonly StartedSpan[]
}

// About a year: little enough to be found out well within a millisecond when a date first falls into it.
const stretchMs = 360 * 86_400_000
const marginMs = 3 * 86_400_000
// Two changes closer together than this could be missed; the closest ever were 7 days apart, in Brazil in 2000.
const probeMs = 6 * 86_400_000
const startOfHistory = Date.UTC(1900, 0, 1)
/** Java knows changes that follow no yearly rule (Morocco's Ramadan) only up to here. */
const endOfHistory = Date.UTC(2038, 0, 1) - 1
/** From 2500 on, what holds in the same year of the 400-year cycle of the calendar. */
const startOfCycles = Date.UTC(2500, 0, 1)
const cycleMs = 146_097 * 86_400_000
const longestSavings = 7_200_000

/**
 * A zone's offsets as Intl knows them, looked up lazily and kept. Before 1900 there is one, as in Java.
 * @param standard which part of them is standard time; null where that has to be guessed
 */
export function offsetHistory(
  id: string,
  standard: StandardHistory | null,
): { at(epochMs: number): ZoneSpan; atWall(wallMs: number): ZoneSpan } {
  const offsetAt = intlOffset(id)
  const stretches = new Map<number, Stretch>()
  let latest: Stretch = { from: 0, to: 0, spans: [] }
  const standardAt = standard ? standard.offsetAt : guessedStandard(offsetAt)
  const first: ZoneSpan = { offset: standardAt(startOfHistory - 1), standardOffset: standardAt(startOfHistory - 1) }

  const ruled = !standard || standard.savings !== 0
  const known = (time: number): number => (ruled ? withinCycle(time) : Math.min(time, endOfHistory))

  function stretchAt(time: number): Stretch {
    if (time >= latest.from && time < latest.to) return latest
    const index = Math.floor(time / stretchMs)
    let stretch = stretches.get(index)
    if (!stretch) {
      stretch = explore(index * stretchMs, offsetAt, standardAt, standard?.changes ?? [], first)
      stretches.set(index, stretch)
    }
    return (latest = stretch)
  }

  return {
    at(epochMs) {
      if (epochMs < startOfHistory) return first
      const time = known(epochMs)
      const { spans } = stretchAt(time)
      let i = spans.length - 1
      while (i > 0 && (spans[i] as StartedSpan).from > time) i--
      return spans[i] as StartedSpan
    },
    atWall(wallMs) {
      if (wallMs < startOfHistory - marginMs) return first
      const time = known(wallMs)
      const { spans } = stretchAt(time)
      let i = spans.length - 1
      while (i > 0 && (spans[i] as StartedSpan).from + (spans[i] as StartedSpan).offset > time) i--
      return spans[i] as StartedSpan
    },
  }
}

function withinCycle(time: number): number {
  return time < startOfCycles ? time : time - Math.floor((time - startOfCycles) / cycleMs + 1) * cycleMs
}

function explore(
  from: number,
  offsetAt: (time: number) => number,
  standardAt: (time: number) => number,
  standardChanges: readonly number[],
  before1900: ZoneSpan,
): Stretch {
  const to = from + stretchMs
  const start = Math.max(from - marginMs, startOfHistory)
  const end = to + marginMs
  const starts = [start, ...standardChanges.filter(change => change > start && change < end)]
  let offset = offsetAt(start)
  for (let low = start; low < end; low += probeMs) {
    const high = Math.min(low + probeMs, end)
    const next = offsetAt(high)
    if (next !== offset) starts.push(firstDifference(low, high, offset, offsetAt))
    offset = next
  }
  const spans = [...new Set(starts)].sort((a, b) => a - b).map(time => spanAt(time, offsetAt(time), standardAt(time)))
  return { from, to, spans: start === startOfHistory ? [{ from: -Infinity, ...before1900 }, ...spans] : spans }
}

function spanAt(from: number, offset: number, standardOffset: number): StartedSpan {
  const saving = offset - standardOffset
  // The table may be older than Intl's data: what can't be daylight saving is a standard time it doesn't know.
  return { from, offset, standardOffset: saving < 0 || saving > longestSavings ? offset : standardOffset }
}

/** The first instant after `low` with another offset than the one at `low`, to the second. */
function firstDifference(low: number, high: number, before: number, offsetAt: (time: number) => number): number {
  let [same, other] = [low / 1000, high / 1000]
  while (other - same > 1) {
    const middle = Math.floor((same + other) / 2)
    if (offsetAt(middle * 1000) === before) same = middle
    else other = middle
  }
  return other * 1000
}

function guessedStandard(offsetAt: (time: number) => number): (time: number) => number {
  const halfYear = 182 * 86_400_000
  return time => Math.min(offsetAt(time - halfYear), offsetAt(time), offsetAt(time + halfYear))
}

const printed = /^(\d+)\/(\d+)\/(\d+), (\d+):(\d+):(\d+)$/

function intlOffset(id: string): (time: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: id,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  return time => {
    const [, month, day, year, hour, minute, second] = (printed.exec(format.format(time)) ?? []).map(Number)
    return Date.UTC(year ?? NaN, (month ?? NaN) - 1, day, hour, minute, second) - time
  }
}
