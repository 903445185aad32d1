import { isNativeError } from 'node:util/types'

/** Why there is no answer. Messages hold the host, never the path or query, which may be secret. */
export type EgressErrorKind =
  /** The address, or one that the name stands for, may not be reached. */
  | 'refused-address'
  /** The exchange wasn't over in time. */
  | 'timeout'
  /** No connection, or it broke. */
  | 'connection'
  /** The certificate or the handshake is bad. */
  | 'tls'
  /** Not an address that anything can be sent to: scheme, credentials, or our own. */
  | 'invalid-url'
  /** A header or method that HTTP doesn't allow. */
  | 'invalid-request'

export class EgressError extends Error {
  constructor(
    readonly kind: EgressErrorKind,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
    this.name = 'EgressError'
  }
}

/** Puts what Node, TLS or undici said about a request to `host` into our words. */
export function egressErrorOf(error: unknown, host: string): EgressError {
  if (error instanceof EgressError) return error
  const cause = isNativeError(error) ? error : new Error(String(error))
  const code = (cause as NodeJS.ErrnoException).code ?? ''
  return new EgressError(kindOf(code), `${host}: ${messageOf(cause)}`, { cause })
}

function kindOf(code: string): EgressErrorKind {
  if (/^UND_ERR_(?:CONNECT|HEADERS|BODY)_TIMEOUT$|^ETIMEDOUT$/.test(code)) return 'timeout'
  if (/^UND_ERR_(?:INVALID_ARG|REQ_CONTENT_LENGTH_MISMATCH|NOT_SUPPORTED)$/.test(code)) return 'invalid-request'
  if (/^(?:ERR_TLS_|ERR_SSL_|ERR_OSSL_|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH|EPROTO)/.test(code))
    return 'tls'
  return 'connection'
}

/** An AggregateError, from trying several addresses, has an empty message of its own. */
function messageOf(error: Error): string {
  if (error.message) return error.message
  const errors = error instanceof AggregateError ? (error.errors as unknown[]) : []
  return errors.map(one => (isNativeError(one) ? one.message : String(one))).join('; ') || error.name
}
