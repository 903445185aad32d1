/** What became of one request at the vendors' door. Durable before it is `accepted` or `spooled`. */
export type Intake =
  | { kind: 'accepted'; events: number }
  | { kind: 'spooled'; events: number }
  | { kind: 'handshake'; body: string }
  | { kind: 'ignored'; why: 'deleted-instance' | 'foreign-workspace' | 'unmonitored-object' }
  | { kind: 'refused'; why: Refusal; detail: string }
  | { kind: 'unavailable'; detail: string }

export type Refusal =
  'unknown-instance' | 'unauthorized' | 'bad-signature' | 'unreadable' | 'method-not-allowed' | 'unsupported-media-type'

/** One request as it came in. */
export interface DoorRequest {
  method: string
  elementKey: string
  /** What the URL has after the element's key, URL-decoded; null where it ends there. */
  segment: string | null
  /** The query as it was sent, without its question mark. */
  query: string
  headers: Record<string, string | string[] | undefined>
  /** The body's bytes as they came: what a signature is checked over. */
  rawBody: Buffer
}

export function refused(why: Refusal, detail: string): Extract<Intake, { kind: 'refused' }> {
  return { kind: 'refused', why, detail }
}

/** Vendors repeat what they were answered 503, so nothing is lost by it. */
export function databaseSilent(): Extract<Intake, { kind: 'unavailable' }> {
  return { kind: 'unavailable', detail: 'The database does not answer. Send it again later.' }
}

export const probed: Intake = { kind: 'handshake', body: '' }
