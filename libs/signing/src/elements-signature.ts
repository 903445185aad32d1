import { createHmac } from 'node:crypto'
import { sameHeader, type HeaderValue } from './constant-time.js'

/**
 * The value of `Elements-Webhook-Signature` on a callback: `sha256=` and the base64 (with padding) of
 * HMAC-SHA256 over the body's bytes, keyed by the UTF-8 bytes of `event.notification.signature.key`.
 * Cloud Elements' rule; its clients compare the whole header.
 */
export function elementsSignature(key: string, body: Buffer | string): string {
  return `sha256=${createHmac('sha256', key).update(body).digest('base64')}`
}

/**
 * Whether `header` is the `Elements-Webhook-Signature` of this body under this key: the receiver's side.
 * Compared in constant time; whatever isn't exactly one such header is false, and so is every one under an empty key.
 */
export function verifyElements(header: HeaderValue, body: Buffer | string, key: string): boolean {
  return key !== '' && sameHeader(header, elementsSignature(key, body))
}
