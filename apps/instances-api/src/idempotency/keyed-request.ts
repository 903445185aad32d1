import type { Principal } from '#instances'
import { bodyBytes } from '#platform'
import type { FastifyRequest } from 'fastify'
import { createHash } from 'node:crypto'
import { Refused } from '../errors/refusal.js'

/** Names a request, so that its repeats are known. */
export const keyHeader = 'idempotency-key'

export interface KeyedRequest {
  accountId: number
  key: string
  /** Of all that makes it this request: method, address, body to the byte, and the instance it acts on. */
  hash: Buffer
}

/**
 * A POST with an `Idempotency-Key`; null for all others: the other methods can be repeated as they are.
 * @throws Refused (invalid) where the key isn't 1 to 255 printable ASCII characters
 */
export function keyedRequest(request: FastifyRequest, principal: Principal | undefined): KeyedRequest | null {
  const key = request.headers[keyHeader]
  if (key === undefined || request.method !== 'POST' || !principal) return null
  if (typeof key !== 'string' || !/^[\x20-\x7e]{1,255}$/.test(key)) {
    const found = `${[key].flat().join('').length} characters`
    const faults = [`Idempotency-Key: ${found}; it is 1 to 255 printable ASCII characters, such as a UUID`]
    throw new Refused({ kind: 'invalid', faults })
  }
  const hash = createHash('sha256')
    .update(`${request.method} ${request.url}\n${principal.instanceId ?? ''}\n`)
    .update(bodyBytes(request) ?? '')
    .digest()
  return { accountId: principal.accountId, key, hash }
}
