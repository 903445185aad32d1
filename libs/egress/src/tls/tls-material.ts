import { createSecureContext, type SecureContext } from 'node:tls'
import { pemCertificates, pemPrivateKey } from './pem.js'

/** What a request's TLS needs that isn't the system's: PEM texts. */
export interface TlsMaterial {
  /** Whose certificates are trusted, in place of the public ones; null: the public ones. */
  ca: string | null
  /** Shown to servers that ask for one: the certificate, with those between it and its CA behind it, and its key. */
  client: { certificate: string; key: string } | null
}

/** @throws OpenSSL's error where it doesn't take the material; without a word of the key */
export function secureContextOf({ ca, client }: TlsMaterial): SecureContext {
  return createSecureContext({
    ...(ca !== null && { ca: pemCertificates(ca) }),
    ...(client && { cert: pemCertificates(client.certificate).join(''), key: pemPrivateKey(client.key)?.text ?? '' }),
  })
}
