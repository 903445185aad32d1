import { createHmac, timingSafeEqual } from 'node:crypto'
import { verifyStandardWebhook } from '#signing'
import type { HmacVerification, VerificationDefinition } from '../../definition.js'

export type Headers = Record<string, string | string[] | undefined>

/** The secret that a vendor's messages to an instance are checked by: the first of the definition's keys that is set. */
export function verificationSecret(
  verification: VerificationDefinition | undefined,
  configuration: Record<string, string | null>,
): string | null {
  const set = verification?.keys.find(key => configuration[key])
  return set === undefined ? null : (configuration[set] ?? null)
}

/** Whether the message was sent by someone who has the secret. Never throws on a header. */
export function isVerified(
  verification: VerificationDefinition,
  secret: string,
  rawBody: Buffer,
  headers: Headers,
): boolean {
  switch (verification.scheme) {
    case 'token':
      return same(headers[verification.header], secret)
    case 'standard-webhooks':
      return verifyStandardWebhook({ headers, body: rawBody, keys: [secret] })
    case 'hmac':
    case undefined:
      return same(headers[verification.header], signatureOf(verification, secret, rawBody))
  }
}

/**
 * Which of these configurations hold the secret that a message was sent with. A secret that several share is tried once,
 * and no more than `mostSecrets` are: whoever sends nonsense costs no more than that.
 */
export function verifiedBy<T extends { configuration: Record<string, string | null> }>(
  verification: VerificationDefinition | undefined,
  candidates: readonly T[],
  message: { rawBody: Buffer; headers: Headers },
  mostSecrets: number,
): T[] {
  const tried = new Map<string, boolean>()
  return candidates.filter(({ configuration }) => {
    const secret = verificationSecret(verification, configuration)
    if (verification === undefined || secret === null) return false
    const known = tried.get(secret) ?? (tried.size >= mostSecrets ? false : null)
    const verified = known ?? isVerified(verification, secret, message.rawBody, message.headers)
    if (known === null) tried.set(secret, verified)
    return verified
  })
}

function signatureOf({ algorithm, encoding, prefix = '' }: HmacVerification, secret: string, body: Buffer): string {
  return prefix + createHmac(algorithm, secret).update(body).digest(encoding)
}

// Constant time; a header that was sent twice is never right.
function same(header: string | string[] | undefined, expected: string): boolean {
  if (typeof header !== 'string') return false
  const [actual, wanted] = [Buffer.from(header), Buffer.from(expected)]
  return actual.length === wanted.length && timingSafeEqual(actual, wanted)
}
