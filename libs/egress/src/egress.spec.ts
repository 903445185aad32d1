import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { connect, createServer as createTcpServer, type AddressInfo, type Server as TcpServer } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { Egress, EgressError, type EgressOptions, type EgressRequest, type Resolve } from './index.js'

const servers: (Server | TcpServer)[] = []
const clients: Egress[] = []

afterEach(async () => {
  for (const client of clients.splice(0)) await client.close()
  for (const server of servers.splice(0)) {
    if ('closeAllConnections' in server) server.closeAllConnections()
    server.close()
  }
})

async function listen<S extends Server | TcpServer>(server: S): Promise<number> {
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

const serve = (listener: RequestListener) => listen(createServer(listener))

function egress(options: Partial<EgressOptions> = {}): Egress {
  const client = new Egress({ allow: [], publicUrl: 'https://events.example.com', ...options })
  clients.push(client)
  return client
}

const open = () => egress({ allow: ['127.0.0.0/8'] })

const bounds: Pick<EgressRequest, 'method' | 'timeoutMs' | 'maxBytes'> = {
  method: 'GET',
  timeoutMs: 5_000,
  maxBytes: 1_000,
}

/** What it failed by, as `kind: message`. */
async function failure(client: Egress, request: Partial<EgressRequest> & { url: string }): Promise<string> {
  try {
    const { status } = await client.request({ ...bounds, ...request })
    return `answered ${status}`
  } catch (error) {
    return error instanceof EgressError ? `${error.kind}: ${error.message}` : `not an EgressError: ${String(error)}`
  }
}

const answers = (...lists: string[][]): Resolve & { calls: number } => {
  const resolve = Object.assign(
    async () => {
      const list = lists[Math.min(resolve.calls++, lists.length - 1)] ?? []
      return list.map(address => ({ address, family: address.includes(':') ? 6 : 4 }))
    },
    { calls: 0 },
  )
  return resolve
}

test('a busy connection is renewed after a thousand requests, so that its name is looked up again', async () => {
  const ports = new Set<number | undefined>()
  const port = await serve(({ socket }, response) => {
    ports.add(socket.remotePort)
    response.end()
  })
  const client = open()
  const statuses = new Set<number>()
  for (let sent = 0; sent < 1_500; sent++) {
    statuses.add((await client.request({ ...bounds, url: `http://127.0.0.1:${port}/` })).status)
  }
  expect([...statuses]).toEqual([200])
  expect(ports.size).toBe(2)
})

test('a request arrives as given, and its answer comes back whole', async () => {
  let seen: { method: string; url: string; headers: IncomingMessage['headers']; body: string } | undefined
  const port = await serve((request, response) => {
    const { method = '', url = '', headers } = request
    void buffer(request).then(body => {
      seen = { method, url, headers, body: body.toString() }
      response.writeHead(201, { 'x-a': ['1', '2'], 'content-type': 'text/plain' }).end('grüße')
    })
  })
  const response = await open().request({
    ...bounds,
    method: 'POST',
    url: `http://127.0.0.1:${port}/path?q=1`,
    headers: { 'X-Sent': 'yes', host: 'forged.example', 'Content-Length': '3', connection: 'close' },
    body: Buffer.from('{"a":1}'),
  })
  expect(seen).toMatchObject({ method: 'POST', url: '/path?q=1', body: '{"a":1}' })
  expect(seen?.headers).toMatchObject({ 'x-sent': 'yes', host: `127.0.0.1:${port}`, 'content-length': '7' })
  expect(response).toMatchObject({ status: 201, body: 'grüße', truncated: false, headers: { 'x-a': '1, 2' } })
})

test.each([
  '127.0.0.1',
  '127.1',
  '0x7f.1',
  '2130706433',
  '017700000001',
  '127.0.0.1.',
  '%31%32%37.0.0.1',
  '①②⑦.0.0.1',
  'localhost',
  'LOCALHOST.',
  'a.localhost',
  '0.0.0.0',
  '0',
  '[::1]',
  '[::]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::127.0.0.1]',
  '[64:ff9b::7f00:1]',
  '[2002:7f00:1::]',
  '169.254.169.254',
  '[fd00:ec2::254]',
  '100.64.0.1',
  '10.0.0.1',
])('http://%s is refused before anything is sent, also when it is only checked', async host => {
  const port = await serve((_, response) => response.end('secret'))
  const url = `http://${host}:${port}/`
  expect(await failure(egress(), { url })).toMatch(/^refused-address: /)
  expect(egress().checkUrl(url)).toEqual(expect.stringContaining('EGRESS_ALLOW'))
})

test('a name is judged by what it resolves to, all of it', async () => {
  const port = await serve((_, response) => response.end('secret'))
  const url = `http://inside.example:${port}/`
  expect(await failure(egress({ resolve: answers(['127.0.0.1']) }), { url })).toBe(
    'refused-address: inside.example resolves to 127.0.0.1, a loopback address; EGRESS_ALLOW would allow it',
  )
  expect(await failure(egress({ resolve: answers(['93.184.216.34', '127.0.0.1']) }), { url })).toMatch(
    /^refused-address/,
  )
  expect(await failure(egress({ resolve: answers(['::ffff:127.0.0.1']) }), { url })).toMatch(/^refused-address/)
  expect(egress().checkUrl(url)).toBeNull()
})

test('the address that was judged is the one connected to: a name that changes its answer gains nothing', async () => {
  let reached = 0
  const port = await serve((_, response) => response.end(String(reached++)))
  // To the judge it is public; a second look-up, for connecting, would find the server inside.
  const resolve = answers(['240.0.0.0'], ['127.0.0.1'])
  const first = await failure(egress({ allow: ['240.0.0.0/8'], resolve }), {
    url: `http://rebind.example:${port}/`,
    timeoutMs: 500,
  })
  expect(first).toMatch(/^(?:timeout|connection): /)
  expect([resolve.calls, reached]).toEqual([1, 0])
})

test('redirects are answers, and not followed', async () => {
  let hits = 0
  const port = await serve((_, response) => {
    hits++
    response.writeHead(302, { location: '/other' }).end()
  })
  const response = await open().request({ ...bounds, url: `http://127.0.0.1:${port}/` })
  expect([response.status, response.headers['location'], hits]).toEqual([302, '/other', 1])
})

test.each([
  ['ftp://example.com/', 'the scheme is ftp://'],
  ['file:///etc/passwd', 'the scheme is file://'],
  ['http://user:password@example.com/', 'credentials within the URL'],
  ['nonsense', 'not a URL'],
  ['https://events.example.com/elements/api-v2/events/intercom/MQ', "this system's own address (PUBLIC_URL)"],
])('%s is refused, and the message has no secret', async (url, why) => {
  expect(await failure(egress(), { url })).toContain(`invalid-url: `)
  expect(egress().checkUrl(url)).toContain(why)
  expect(egress().checkUrl(url)).not.toContain('password')
})

test('the time-out is for the whole exchange: silence, a drip of bytes, a full line of waiting', async () => {
  const silent = await listen(createTcpServer())
  const drip = await serve((_, response) => {
    response.writeHead(200)
    const timer = setInterval(() => response.write('x'), 20)
    response.on('close', () => clearInterval(timer))
  })
  const client = open()
  const started = Date.now()
  const many = Array.from({ length: 40 }, () => failure(client, { url: `http://127.0.0.1:${silent}/`, timeoutMs: 300 }))
  const kinds = await Promise.all([failure(client, { url: `http://127.0.0.1:${drip}/`, timeoutMs: 300 }), ...many])
  expect(new Set(kinds.map(kind => kind.split(':')[0]))).toEqual(new Set(['timeout']))
  expect(Date.now() - started).toBeLessThan(1_500)
})

test('no more than maxBytes of an answer is kept, and the rest is not read', async () => {
  let closed: Promise<unknown> | undefined
  const port = await serve((_, response) => {
    closed = once(response, 'close')
    const more = () => {
      while (!response.destroyed && response.write('x'.repeat(10_000)));
    }
    response.on('drain', more)
    more()
  })
  const response = await open().request({ ...bounds, url: `http://127.0.0.1:${port}/` })
  expect([response.status, response.body.length, response.truncated]).toEqual([200, 1_000, true])
  await closed
})

test('what hangs at a host holds up neither another host nor the rest of its own', async () => {
  const port = await serve((request, response) => void (request.url === '/hang' || response.end('ok')))
  const elsewhere = await serve((_, response) => response.end('ok'))
  const client = open()
  const hung = Array.from({ length: 200 }, () =>
    failure(client, { url: `http://127.0.0.1:${port}/hang`, timeoutMs: 1_500 }),
  )
  const started = Date.now()
  await client.request({ ...bounds, url: `http://127.0.0.1:${elsewhere}/` })
  await client.request({ ...bounds, url: `http://127.0.0.1:${port}/` })
  expect(Date.now() - started).toBeLessThan(1_000)
  await Promise.all(hung)
})

test('a named origin may be private, itself only, and opens no way for others to it', async () => {
  const port = await serve((_, response) => response.end('stand-in'))
  const url = `http://127.0.0.1:${port}/`
  const client = egress()
  expect(await failure(client, { url, allow: `http://127.0.0.1:${port}` })).toBe('answered 200')
  expect(await failure(client, { url })).toMatch(/^refused-address/)
  expect(await failure(client, { url, allow: `http://127.0.0.1:${port + 1}` })).toMatch(/^refused-address/)
  expect(await failure(client, { url: `http://localhost:${port}/`, allow: url })).toMatch(/^refused-address/)
})

test('what goes wrong is told by its kind', async () => {
  const port = await serve(request => request.socket.destroy())
  const client = open()
  expect(await failure(client, { url: `http://127.0.0.1:${port}/` })).toMatch(/^connection: 127.0.0.1:\d+: /)
  expect(await failure(client, { url: `https://127.0.0.1:${port}/` })).toMatch(/^(?:tls|connection): /)
  expect(await failure(client, { url: 'http://does-not-exist.invalid/' })).toMatch(/^connection: .*ENOTFOUND/)
  expect(await failure(client, { url: `http://127.0.0.1:${port}/`, headers: { 'bad name': 'x' } })).toMatch(
    /^invalid-request/,
  )
})

test('requests go through EGRESS_PROXY, and literal private addresses are refused all the same', async () => {
  const port = await serve((_, response) => response.end('through'))
  const seen: string[] = []
  const proxy = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`)
    response.end('by proxy')
  })
  proxy.on('connect', (request, socket) => {
    seen.push(`CONNECT ${request.url}`)
    const upstream = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      upstream.pipe(socket).pipe(upstream)
    })
    upstream.on('error', () => socket.destroy())
    socket.on('error', () => upstream.destroy())
  })
  const client = egress({ proxy: `http://127.0.0.1:${await listen(proxy)}` })
  await expect(client.request({ ...bounds, url: 'http://outside.example/x' })).resolves.toMatchObject({ status: 200 })
  await failure(client, { url: 'https://outside.example/x' })
  expect(seen).toEqual(['GET http://outside.example/x', 'CONNECT outside.example:443'])
  expect(await failure(client, { url: `http://127.0.0.1:${port}/` })).toMatch(/^refused-address/)
})

test('one name whose servers are slow is looked up once for all who wait', async () => {
  const port = await serve((_, response) => response.end('ok'))
  let calls = 0
  const resolve: Resolve = async () => {
    calls++
    await new Promise(done => setTimeout(done, 100))
    return [{ address: '127.0.0.1', family: 4 }]
  }
  const client = egress({ allow: ['127.0.0.0/8'], resolve })
  await Promise.all(
    Array.from({ length: 10 }, () => client.request({ ...bounds, url: `http://slow.example:${port}/` })),
  )
  expect(calls).toBeLessThan(10)
})
