import { compileDatePattern } from '#dates'

// 1e11 s would be the year 5138, 1e11 ms is 1973.
const firstMilliseconds = 1e11
const earliest = Date.parse('0000-01-01T00:00:00Z')
const latest = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

const isoDate = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*(Z|[+-]\d\d(?::?\d\d)?)?)?$/i

/**
 * The instant that a vendor's date means, in milliseconds: Unix seconds or milliseconds as number or text, or ISO 8601
 * with any offset (`Z`, `+00:00`, `-0400`). Null where it is none, or not within the years 0 to 9999.
 * @param timeZone IANA, of dates that name none; default UTC
 */
export function parseInstant(value: unknown, timeZone = 'UTC'): number | null {
  const ms =
    typeof value === 'number' ? fromNumber(value) : typeof value === 'string' ? fromText(value, timeZone) : null
  return ms !== null && ms >= earliest && ms <= latest ? ms : null
}

function fromNumber(value: number): number | null {
  if (!Number.isFinite(value)) return null
  return Math.round(Math.abs(value) >= firstMilliseconds ? value : value * 1000)
}

function fromText(value: string, timeZone: string): number | null {
  const text = value.trim()
  if (/^-?\d+(?:\.\d+)?$/.test(text)) return fromNumber(Number(text))
  const match = isoDate.exec(text)
  if (!match) return null
  const [, day = '', minute = '00:00', second = '00', fraction = '', offset] = match
  const asUtc = Date.parse(`${day}T${minute}:${second}Z`)
  // Date.parse takes 24:00 and 30 February; a vendor that sends such things means no date.
  if (Number.isNaN(asUtc) || !new Date(asUtc).toISOString().startsWith(`${day}T${minute}`)) return null
  const ms = Number(fraction.padEnd(3, '0').slice(0, 3))
  if (offset !== undefined) return asUtc + ms - offsetMs(offset)
  if (timeZone === 'UTC') return asUtc + ms
  const local = compileDatePattern("yyyy-MM-dd'T'HH:mm:ss", timeZone).parse(`${day}T${minute}:${second}`)
  return local === null ? null : local.epochMs + ms
}

function offsetMs(offset: string): number {
  if (offset === 'Z' || offset === 'z') return 0
  const [hours = 0, minutes = 0] = [offset.slice(1, 3), offset.slice(3).replace(':', '') || '0'].map(Number)
  return (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000
}
