import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A certificate of the tests and its key, as PEM. Known to everybody: good for nothing else. */
export interface TestCertificate {
  certificate: string
  key: string
}

/**
 * `server` (of localhost, 127.0.0.1 and receiver.example) and `client` are signed by `ca`, and so is `ended`, whose time
 * is over, and `large`, whose key has 8,192 bits; `stranger` is a client's, signed by `other-ca`. `testdata/tls/make` makes them.
 */
export function testCertificate(
  name: 'ca' | 'other-ca' | 'server' | 'client' | 'stranger' | 'ended' | 'large',
): TestCertificate {
  const read = (file: string) => readFileSync(join(__dirname, 'testdata/tls', file), 'utf8')
  return { certificate: read(`${name}.pem`), key: read(`${name}.key.pem`) }
}
