import { createHash } from 'node:crypto'

/**
 * Whether values that a vendor uses interchangeably count as one. `loose`: null, "" and absent are the same, and so are
 * 1 and "1" (iContact answers a GET with null where a POST answered ""); `strict`: only the order of keys is ignored.
 */
export type Canonical = 'strict' | 'loose'

/** JSON text with sorted keys, so that equal values have equal texts. Undefined members are left out, as JSON does. */
export function canonicalJson(value: unknown, mode: Canonical = 'strict'): string {
  if (Array.isArray(value)) return `[${value.map(item => canonicalJson(item ?? null, mode)).join(',')}]`
  if (value !== null && typeof value === 'object') {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined && !(mode === 'loose' && (member === null || member === '')))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member, mode)}`)
    return `{${members.join(',')}}`
  }
  if (mode === 'loose' && (typeof value === 'number' || typeof value === 'boolean'))
    return JSON.stringify(String(value))
  return JSON.stringify(value ?? null)
}

/** SHA-256 of `canonicalJson`, hex. */
export function canonicalHash(value: unknown, mode: Canonical = 'strict'): string {
  return createHash('sha256').update(canonicalJson(value, mode)).digest('hex')
}
