import type { DatePattern } from './date-pattern.js'
import { instant } from './instant.js'

const number = /^[ \t]*(-?\d+(?:\.\d+)?)/
/** As seconds these would be the year 5138; as milliseconds they are 1973 and later. */
const leastMilliseconds = 1e11

/** The pattern of a word that stands for a number of seconds or milliseconds; null for any other text. */
export function numberPattern(pattern: string): DatePattern | null {
  switch (pattern.replace(/'$/, '')) {
    case 'timestamp':
      return {
        parse: text => readInstant(text, value => (Math.abs(value) >= leastMilliseconds ? value : value * 1000)),
        format: epochMs => String(Math.floor(instant(epochMs) / 1000)),
      }
    case 'milliseconds':
    case 'epoch':
      return {
        parse: text => readInstant(text, value => value),
        format: epochMs => String(Math.floor(instant(epochMs))),
      }
    default:
      return null
  }
}

function readInstant(text: string, toMs: (value: number) => number): { epochMs: number; end: number } | null {
  const match = number.exec(text)
  if (!match) return null
  // Rounded, since 1234567890.123 seconds aren't exactly 1234567890123 ms in binary.
  return { epochMs: Math.round(toMs(Number(match[1]))), end: match[0].length }
}
