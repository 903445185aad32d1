import { testCertificate } from '#test'
import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { createServer, type Server } from 'node:https'
import { connect, type AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { Agent } from 'undici'
import { Egress, EgressError, tlsFaults, validityFault, type EgressOptions, type TlsMaterial } from '../index.js'
import { TlsAgents } from './tls-agents.js'

const [ca, other, client, stranger, ended] = (['ca', 'other-ca', 'client', 'stranger', 'ended'] as const).map(
  testCertificate,
) as [Pem, Pem, Pem, Pem, Pem]
type Pem = ReturnType<typeof testCertificate>

const closing: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** A receiver whose certificate is of `ca`, which tells whose client certificate it was shown. */
async function receiver(demands = true): Promise<{ port: number; server: Server }> {
  const { certificate: cert, key } = testCertificate('server')
  const tells: RequestListener = (request, response) => {
    response.end(String((request.socket as TLSSocket).getPeerCertificate().subject?.CN ?? 'nobody'))
  }
  const server = createServer({ cert, key, ca: ca.certificate, requestCert: true, rejectUnauthorized: demands }, tells)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, server }
}

function egress(options: Partial<EgressOptions> = {}): Egress {
  const made = new Egress({ allow: ['127.0.0.0/8'], publicUrl: 'https://events.example.com', ...options })
  closing.push(() => made.close())
  return made
}

/** What came back, or `kind: message`. */
async function answer(from: Egress, url: string, tls: TlsMaterial | null): Promise<string> {
  try {
    return (await from.request({ method: 'POST', url, body: '{}', timeoutMs: 5_000, maxBytes: 1_000, tls })).body
  } catch (error) {
    if (error instanceof EgressError) return `${error.kind}: ${error.message}`
    throw error
  }
}

const trusted: TlsMaterial = { ca: ca.certificate, client }

test('a receiver that demands a certificate of its own CA gets it, from whom it is meant and from nobody else', async () => {
  const { port } = await receiver()
  const url = `https://127.0.0.1:${port}/`
  const from = egress()
  expect(await answer(from, url, trusted)).toBe('tributary')
  const others: (TlsMaterial | null)[] = [
    { ca: ca.certificate, client: null },
    { ca: ca.certificate, client: stranger },
    { ca: ca.certificate, client: ended },
  ]
  for (const tls of others) expect(await answer(from, url, tls)).toMatch(/^(?:tls|connection): 127\.0\.0\.1:\d+: /)
  expect(await answer(from, url, trusted)).toBe('tributary')
})

test('a certificate is verified whatever else is configured: by the CA that was given, else by the public ones', async () => {
  const { port } = await receiver(false)
  const url = `https://localhost:${port}/`
  const from = egress({ resolve: async () => [{ address: '127.0.0.1', family: 4 }] })
  expect(await answer(from, url, { ca: ca.certificate, client: null })).toBe('nobody')
  expect(await answer(from, url, { ca: other.certificate + ca.certificate, client: null })).toBe('nobody')
  const untrusted: (TlsMaterial | null)[] = [null, { ca: null, client }, { ca: other.certificate, client: null }]
  for (const tls of untrusted) expect(await answer(from, url, tls)).toMatch(/^tls: .*certificate/)
  const elsewhere = await answer(from, `https://other.example:${port}/`, trusted)
  expect(elsewhere).toMatch(/^tls: other\.example:\d+: Hostname\/IP does not match/)
})

test('a connection made with one certificate carries no other request', async () => {
  const { port, server } = await receiver(false)
  const url = `https://127.0.0.1:${port}/`
  const sessions: boolean[] = []
  server.on('secureConnection', socket => sessions.push(socket.isSessionReused()))
  const from = egress()
  const plain: TlsMaterial = { ca: ca.certificate, client: null }
  const seen = []
  for (const tls of [trusted, plain, trusted, plain]) seen.push(await answer(from, url, tls))
  expect(seen).toEqual(['tributary', 'nobody', 'tributary', 'nobody'])
  // One connection each, kept for what followed.
  expect(sessions).toEqual([false, false])
})

test('PEM that a form has squeezed into one line is read, and what is broken fails that request alone', async () => {
  const { port } = await receiver()
  const url = `https://127.0.0.1:${port}/`
  const escaped = (text: string) => text.replaceAll('\n', '\\n')
  const spaced = (text: string) => `subject=CN = x ${text.replaceAll('\n', ' ')}`
  const squeezed = {
    ca: spaced(ca.certificate),
    client: { certificate: escaped(client.certificate), key: spaced(client.key) },
  }
  const from = egress()
  expect(tlsFaults({ ca: squeezed.ca, ...squeezed.client })).toEqual([])
  expect(await answer(from, url, squeezed)).toBe('tributary')
  const broken = await answer(from, url, { ca: null, client: { certificate: client.certificate, key: stranger.key } })
  expect(broken).toMatch(/^tls: 127\.0\.0\.1:\d+: .*key values mismatch/)
  expect(await answer(from, url, trusted)).toBe('tributary')
})

