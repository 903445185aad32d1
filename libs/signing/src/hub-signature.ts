import { createHmac } from 'node:crypto'
import { sameHeader, type HeaderValue } from './constant-time.js'

/**
 * The value of `X-Hub-Signature` as Intercom signs its notifications: `sha1=` and 40 lower-case hex digits of
 * HMAC-SHA1 over the body's bytes, keyed by the app's client secret.
 */
export function hubSignature(body: Buffer | string, secret: string): string {
  return `sha1=${createHmac('sha1', secret).update(body).digest('hex')}`
}

/**
 * Whether `header` is the `X-Hub-Signature` of exactly these bytes under this secret.
 * Compared in constant time, and never throws on a header: one that is missing, repeated, of another algorithm, of
 * another length or in another case (`SHA1=`, `AB…`) is false. So is every header under an empty secret, which
 * anyone could sign with.
 */
export function verifyHubSignature(header: HeaderValue, body: Buffer, secret: string): boolean {
  return secret !== '' && sameHeader(header, hubSignature(body, secret))
}
