import { Field } from './calendar-fields.js'
import { hasNameAt, type Reading } from './reading.js'
import { zoneNamedAt } from './zone-names.js'
import { zoneOf } from './zone.js'

const plus = 43
const minus = 45
const colon = 58

/**
 * A zone as the letters z and Z read it: `+hhmm`, `GMT`, `GMT+h:mm`, or a zone's name in Locale.US.
 * @param start where the field starts; the reading's position is behind the spaces that may come first
 */
export function readZone(reading: Reading, start: number): boolean {
  const { text, position } = reading
  const sign = signAt(text, position)
  if (sign !== 0) return readOffset(reading, position + 1, sign, { colon: false, digits: 'hours-and-minutes' })
  // Java looks for GMT where the field starts, so not behind spaces.
  const initial = text.charCodeAt(position) | 32
  if (initial === 103 && hasNameAt(text, start, 'GMT')) return readGmt(reading, start + 3)
  return readZoneName(reading)
}

/** A zone as the letter X reads it: Z, or an offset of hours (X), with minutes (XX) or with a colon between (XXX). */
export function readIsoZone(reading: Reading, count: number): boolean {
  const { text, position } = reading
  if (text[position] === 'Z') {
    setOffset(reading, 0, position + 1)
    return true
  }
  const sign = signAt(text, position)
  if (sign === 0) return false
  const digits = count === 1 ? 'two-hours' : 'two-hours-and-minutes'
  return readOffset(reading, position + 1, sign, { colon: count === 3, digits })
}

function readGmt(reading: Reading, end: number): boolean {
  const sign = signAt(reading.text, end)
  if (sign !== 0) return readOffset(reading, end + 1, sign, { colon: true, digits: 'hours-and-minutes' })
  setOffset(reading, 0, end)
  return true
}

function readZoneName(reading: Reading): boolean {
  const match = zoneNamedAt(reading.text, reading.position, reading.zone)
  if (!match) return false
  const { names, index } = match
  const zone = zoneOf(match.zoneId)
  reading.zone = zone
  reading.position += (names[index] as string).length
  // Where standard and daylight time have one name, or the zone has no daylight saving today, the date decides.
  const daylight = index >= 2
  const sameName = !daylight && names[index]?.toLowerCase() === names[index + 2]?.toLowerCase()
  if (sameName || (daylight && zone.savings === 0)) return true
  reading.fields.unset(Field.zoneOffset)
  reading.fields.set(Field.dstOffset, daylight ? zone.savings : 0)
  return true
}

interface OffsetForm {
  colon: boolean
  digits: 'hours-and-minutes' | 'two-hours' | 'two-hours-and-minutes'
}

function readOffset(reading: Reading, start: number, sign: number, form: OffsetForm): boolean {
  const { text } = reading
  let at = start
  let hours = digitAt(text, at++)
  if (hours < 0) return false
  const second = digitAt(text, at)
  if (second >= 0) {
    hours = hours * 10 + second
    at++
  } else if (form.digits !== 'hours-and-minutes' || !form.colon) return false
  if (hours > 23) return false
  let minutes = 0
  if (form.digits !== 'two-hours') {
    if (form.colon && text.charCodeAt(at++) !== colon) return false
    const tens = digitAt(text, at++)
    const ones = digitAt(text, at++)
    if (tens < 0 || ones < 0 || tens > 5) return false
    minutes = tens * 10 + ones
  }
  setOffset(reading, sign * (hours * 60 + minutes) * 60_000, at)
  return true
}

function setOffset(reading: Reading, offset: number, end: number): void {
  reading.fields.set(Field.zoneOffset, offset)
  reading.fields.set(Field.dstOffset, 0)
  reading.position = end
}

function signAt(text: string, at: number): number {
  const code = text.charCodeAt(at)
  return code === plus ? 1 : code === minus ? -1 : 0
}

function digitAt(text: string, at: number): number {
  const digit = text.charCodeAt(at) - 48
  return digit >= 0 && digit <= 9 ? digit : -1
}
