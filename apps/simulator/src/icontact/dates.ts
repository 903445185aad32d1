import { instantOf, withOffset, zoneLess } from '../clock/zone.js'

/** iContact's own zone, in which its zone-less dates are. */
export const ICONTACT_ZONE = 'America/New_York'

/** `2012-06-09 15:46:52`: contacts. */
export function contactDate(epochMs: number): string {
  return zoneLess(epochMs, ICONTACT_ZONE)
}

/** `2012-06-09T16:25:50-04:00`: nearly everything else. */
export function offsetDate(epochMs: number): string {
  return withOffset(epochMs, ICONTACT_ZONE)
}

/** `2009-06-05T13:45:37-0400`: a contact's actions, whose offset has no colon. */
export function actionDate(epochMs: number): string {
  return withOffset(epochMs, ICONTACT_ZONE, '')
}

/** `20090725 14:55:12`: messages, as one source has them. */
export function compactDate(epochMs: number): string {
  return zoneLess(epochMs, ICONTACT_ZONE).replace(/-/g, '')
}

/** What a date in a filter or a row denotes: the instants from `from` up to, not including, `until`; null: no date. */
export function denotedBy(text: string): { from: number; until: number } | null {
  const match = /^(\d{4})-?(\d{2})-?(\d{2})(?:[T ](\d{2}):(\d{2}):(\d{2})(?:\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?$/.exec(
    text.trim(),
  )
  if (!match) return null
  const [, year, month, day, hour, minute, second, offset] = match
  const wall = {
    year: Number(year),
    month: Number(month),
    day: Number(day),
    hour: Number(hour ?? 0),
    minute: Number(minute ?? 0),
    second: Number(second ?? 0),
  }
  const from = offset === undefined ? instantOf(wall, ICONTACT_ZONE) : atOffset(wall, offset)
  const until = hour === undefined ? instantOf({ ...wall, day: wall.day + 1 }, ICONTACT_ZONE) : from + 1000
  return { from, until }
}

function atOffset(wall: Parameters<typeof instantOf>[0], offset: string): number {
  const naive = Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute, wall.second)
  if (offset === 'Z') return naive
  const digits = offset.replace(':', '')
  const minutes = Number(digits.slice(1, 3)) * 60 + Number(digits.slice(3, 5))
  return naive - (digits.startsWith('-') ? -minutes : minutes) * 60_000
}
