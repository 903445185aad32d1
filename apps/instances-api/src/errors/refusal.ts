/** Why a request isn't answered as asked: every way, in the service's words. `answer.ts` says what each is in HTTP. */
export type Refusal =
  /** Each fault names its field, the value and what would do. */
  | { kind: 'invalid'; faults: readonly string[] }
  | { kind: 'unauthorized'; message: string }
  | { kind: 'forbidden'; message: string }
  | { kind: 'not-found'; message: string }
  | { kind: 'conflict'; message: string }
  /** What the request demands of the thing as it is doesn't hold. */
  | { kind: 'condition-failed'; message: string }
  | { kind: 'method-not-allowed'; method: string; allowed: readonly string[] }
  | { kind: 'not-acceptable'; accept: string }
  /** The first request with this Idempotency-Key isn't answered yet. */
  | { kind: 'key-under-way'; message: string; retryAfterSeconds: number }
  /** The Idempotency-Key belongs to another request. */
  | { kind: 'key-reused'; message: string }
  /** The vendor understood and said no. */
  | { kind: 'vendor-refused'; message: string; providerMessage: string }
  /** The vendor doesn't take the instance's credentials. */
  | { kind: 'vendor-unauthorized'; message: string; providerMessage: string }
  /** The vendor knows the credentials, and they don't allow it. */
  | { kind: 'vendor-forbids'; message: string; providerMessage: string }
  | { kind: 'vendor-has-none'; message: string; providerMessage: string }
  /** Not before `retryAfterSeconds` from now. Without words of the vendor's: it said so before, and wasn't asked. */
  | { kind: 'vendor-throttles'; message: string; providerMessage: string | null; retryAfterSeconds: number }
  /** The vendor can't be reached, or fails. */
  | { kind: 'vendor-unavailable'; message: string; providerMessage: string }

/** Carries a refusal out of a controller to the filter. */
export class Refused extends Error {
  override readonly name = 'Refused'

  constructor(readonly refusal: Refusal) {
    super(refusal.kind)
  }
}

/** What isn't there, or isn't the caller's: the two look the same from outside. */
export function notFound(what: string): Refused {
  return new Refused({ kind: 'not-found', message: `${what} was not found` })
}
