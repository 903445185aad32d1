import type { CallbackTarget } from '#deliveries'
import { elementsSignature, SigningKeyError, standardWebhookSignature } from '#signing'

/** The headers of one attempt: signatures and timestamp are made anew for each. */
export function headersOf(
  target: Pick<CallbackTarget, 'signatureKeys' | 'basic' | 'headers'>,
  notificationId: string,
  body: Buffer,
  { now, replay }: { now: number; replay: boolean },
): Record<string, string> {
  const headers: Record<string, string> = {
    'user-agent': 'Tributary',
    ...(target.basic && { authorization: basicCredentials(target.basic) }),
    ...target.headers,
    'content-type': 'application/json',
    'elements-webhook-id': notificationId,
    'webhook-id': notificationId,
    'webhook-timestamp': String(Math.floor(now / 1_000)),
  }
  if (replay) headers['elements-webhook-replay'] = 'true'
  const [newest] = target.signatureKeys
  if (newest !== undefined) {
    headers['elements-webhook-signature'] = elementsSignature(newest, body)
    const signature = standardSignature(target.signatureKeys, notificationId, body, headers['webhook-timestamp']!)
    if (signature !== null) headers['webhook-signature'] = signature
  }
  return headers
}

// A key that only looks like a Standard Webhooks one still signs the header that every client knows.
function standardSignature(keys: readonly string[], id: string, body: Buffer, timestamp: string): string | null {
  try {
    return standardWebhookSignature({ id, timestampSeconds: Number(timestamp), body, keys })
  } catch (error) {
    if (error instanceof SigningKeyError) return null
    throw error
  }
}

function basicCredentials({ username, password }: { username: string; password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}
