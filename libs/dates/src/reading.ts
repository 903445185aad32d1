import type { CalendarFields } from './calendar-fields.js'
import type { Zone } from './zone.js'

/** One text being read: where it is, what it has set, and the zone it turned out to be in. */
export interface Reading {
  text: string
  /** Behind what has been read, in UTF-16 units. */
  position: number
  fields: CalendarFields
  zone: Zone
  /** The year had two digits that can belong to either end of the hundred years from 80 years ago. */
  ambiguousYear: boolean
}

/** Whether `text` has `name` at `start`, in any case, compared character by character as `String.regionMatches` does. */
export function hasNameAt(text: string, start: number, name: string): boolean {
  if (start + name.length > text.length) return false
  for (let i = 0; i < name.length; i++) {
    const found = text.charCodeAt(start + i)
    const wanted = name.charCodeAt(i)
    if (found !== wanted && !sameLetter(found, wanted)) return false
  }
  return true
}

function sameLetter(first: number, second: number): boolean {
  if (first < 128 && second < 128) {
    const lower = first | 32
    return lower === (second | 32) && lower >= 97 && lower <= 122
  }
  const firstUpper = upper(String.fromCharCode(first))
  const secondUpper = upper(String.fromCharCode(second))
  return firstUpper === secondUpper || firstUpper.toLowerCase() === secondUpper.toLowerCase()
}

// One character stays one, as with Java's Character: ß has no single upper-case letter.
function upper(character: string): string {
  const result = character.toUpperCase()
  return result.length === 1 ? result : character
}
