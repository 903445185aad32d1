import type { CallbackTarget, SignatureKey } from '#deliveries'
import { elementsSignature, SigningKeyError, standardWebhookSignature } from '#signing'

/** The headers of one attempt: signatures and timestamp are made anew for each. */
export function headersOf(
  target: Pick<CallbackTarget, 'signatureKeys' | 'basic' | 'headers'>,
  notificationId: string,
  body: Buffer,
  { now, replay }: { now: number; replay: boolean },
): Record<string, string> {
  const timestamp = Math.floor(now / 1_000)
  const headers: Record<string, string> = {
    'user-agent': 'Tributary',
    'content-type': 'application/json',
    'elements-webhook-id': notificationId,
    'webhook-id': notificationId,
    'webhook-timestamp': String(timestamp),
  }
  if (target.basic) headers['authorization'] = basicCredentials(target.basic)
  // None of those above: they are reserved.
  Object.assign(headers, target.headers)
  if (replay) headers['elements-webhook-replay'] = 'true'
  const keys = activeKeys(target.signatureKeys, now)
  const [newest] = keys
  if (newest !== undefined) {
    // Clients of this header compare all of it, so it has one signature alone.
    headers['elements-webhook-signature'] = elementsSignature(newest, body)
    const signatures = keys.flatMap(key => standardSignature(key, notificationId, body, timestamp))
    if (signatures.length > 0) headers['webhook-signature'] = signatures.join(' ')
  }
  return headers
}

/** A retired key ends by itself, whenever the job with it was read. */
function activeKeys(keys: readonly SignatureKey[], now: number): string[] {
  return keys.filter(({ until }) => until === null || until.getTime() > now).map(({ key }) => key)
}

// A key that only looks like a Standard Webhooks one still signs the header that every client knows.
function standardSignature(key: string, id: string, body: Buffer, timestampSeconds: number): [string] | [] {
  try {
    return [standardWebhookSignature({ id, timestampSeconds, body, keys: [key] })]
  } catch (error) {
    if (error instanceof SigningKeyError) return []
    throw error
  }
}

function basicCredentials({ username, password }: { username: string; password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}
