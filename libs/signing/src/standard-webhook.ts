import { createHmac } from 'node:crypto'
import { sameHeader, type HeaderValue } from './constant-time.js'

/** What a Standard Webhooks signature covers, and the keys to sign with. */
export interface StandardWebhookMessage {
  /** The `webhook-id` header; without a dot, which separates the signed parts. */
  id: string
  /** The `webhook-timestamp` header: Unix seconds of this attempt. */
  timestampSeconds: number
  /** The body's bytes as they are sent. A string stands for its UTF-8. */
  body: Buffer | string
  /** One signature is made per key; more than one while a key is being rotated, the newest first. */
  keys: readonly string[]
}

/** A Standard Webhooks request as its receiver sees it. */
export interface StandardWebhookRequest {
  /** Header names in lower case, as Node has them. */
  headers: Readonly<Record<string, HeaderValue>>
  body: Buffer | string
  /** Any of them may have made any of the signatures. */
  keys: readonly string[]
  /** How far the timestamp may be from `nowMs`, both ways; the specification's five minutes unless given. */
  toleranceSeconds?: number
  /** Epoch milliseconds; the system's clock unless given. */
  nowMs?: number
}

/** A signing key that can't be one; the message never holds the key. */
export class SigningKeyError extends Error {
  override name = 'SigningKeyError'
}

const base64Prefix = 'whsec_'
const base64Text = /^[A-Za-z0-9+/]+={0,2}$/

/**
 * The bytes that a configured signature key stands for in Standard Webhooks: the base64 after `whsec_`, else its UTF-8.
 * @throws SigningKeyError where it is empty, or what follows `whsec_` isn't base64
 */
export function standardWebhookKey(key: string): Buffer {
  if (!key.startsWith(base64Prefix)) {
    if (key === '') throw new SigningKeyError('the signature key is empty; leave it out to send no signature')
    return Buffer.from(key, 'utf8')
  }
  const encoded = key.slice(base64Prefix.length)
  if (!base64Text.test(encoded) || encoded.replace(/=+$/, '').length % 4 === 1) {
    throw new SigningKeyError('the signature key starts with whsec_ but goes on with something else than base64')
  }
  return Buffer.from(encoded, 'base64')
}

/**
 * The value of the `webhook-signature` header (Standard Webhooks, v1): `v1,<base64>` per key, separated by spaces, of
 * HMAC-SHA256 over `<id>.<timestamp>.<body>`.
 * @throws SigningKeyError as `standardWebhookKey`
 */
export function standardWebhookSignature({ id, timestampSeconds, body, keys }: StandardWebhookMessage): string {
  const head = `${id}.${timestampSeconds}.`
  return keys.map(key => signature(head, body, key)).join(' ')
}

/**
 * Whether a request carries a timely Standard Webhooks signature under any of the keys: the receiver's side.
 * Compared in constant time; a missing, repeated or malformed header is false, and unknown versions are passed over.
 * @throws SigningKeyError as `standardWebhookKey`: a fault of the receiver, not of the request
 */
export function verifyStandardWebhook(request: StandardWebhookRequest): boolean {
  const { headers, body, keys, toleranceSeconds = 300, nowMs = Date.now() } = request
  const id = headers['webhook-id']
  const timestamp = headers['webhook-timestamp']
  const signatures = headers['webhook-signature']
  if (typeof id !== 'string' || typeof timestamp !== 'string' || typeof signatures !== 'string') return false
  if (id === '' || !/^\d{1,15}$/.test(timestamp)) return false
  if (Math.abs(Math.floor(nowMs / 1000) - Number(timestamp)) > toleranceSeconds) return false
  const head = `${id}.${timestamp}.`
  const expected = keys.map(key => signature(head, body, key))
  return signatures.split(' ').some(sent => expected.some(right => sameHeader(sent, right)))
}

function signature(head: string, body: Buffer | string, key: string): string {
  return `v1,${createHmac('sha256', standardWebhookKey(key)).update(head).update(body).digest('base64')}`
}
