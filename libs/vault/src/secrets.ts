import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** What a random secret is found by: SHA-256. No salt or stretching, since nobody guesses 256 random bits. */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret, 'utf8').digest()
}

/** 256 random bits, base64url. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** Whether they are the same, in a time that doesn't tell where they differ. */
export function equalSecrets(one: string, other: string): boolean {
  return timingSafeEqual(hashSecret(one), hashSecret(other))
}
