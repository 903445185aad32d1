import type { Reading } from './reading.js'

// Each of these starts a run of ten digits that Java takes for decimal ones (`Character.digit`).
const zeros = [
  0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0b66, 0x0be6, 0x0c66, 0x0ce6, 0x0d66, 0x0de6, 0x0e50,
  0x0ed0, 0x0f20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50,
  0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10,
]

/**
 * The whole number at the reading's position, which moves behind it, as `DecimalFormat` for integers without grouping
 * reads it, including its oddities: `5E2` is 500, `NaN` is 0, and any script's digits count.
 * @returns a 32-bit integer, or null where there is none
 */
export function readNumber(reading: Reading, limit: number): number | null {
  const { text, position } = reading
  let at = position
  const negative = at < limit && text.charCodeAt(at) === 45
  if (negative) at++
  const firstDigit = at
  let value = 0
  while (at < limit) {
    const digit = text.charCodeAt(at) - 48
    if (digit < 0 || digit > 9) break
    value = value * 10 + digit
    at++
  }
  const next = at < limit ? text.charCodeAt(at) : 0
  if (at - firstDigit > 9 || next === 69 || next > 127 || (at === firstDigit && next === 78)) {
    return readOddNumber(reading, limit)
  }
  if (at === firstDigit) return null
  reading.position = at
  return negative ? -value : value
}

function readOddNumber(reading: Reading, limit: number): number | null {
  const text = reading.text.slice(0, limit)
  if (text.startsWith('NaN', reading.position)) {
    reading.position += 3
    return 0
  }
  const negative = text[reading.position] === '-'
  const start = reading.position + (negative ? 1 : 0)
  if (text[start] === '∞') {
    reading.position = start + 1
    return negative ? -2_147_483_648 : 2_147_483_647
  }
  const digits = digitsAt(text, start)
  if (digits === '') return null
  const end = start + digits.length
  const exponent = exponentAt(text, end)
  reading.position = end + (exponent?.length ?? 0)
  return asInt(negative, digits, exponent?.value ?? 0)
}

function digitsAt(text: string, start: number): string {
  let digits = ''
  for (let at = start; at < text.length; at++) {
    const digit = digitOf(text.charCodeAt(at))
    if (digit < 0) break
    digits += String(digit)
  }
  return digits
}

/** 0 to 9, or -1 for what isn't a decimal digit of any script. */
export function digitOf(code: number): number {
  if (code < 128) return code >= 48 && code <= 57 ? code - 48 : -1
  const zero = zeros.find(first => code >= first && code <= first + 9)
  return zero === undefined ? -1 : code - zero
}

function exponentAt(text: string, at: number): { value: number; length: number } | null {
  if (text[at] !== 'E') return null
  const negative = text[at + 1] === '-'
  const start = at + (negative ? 2 : 1)
  const digits = digitsAt(text, start)
  if (digits === '' || BigInt(digits) > 9_223_372_036_854_775_807n) return null
  const value = Number(BigInt.asIntN(32, BigInt(digits)))
  return { value: negative ? -value : value, length: start + digits.length - at }
}

// What a long holds keeps its low 32 bits, what it doesn't becomes a double and saturates.
function asInt(negative: boolean, digits: string, exponent: number): number {
  const size = Number(`${digits}e${exponent}`)
  const value = negative ? -size : size
  if (value === 0) return 0
  const whole = size < 1e19 ? wholeNumber(digits, exponent) : null
  if (whole !== null) {
    const signed = negative ? -whole : whole
    if (BigInt.asIntN(64, signed) === signed) return Number(BigInt.asIntN(32, signed))
  }
  return Math.max(-2_147_483_648, Math.min(2_147_483_647, Math.trunc(value)))
}

function wholeNumber(digits: string, exponent: number): bigint | null {
  if (exponent >= 0) return BigInt(digits) * 10n ** BigInt(exponent)
  const kept = digits.slice(0, exponent)
  return /^0*$/.test(digits.slice(kept.length)) && kept !== '' ? BigInt(kept) : null
}