test('through a proxy, TLS is with the receiver all the same', async () => {
  const { port } = await receiver()
  const proxy = createHttpServer().on('connect', (_, socket) => {
    const upstream = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      upstream.pipe(socket).pipe(upstream)
    })
    upstream.on('error', () => socket.destroy())
    socket.on('error', () => upstream.destroy())
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  closing.push(() => proxy.close())
  const uri = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  const from = egress({ proxy: uri, resolve: async () => [] })
  expect(await answer(from, 'https://receiver.example/', trusted)).toBe('tributary')
  expect(await answer(from, 'https://receiver.example/', null)).toMatch(/^tls: /)
  expect(await answer(from, 'https://other.example/', trusted)).toMatch(/^tls: /)
})

test('agents are bounded in number, the one used longest ago goes first, and idle ones are closed', async () => {
  const agents: Agent[] = []
  const make = () => agents[agents.push(new Agent()) - 1]!
  const material = (name: string): TlsMaterial => ({ ca: ca.certificate + name, client: null })
  const bounded = new TlsAgents(make, 2, 100)
  closing.push(() => bounded.destroy())
  const [a, b] = [bounded.agentFor(material('a')), bounded.agentFor(material('b'))]
  expect(bounded.agentFor(material('a'))).toBe(a)
  const c = bounded.agentFor(material('c'))
  expect([bounded.size, agents.map(agent => agent.closed)]).toEqual([2, [false, true, false]])
  expect([bounded.agentFor(material('a')), bounded.agentFor(material('c'))]).toEqual([a, c])
  expect(b).toBe(agents[1])
  while (bounded.size > 0) await new Promise(resolve => setTimeout(resolve, 10))
  expect(agents.map(agent => agent.closed)).toEqual([true, true, true])
})

describe('what is wrong with PEM texts is told by part, without a word of the key', () => {
  const pair = { certificate: client.certificate, key: client.key }
  const encrypted = '-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----'
  const traditional = '-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nMIIB\n-----END RSA PRIVATE KEY-----'
  const damaged = client.certificate.replace(/M[A-Z]/, 'MX')

  test.each<[string, Parameters<typeof tlsFaults>[0], [string, RegExp][]]>([
    ['nothing is wrong', { ca: ca.certificate + other.certificate, ...pair }, []],
    ['a CA that is none', { ca: 'hello' }, [['ca', /^has no certificate in it; send PEM/]]],
    ['an end without a beginning', { ca: ca.certificate.replace('BEGIN', 'BEG1N') }, [['ca', /^has no certificate/]]],
    ['one damaged certificate of two', { ca: ca.certificate + damaged }, [['ca', /^certificate 2 of 2 is none/]]],
    ['a CA with its key', { ca: ca.certificate + ca.key }, [['ca', /^has a private key in it/]]],
    ['a CA without end', { ca: ca.certificate.repeat(200) }, [['ca', /^has \d+ characters; 65536/]]],
    ['both in one', { ...pair, certificate: pair.certificate + pair.key }, [['certificate', /private key in it/]]],
    ['a key alone', { key: pair.key }, [['certificate', /^is missing/]]],
    ['a certificate alone', { certificate: pair.certificate }, [['key', /^is missing/]]],
    ['no key', { ...pair, key: pair.certificate }, [['key', /^has no private key/]]],
    ['an encrypted key', { ...pair, key: encrypted }, [['key', /^is encrypted; send it without/]]],
    ['an old encrypted key', { ...pair, key: traditional }, [['key', /^is encrypted/]]],
    ['a damaged key', { ...pair, key: pair.key.replace('M', '%') }, [['key', /^is no private key that can be read$/]]],
    ['a key that is slow to sign with', testCertificate('large'), [['key', /^has 8192 bits; 4096 are the most/]]],
    ["another's key", { ...pair, key: stranger.key }, [['key', /^is not the key of the first certificate/]]],
    [
      'everything at once',
      { ca: '', certificate: 'x', key: 'y' },
      [
        ['ca', /./],
        ['certificate', /./],
        ['key', /./],
      ],
    ],
  ])('%s', (_, texts, expected) => {
    const faults = tlsFaults(texts)
    expect(faults).toEqual(
      expected.map(([part, message]) => ({ part, message: expect.stringMatching(message) as unknown })),
    )
    expect(JSON.stringify(faults)).not.toContain(client.key.split('\n')[1])
  })

  test('certificates whose time is over, or still to come, are named', () => {
    const now = Date.parse('2026-11-21T00:00:00Z')
    expect(validityFault(ca.certificate + client.certificate, now)).toBeNull()
    expect(validityFault(ended.certificate, now)).toBe('ended on 2021-01-01; send one that is valid')
    expect(validityFault(ca.certificate + ended.certificate, now)).toMatch(/^certificate 2 of 2 ended on 2021-01-01/)
    expect(validityFault(ca.certificate, Date.parse('2019-01-01T00:00:00Z'))).toMatch(/^begins on 2020-01-01 only/)
  })

  test('a text made to be slow to read is not', () => {
    const began = performance.now()
    tlsFaults({ ca: '-----BEGIN CERTIFICATE-----'.repeat(2_400), key: '-----BEGIN '.repeat(5_900) })
    expect(performance.now() - began).toBeLessThan(1_000)
  })
})
