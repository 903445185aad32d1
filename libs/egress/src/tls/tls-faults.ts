import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto'
import { isNativeError } from 'node:util/types'
import { hasPrivateKey, pemCertificates, pemPrivateKey } from './pem.js'
import { secureContextOf } from './tls-material.js'

/** PEM texts as somebody entered them. */
export interface TlsTexts {
  ca?: string
  certificate?: string
  key?: string
}

/** What is wrong with one of them, to be read behind its name. Keys are never quoted. */
export interface TlsFault {
  part: keyof TlsTexts
  message: string
}

const longest = 65_536
// Signing with more takes so long that it would hold up everybody else's callbacks: 16,384 bits take most of a second.
const mostBits = 4_096

/** Everything that is wrong with PEM texts and doesn't change with time. None: TLS takes them. */
export function tlsFaults({ ca, certificate, key }: TlsTexts): TlsFault[] {
  const faults: TlsFault[] = []
  const note = (part: keyof TlsTexts, message: string | null) => {
    if (message !== null) faults.push({ part, message })
  }
  if (ca !== undefined) note('ca', certificatesFault(ca) ?? refusalByTls(() => secureContextOf({ ca, client: null })))
  if (certificate !== undefined) note('certificate', certificatesFault(certificate))
  if (key !== undefined) note('key', keyFault(key))
  if (certificate === undefined && key !== undefined) note('certificate', 'is missing, and its key is there')
  if (certificate !== undefined && key === undefined) note('key', 'is missing, and the certificate is there')
  if (certificate === undefined || key === undefined || faults.some(({ part }) => part !== 'ca')) return faults
  const isPair = new X509Certificate(pemCertificates(certificate)[0] ?? '').checkPrivateKey(keyOf(key))
  if (!isPair) note('key', 'is not the key of the first certificate; send the two that belong together')
  else
    note(
      'certificate',
      refusalByTls(() => secureContextOf({ ca: null, client: { certificate, key } })),
    )
  return faults
}

/** Which of a text's certificates isn't valid at `now`; null: all are. For a text without faults. */
export function validityFault(text: string, now: number): string | null {
  const certificates = pemCertificates(text).map(pem => new X509Certificate(pem))
  for (const [at, { validFrom, validTo }] of certificates.entries()) {
    const which = certificates.length === 1 ? '' : `certificate ${at + 1} of ${certificates.length} `
    if (Date.parse(validTo) < now) return `${which}ended on ${dayOf(validTo)}; send one that is valid`
    if (Date.parse(validFrom) > now) return `${which}begins on ${dayOf(validFrom)} only; send one that is valid`
  }
  return null
}

function certificatesFault(text: string): string | null {
  if (text.length > longest) return `has ${text.length} characters; ${longest} are the most`
  if (hasPrivateKey(text))
    return 'has a private key in it, and is shown to whoever reads the configuration; leave it out'
  const certificates = pemCertificates(text)
  if (certificates.length === 0) {
    return 'has no certificate in it; send PEM, -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----'
  }
  const bad = certificates.findIndex(pem => !isCertificate(pem))
  return bad < 0 ? null : `certificate ${bad + 1} of ${certificates.length} is none that can be read`
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem) instanceof X509Certificate
  } catch {
    return false
  }
}

function keyFault(text: string): string | null {
  if (text.length > longest) return `has ${text.length} characters; ${longest} are the most`
  const found = pemPrivateKey(text)
  if (!found) return 'has no private key in it; send PEM, -----BEGIN PRIVATE KEY----- to -----END PRIVATE KEY-----'
  if (/ENCRYPTED/.test(found.label + found.text.slice(0, 200))) {
    return 'is encrypted; send it without its passphrase (openssl pkey -in key.pem): it is kept encrypted here'
  }
  try {
    const { modulusLength = 0 } = createPrivateKey(found.text).asymmetricKeyDetails ?? {}
    return modulusLength > mostBits ? `has ${modulusLength} bits; ${mostBits} are the most, and EC keys do well` : null
  } catch {
    return 'is no private key that can be read'
  }
}

function keyOf(text: string): KeyObject {
  return createPrivateKey(pemPrivateKey(text)?.text ?? '')
}

function refusalByTls(make: () => unknown): string | null {
  try {
    make()
    return null
  } catch (error) {
    return `is nothing that TLS takes: ${isNativeError(error) ? error.message : String(error)}`
  }
}

/** Node writes `Nov 21 12:00:00 2026 GMT`. */
function dayOf(date: string): string {
  return new Date(date).toISOString().slice(0, 10)
}
