import { Field } from './calendar-fields.js'
import { namesOf } from './field-names.js'
import type { LetterStep, PatternStep } from './pattern-steps.js'
import { digitOf, readNumber } from './read-number.js'
import { readIsoZone, readZone } from './read-zone.js'
import { hasNameAt, type Reading } from './reading.js'

/** The year that the hundred years of two-digit years start in. */
export type CenturyStart = () => number

/** Reads a text along a pattern's steps into the reading's fields. False where the text doesn't fit. */
export function readSteps(steps: readonly PatternStep[], reading: Reading, centuryStart: CenturyStart): boolean {
  for (let i = 0; i < steps.length; i++) {
    const step = steps[i] as PatternStep
    const read = step.kind === 'text' ? readText(step.text, reading) : readLetter(step, reading, centuryStart)
    if (!read) return false
  }
  return true
}

function readText(text: string, reading: Reading): boolean {
  for (let i = 0; i < text.length; i++) {
    if (reading.text.charCodeAt(reading.position + i) !== text.charCodeAt(i)) return false
  }
  reading.position += text.length
  return true
}

function readLetter(step: LetterStep, reading: Reading, centuryStart: CenturyStart): boolean {
  const { text, position: start } = reading
  let at = start
  let code = text.charCodeAt(at)
  while (code === 32 || code === 9) code = text.charCodeAt(++at)
  if (at >= text.length) return false
  reading.position = at
  switch (step.kind) {
    case 'name':
      return readName(step, reading, start)
    case 'zone':
      return readZone(reading, start)
    case 'iso-zone':
      return readIsoZone(reading, step.count)
    default: {
      // Spaces before the number count among its digits.
      const limit = step.fixedWidth ? start + step.count : text.length
      const value = limit > text.length ? null : readNumber(reading, limit)
      if (value === null) return false
      setNumber(step, value, reading, at, centuryStart)
      return true
    }
  }
}

function setNumber(step: LetterStep, value: number, reading: Reading, at: number, centuryStart: CenturyStart): void {
  const { fields } = reading
  switch (step.kind) {
    case 'year':
      fields.set(step.field, isTwoDigitYear(step, reading, at) ? yearWithin(value, reading, centuryStart()) : value)
      break
    case 'month':
      fields.set(Field.month, value - 1)
      break
    case 'hour-from-1':
      fields.set(step.field, value === (step.field === Field.hourOfDay ? 24 : 12) ? 0 : value)
      break
    case 'iso-day':
      // 1 is Monday; what is no day of the week is kept as it is, and rolls over later.
      fields.set(Field.dayOfWeek, value === 7 ? 1 : value >= 1 && value < 7 ? value + 1 : value)
      break
    default:
      fields.set(step.field, value)
  }
}

function isTwoDigitYear(step: LetterStep, { text, position }: Reading, at: number): boolean {
  return (
    step.count <= 2 && position - at === 2 && digitOf(text.charCodeAt(at)) >= 0 && digitOf(text.charCodeAt(at + 1)) >= 0
  )
}

function yearWithin(twoDigits: number, reading: Reading, centuryStart: number): number {
  const first = centuryStart % 100
  reading.ambiguousYear = twoDigits === first
  return centuryStart - first + twoDigits + (twoDigits < first ? 100 : 0)
}

function readName(step: LetterStep, reading: Reading, start: number): boolean {
  const { first, long, short, other = [] } = namesOf(step.field)
  // The full names come first: where two fit, the longer one is meant.
  for (const names of [other, long, short]) {
    const index = names.findIndex(name => hasNameAt(reading.text, start, name))
    if (index < 0) continue
    reading.fields.set(step.field, first + index)
    reading.position = start + (names[index] as string).length
    return true
  }
  return false
}
