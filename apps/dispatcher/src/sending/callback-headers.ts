import type { CallbackTarget } from '#deliveries'
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
  const [newest] = target.signatureKeys
  if (newest !== undefined) {
    headers['elements-webhook-signature'] = elementsSignature(newest, body)
    const signature = standardSignature(target.signatureKeys, notificationId, body, timestamp)
    if (signature !== null) headers['webhook-signature'] = signature
  }
  return headers
}

// A key that only looks like a Standard Webhooks one still signs the header that every client knows.
function standardSignature(keys: readonly string[], id: string, body: Buffer, timestampSeconds: number): string | null {
  try {
    return standardWebhookSignature({ id, timestampSeconds, body, keys })
  } catch (error) {
    if (error instanceof SigningKeyError) return null
    throw error
  }
}

function basicCredentials({ username, password }: { username: string; password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}
