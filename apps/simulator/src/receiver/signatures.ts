import { createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

/**
 * What checking a signature came to. The checks stand here a second time, written from the documents and not with
 * the library that signs, so that a mistake there doesn't vouch for itself.
 */
export type Verdict =
  | { kind: 'verified' }
  | { kind: 'unsigned' }
  | { kind: 'unchecked'; why: 'no key is configured for this name' }
  | { kind: 'refused'; why: string }

/** Tolerance of a Standard Webhooks timestamp, either way. */
const TOLERANCE_SECONDS = 5 * 60

/** `Elements-Webhook-Signature: sha256=<base64 of HMAC-SHA256 over the raw body>`. */
export function checkElements(headers: IncomingHttpHeaders, body: Buffer, key: string | undefined): Verdict {
  const presented = single(headers['elements-webhook-signature'])
  if (presented === undefined) return { kind: 'unsigned' }
  if (key === undefined) return { kind: 'unchecked', why: 'no key is configured for this name' }
  const expected = `sha256=${createHmac('sha256', key).update(body).digest('base64')}`
  return equal(presented, expected) ? { kind: 'verified' } : { kind: 'refused', why: 'the signature does not match' }
}

/** Standard Webhooks: `webhook-id`, `webhook-timestamp` and one of the signatures in `webhook-signature`. */
export function checkStandardWebhook(
  headers: IncomingHttpHeaders,
  body: Buffer,
  key: string | undefined,
  nowMs: number,
): Verdict {
  const id = single(headers['webhook-id'])
  const timestamp = single(headers['webhook-timestamp'])
  const signatures = single(headers['webhook-signature'])
  if (signatures === undefined) return { kind: 'unsigned' }
  if (key === undefined) return { kind: 'unchecked', why: 'no key is configured for this name' }
  if (!id) return { kind: 'refused', why: 'webhook-id is missing' }
  if (!timestamp || !/^\d{1,12}$/.test(timestamp)) {
    return { kind: 'refused', why: `webhook-timestamp is "${timestamp ?? ''}", expected Unix seconds` }
  }
  if (Math.abs(nowMs / 1000 - Number(timestamp)) > TOLERANCE_SECONDS) {
    return { kind: 'refused', why: `webhook-timestamp ${timestamp} is more than 5 minutes off` }
  }
  const bytes = key.startsWith('whsec_') ? Buffer.from(key.slice('whsec_'.length), 'base64') : Buffer.from(key, 'utf8')
  const mac = createHmac('sha256', bytes).update(`${id}.${timestamp}.`).update(body).digest('base64')
  const matches = signatures.split(' ').some(signature => equal(signature, `v1,${mac}`))
  return matches ? { kind: 'verified' } : { kind: 'refused', why: 'no signature matches' }
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header
}

function equal(presented: string, expected: string): boolean {
  const a = Buffer.from(presented)
  const b = Buffer.from(expected)
  return a.length === b.length && timingSafeEqual(a, b)
}
