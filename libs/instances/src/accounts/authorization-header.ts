import type { Credentials } from './authentication.js'

const parts = { user: 'userSecret', organization: 'organizationSecret', element: 'instanceToken' } as const

/**
 * Reads `User <secret>, Organization <secret>[, Element <token>]`: any order, spacing and case of the three words, with
 * or without the commas. Null where it isn't that: a word unknown or given twice, one without a value, no user.
 */
export function readAuthorization(header: string | undefined): Credentials | null {
  const words = (header ?? '').split(/[\s,]+/).filter(word => word !== '')
  const found: Partial<Credentials> = {}
  for (let at = 0; at < words.length; at += 2) {
    const name = words[at]!.toLowerCase()
    const value = words[at + 1]
    if (!Object.hasOwn(parts, name) || value === undefined) return null
    const part = parts[name as keyof typeof parts]
    if (found[part] !== undefined) return null
    found[part] = value
  }
  return found.userSecret === undefined ? null : { ...found, userSecret: found.userSecret }
}
