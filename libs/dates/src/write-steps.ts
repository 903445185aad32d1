import { Field } from './calendar-fields.js'
import { namesOf } from './field-names.js'
import type { LetterStep, PatternStep } from './pattern-steps.js'
import { wallTimeOf, type WallTime } from './wall-time.js'
import type { Zone } from './zone.js'
import { zoneName } from './zone-names.js'

/** An instant written along a pattern's steps. */
export function writeSteps(steps: readonly PatternStep[], epochMs: number, zone: Zone): string {
  const time = wallTimeOf(epochMs, zone)
  let text = ''
  for (const step of steps) text += step.kind === 'text' ? step.text : writeLetter(step, time, zone)
  return text
}

function writeLetter(step: LetterStep, time: WallTime, zone: Zone): string {
  const { kind, count, field } = step
  switch (kind) {
    case 'zone':
      return step.letter === 'Z' ? rfcOffset(time) : zoneName(zone, count < 4 ? 'short' : 'long', time.daylight)
    case 'iso-zone':
      return isoOffset(time.offset, count)
    case 'name':
      return name(field, time.field(field), count)
    case 'month':
      return padded(time.field(field) + 1, count)
    case 'year':
      return count === 2 ? lastTwoDigits(time.field(field)) : padded(time.field(field), count)
    case 'hour-from-1':
      return padded(time.field(field) || (field === Field.hourOfDay ? 24 : 12), count)
    case 'iso-day':
      return padded(time.field(field) === 1 ? 7 : time.field(field) - 1, count)
    case 'number':
      return padded(time.field(field), count)
  }
}

function name(field: Field, value: number, count: number): string {
  const names = namesOf(field)
  return (count < 4 ? names.short : names.long)[value - names.first] as string
}

function padded(value: number, width: number): string {
  return (value < 0 ? '-' : '') + String(Math.abs(value)).padStart(width, '0')
}

function lastTwoDigits(value: number): string {
  return (value < 0 ? '-' : '') + padded(Math.abs(value) % 100, 2)
}

function rfcOffset({ offset }: WallTime): string {
  const minutes = Math.trunc(offset / 60_000)
  const number = Math.trunc(minutes / 60) * 100 + (minutes % 60)
  return `${minutes < 0 ? '-' : '+'}${padded(Math.abs(number), 4)}`
}

function isoOffset(offset: number, count: number): string {
  if (offset === 0) return 'Z'
  const minutes = Math.abs(Math.trunc(offset / 60_000))
  const hours = (Math.trunc(offset / 60_000) < 0 ? '-' : '+') + padded(Math.floor(minutes / 60), 2)
  if (count === 1) return hours
  return `${hours}${count === 3 ? ':' : ''}${padded(minutes % 60, 2)}`
}
