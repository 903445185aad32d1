import { createHash } from 'node:crypto'

/**
 * The id of a configuration key, the same for every element and instance and in every version: the first 31 bits of the
 * key's SHA-256, so that clients can hold it in an int. (Two keys of one instance hardly ever share one; a key is
 * accepted in its place.)
 */
export function configurationId(key: string): number {
  return createHash('sha256').update(key).digest().readUInt32BE(0) >>> 1
}
