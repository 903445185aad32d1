/** How a webhook URL's last segment names its instance. */
export type Address = { kind: 'id'; instanceId: number } | { kind: 'door-key'; doorKey: string }

const largestId = 2 ** 31 - 1

/**
 * Reads the last segment as Cloud Elements' vendors send it: base64 of the id with or without padding (`NDEw` = 410) or
 * the plain id; or the unguessable segment of an instance that has nothing to verify by. Null: it is none of these.
 * Base64 of digits begins with M, N or O, so it can't be mistaken for a plain id.
 */
export function addressOf(segment: string): Address | null {
  const digits = /^\d+$/.test(segment) ? segment : decoded(segment)
  if (digits && /^\d{1,10}$/.test(digits)) {
    const instanceId = Number(digits)
    return instanceId <= largestId ? { kind: 'id', instanceId } : null
  }
  return /^[\w-]{32,64}$/.test(segment) ? { kind: 'door-key', doorKey: segment } : null
}

function decoded(segment: string): string {
  return /^[A-Za-z0-9+/_-]{2,16}={0,2}$/.test(segment) ? Buffer.from(segment, 'base64').toString('latin1') : ''
}
