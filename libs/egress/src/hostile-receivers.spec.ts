import { createServer, type Socket } from 'node:net'
import { egressUnderTest, outcome } from './testing/egress-under-test.js'

const under = egressUnderTest()

const kept = 65_536
const timeoutMs = 400

/** What a receiver does with a connection once a request has come on it. */
type Behaviour = (socket: Socket) => void

/** A receiver that behaves so, and the connections it has. */
async function receiver(behaviour: Behaviour): Promise<{ url: string; open: Set<Socket> }> {
  const open = new Set<Socket>()
  const server = createServer(socket => {
    open.add(socket)
    socket.on('error', () => {}).on('close', () => open.delete(socket))
    socket.on('data', data => {
      if (data.includes('\r\n\r\n')) behaviour(socket)
    })
  })
  const port = await under.listen(server)
  return { url: `http://127.0.0.1:${port}/`, open }
}

const client = () => under.egress({ allow: ['127.0.0.1/32'] })

const writes =
  (text: string): Behaviour =>
  socket =>
    void socket.write(text)
const ends =
  (text: string): Behaviour =>
  socket =>
    void socket.end(text)
/** Writes again and again, for as long as somebody listens. */
const floods =
  (head: string, more: string, everyMs: number): Behaviour =>
  socket => {
    socket.write(head)
    const timer = setInterval(() => socket.writableLength < 1_000_000 && socket.write(more), everyMs)
    socket.on('close', () => clearInterval(timer))
  }

const ok = 'HTTP/1.1 200 OK\r\n'
const headers = (count: number, length: number) =>
  Array.from({ length: count }, (_, at) => `x-${at}: ${'v'.repeat(length)}\r\n`).join('')

