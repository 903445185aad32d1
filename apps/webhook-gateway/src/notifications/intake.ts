/** What became of one request at the vendors' door. Durable before it is `accepted` or `spooled`. */
export type Intake =
  | { kind: 'accepted'; events: number }
  | { kind: 'spooled'; events: number }
  | { kind: 'handshake'; body: string }
  | { kind: 'ignored'; why: 'deleted-instance' | 'foreign-workspace' }
  | { kind: 'refused'; why: Refusal; detail: string }
  | { kind: 'unavailable'; detail: string }

export type Refusal =
  'unknown-instance' | 'bad-signature' | 'unreadable' | 'method-not-allowed' | 'unsupported-media-type'

/** One request as it came in. */
export interface DoorRequest {
  method: string
  elementKey: string
  /** The URL's last segment, URL-decoded. */
  segment: string
  headers: Record<string, string | string[] | undefined>
  /** The body's bytes as they came: what a signature is checked over. */
  rawBody: Buffer
}
