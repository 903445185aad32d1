/** One `-----BEGIN …-----` to its `-----END …-----`. */
export interface PemBlock {
  /** `CERTIFICATE`, `PRIVATE KEY`, … */
  label: string
  /** With its lines as OpenSSL wants them. */
  text: string
}

/**
 * The blocks of a PEM text. Text between them is passed over, as OpenSSL does. Lines may be broken anywhere or nowhere,
 * and may be `\n` in two characters: forms and JSON within JSON make PEM into either.
 */
export function pemBlocks(text: string): PemBlock[] {
  const parts = text.split(/-----(BEGIN|END) ([A-Z0-9 ]{1,40})-----/)
  const blocks: PemBlock[] = []
  // [before, BEGIN, label, body, END, label, after, …]
  for (let at = 1; at + 4 < parts.length; at += 3) {
    const [kind, label = '', body = '', next, nextLabel] = parts.slice(at, at + 5)
    if (kind !== 'BEGIN' || next !== 'END' || nextLabel !== label) continue
    blocks.push({ label, text: block(label, body) })
  }
  return blocks
}

function block(label: string, body: string): string {
  const base64 = body.replace(/\\[nr]|\s/g, '')
  const lines = base64.match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}

/** A text's certificates, in their order, each as PEM. */
export function pemCertificates(text: string): string[] {
  return pemBlocks(text)
    .filter(({ label }) => label === 'CERTIFICATE' || label === 'X509 CERTIFICATE')
    .map(({ text: pem }) => pem)
}

/** Whether a private key is in a text. */
export function hasPrivateKey(text: string): boolean {
  return /-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY-----/.test(text)
}

/** A text's private key as PEM; null where it has none. */
export function pemPrivateKey(text: string): PemBlock | null {
  return pemBlocks(text).find(({ label }) => label.endsWith('PRIVATE KEY')) ?? null
}
