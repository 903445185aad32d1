import { timingSafeEqual } from 'node:crypto'

/** A header as Node's HTTP server hands it over. */
export type HeaderValue = string | string[] | undefined

/**
 * Whether a header has exactly the expected value, in a time that doesn't tell how much of it was right.
 * A header that was sent more than once (an array) is never equal to anything.
 */
export function sameHeader(actual: HeaderValue, expected: string): boolean {
  if (typeof actual !== 'string' || actual.length !== expected.length) return false
  // As UTF-8, not Latin-1: the latter keeps only the low byte of a character, so that others than the right ones match.
  const actualBytes = Buffer.from(actual, 'utf8')
  const expectedBytes = Buffer.from(expected, 'utf8')
  return actualBytes.length === expectedBytes.length && timingSafeEqual(actualBytes, expectedBytes)
}