test.each<[string, Behaviour, RegExp]>([
  ['closes without a word', ends(''), /^connection: /],
  ['breaks off', socket => void socket.resetAndDestroy(), /^connection: /],
  ['closes within the head', ends(`${ok}content-le`), /^connection: /],
  ['closes within a body that was to be longer', ends(`${ok}content-length: 10\r\n\r\nhalf`), /^connection: /],
  ['closes between chunks', ends(`${ok}transfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n`), /^connection: /],
  ['says nothing', () => {}, /^timeout: 127\.0\.0\.1:\d+: not over within 400 ms$/],
  ['stops within the head', writes(ok), /^timeout: /],
  ['stops within the body', writes(`${ok}content-length: 10\r\n\r\nhalf`), /^timeout: /],
  ['drips a head', floods(ok, 'x: y\r\n', 20), /^timeout: /],
  ['drips a body', floods(`${ok}\r\n`, 'x', 20), /^timeout: /],
  ['drips chunks', floods(`${ok}transfer-encoding: chunked\r\n\r\n`, '1\r\nx\r\n', 20), /^timeout: /],
  [
    'never ends a chunk’s extension',
    floods(`${ok}transfer-encoding: chunked\r\n\r\n1;`, 'x'.repeat(9_999), 1),
    /^(?:timeout|connection): /,
  ],
  ['sends 1,000 long headers', writes(`${ok}${headers(1_000, 100)}content-length: 0\r\n\r\n`), /^connection: .*Header/],
  ['sends a header without end', floods(`${ok}x: `, 'y'.repeat(9_999), 1), /^connection: .*Header/],
  ['sends headers without end', floods(ok, headers(100, 100), 1), /^connection: .*Header/],
  [
    'sends trailers without end',
    floods(`${ok}transfer-encoding: chunked\r\n\r\n0\r\n`, headers(100, 100), 1),
    /^(?:timeout|connection): /,
  ],
  [
    'switches protocols',
    writes('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
    /^connection: /,
  ],
  ['says 100 over and over', floods('', 'HTTP/1.1 100 Continue\r\n\r\n', 20), /^(?:timeout|connection): /],
  [
    'says 103 over and over',
    floods('', 'HTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n', 20),
    /^(?:timeout|connection): /,
  ],
  ['answers garbage', writes('\0\xff garbage \r\n\r\n'), /^connection: /],
  ['is a mail server', writes('220 mail.example ESMTP\r\n'), /^connection: /],
  ['speaks TLS', writes('\x15\x03\x03\x00\x02\x02\x28'), /^connection: /],
  ['speaks HTTP/0.9', ends('<html></html>'), /^connection: /],
  ['has a status that is none', writes('HTTP/1.1 2000 OK\r\ncontent-length: 0\r\n\r\n'), /^connection: /],
  ['has a length that is none', writes(`${ok}content-length: -1\r\n\r\n`), /^connection: /],
  ['has two lengths', writes(`${ok}content-length: 1\r\ncontent-length: 2\r\n\r\nab`), /^connection: /],
  [
    'has a length and chunks',
    writes(`${ok}content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`),
    /^connection: /,
  ],
  ['has a chunk that is none', writes(`${ok}transfer-encoding: chunked\r\n\r\nzz\r\n`), /^connection: /],
  ['breaks a header’s line', writes(`${ok}x: a\rb\r\n\r\n`), /^connection: /],
])('a receiver that %s is a failure in time, and no connection is left', async (_, behaviour, failure) => {
  const { url, open } = await receiver(behaviour)
  const from = client()
  const began = performance.now()
  expect(await outcome(from, url, { method: 'POST', body: '{}', timeoutMs, maxBytes: kept })).toMatch(failure)
  expect(performance.now() - began).toBeLessThan(timeoutMs + 2_000)
  await expectClosed(open)
})

test.each<[string, Behaviour, number]>([
  ['10 MB of a known length', writes(`${ok}content-length: 10000000\r\n\r\n${'x'.repeat(10_000_000)}`), kept],
  ['bytes without end', floods(`${ok}\r\n`, 'x'.repeat(100_000), 1), kept],
  [
    'chunks without end',
    floods(`${ok}transfer-encoding: chunked\r\n\r\n`, `ffff\r\n${'x'.repeat(65_535)}\r\n`, 1),
    kept,
  ],
])('of %s so much is kept, and the rest is not read', async (_, behaviour, length) => {
  const { url, open } = await receiver(behaviour)
  const request = { method: 'POST', url, body: '{}', timeoutMs: 5_000, maxBytes: kept }
  const answer = await client().request(request)
  expect([answer.status, answer.body.length, answer.truncated]).toEqual([200, length, true])
  await expectClosed(open)
})

test('1,000 short headers, and an early hint before the answer, are an answer', async () => {
  const early = 'HTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n'
  const { url } = await receiver(writes(`${early}${ok}${headers(1_000, 1)}content-length: 2\r\n\r\nok`))
  expect(await outcome(client(), url)).toBe('answered 200 ok')
})

test('a receiver that stops reading a body in the middle holds nothing longer than the time-out', async () => {
  const { url, open } = await receiver(socket => void socket.pause())
  const body = Buffer.alloc(20_000_000)
  expect(await outcome(client(), url, { method: 'POST', body, timeoutMs })).toMatch(/^timeout: /)
  await expectClosed(open)
})

test('an answer that nobody asked for is no answer to the next request', async () => {
  const answer = (text: string) => `${ok}content-length: ${text.length}\r\n\r\n${text}`
  const { url } = await receiver(writes(answer('mine') + answer('evil')))
  const from = client()
  const seen: string[] = []
  for (let at = 0; at < 5; at++) seen.push(await outcome(from, url))
  expect(seen).toContain('answered 200 mine')
  expect(seen.filter(each => each.includes('evil'))).toEqual([])
})

test('a hundred of them at once free their places for the next', async () => {
  const { url, open } = await receiver(() => {})
  const answering = await under.serve((_, response) => response.end('ok'))
  const from = client()
  const hung = await Promise.all(Array.from({ length: 100 }, () => outcome(from, url, { timeoutMs: 1_500 })))
  expect(new Set(hung.map(each => each.split(':')[0]))).toEqual(new Set(['timeout']))
  expect(await outcome(from, `http://127.0.0.1:${answering}/`)).toBe('answered 200 ok')
  await expectClosed(open)
}, 15_000)

/** Waits until the receiver has no connection left; fails by the test's time-out. */
async function expectClosed(open: ReadonlySet<Socket>): Promise<void> {
  while (open.size > 0) {
    for (const socket of open) socket.resume()
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}
