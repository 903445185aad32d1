import { createServer } from 'node:http'
import type { Egress, Resolve } from './index.js'
import { egressUnderTest, outcome, resolving } from './testing/egress-under-test.js'

const under = egressUnderTest()
const { egress, inside } = under

describe('URLs that are no way out', () => {
  test.each([
    ...[
      'ftp://example.com/',
      'file:///etc/passwd',
      'gopher://example.com:70/_x',
      'dict://example.com/',
      'ws://example.com/',
    ],
    ...[
      'data:text/plain,x',
      'javascript:alert(1)',
      'jar:http://example.com!/',
      'unix:/run/docker.sock',
      'ldap://example.com',
    ],
  ])('%s: the scheme', url => {
    expect(egress().checkUrl(url)).toMatch(/^the scheme is .*; http:\/\/ and https:\/\/ will do$/)
  })

  test.each(['http://me@example.com/', 'https://me:hunter2@example.com/', 'http://:hunter2@example.com/'])(
    '%s: credentials, which are told of but not repeated',
    url => {
      expect(egress().checkUrl(url)).toMatch(/^example\.com: credentials/)
      expect(egress().checkUrl(url)).not.toContain('hunter2')
    },
  )

  test.each([0, 22, 25, 53, 110, 143, 465, 587, 6000, 6667])('port %i: another protocol’s', port => {
    expect(egress().checkUrl(`http://example.com:${port}/`)).toBe(
      `example.com:${port}: port ${port} is another protocol's, and not for HTTP`,
    )
  })

  test.each([
    ...['https://events.example.com/base/x', 'http://EVENTS.example.com/base', 'https://events.example.com:443/base'],
    ...[
      'https://events.example.com./base/',
      'https://events.example.com/%62ase/x',
      'https://events.example.com//base/x',
    ],
    ...[
      'https://events.example.com/a/../base/x',
      'https://events.example.com/%2e%2e/base',
      'https:\\\\events.example.com\\base',
    ],
  ])('%s: our own', url => {
    expect(egress().checkUrl(url)).toContain("this system's own address (PUBLIC_URL)")
  })

  test('what only looks like those is let through', () => {
    const urls = ['https://events.example.com/other', 'https://my.events.example.com/base', 'https://example.com:8443/']
    urls.push(
      'http://localhost.example.com/',
      'http://10.0.0.1.example.com/',
      'http://example.com/?x=http://127.0.0.1/',
    )
    expect(urls.map(url => egress().checkUrl(url))).toEqual(urls.map(() => null))
  })
})

describe('nothing within a request leads elsewhere', () => {
  const open = () => egress({ allow: ['127.0.0.1/32'] })

  test.each([301, 302, 303, 307, 308])('a redirect (%i) inside is an answer and not followed', async status => {
    const { port, hits } = await inside()
    const redirecting = await under.serve((_, response) => {
      const location = `http://127.0.0.1:${port}/`
      response.writeHead(status, { location, refresh: `0;url=${location}` }).end()
    })
    const answered = await outcome(open(), `http://127.0.0.1:${redirecting}/`)
    expect([answered, hits]).toEqual([`answered ${status} `, []])
  })

  test('line ends in the URL, the method and the headers make no second request', async () => {
    const { port, hits } = await inside()
    const url = `http://127.0.0.1:${port}/`
    const client = open()
    expect(await outcome(client, `${url}a\r\nGET /evil HTTP/1.1\r\n\r\n`)).toBe('answered 200 secret')
    expect(await outcome(client, `${url}%0d%0aGET%20/evil`)).toBe('answered 200 secret')
    expect(hits).toEqual(['GET /aGET%20/evil%20HTTP/1.1', 'GET /%0d%0aGET%20/evil'])
    const forged: Record<string, string>[] = [{ 'x-a': 'b\r\nx-evil: 1' }, { 'x-a\r\nx-evil': '1' }, { 'x-a': 'b\0' }]
    for (const headers of forged) {
      expect(await outcome(client, url, { headers })).toMatch(/^invalid-request: /)
    }
    expect(await outcome(client, url, { method: 'GET /evil HTTP/1.1\r\n\r\nGET' })).toMatch(/^invalid-request: /)
    expect(hits).toHaveLength(2)
  })
})

describe('through EGRESS_PROXY', () => {
  async function proxied(resolve: Resolve, allow: string[] = []): Promise<{ client: Egress; seen: string[] }> {
    const seen: string[] = []
    const proxy = createServer((request, response) => {
      seen.push(`${request.method} ${request.url}`)
      response.end('by proxy')
    })
    proxy.on('connect', (request, socket) => {
      seen.push(`CONNECT ${request.url}`)
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
    })
    const uri = `http://127.0.0.1:${await under.listen(proxy)}`
    return { client: egress({ proxy: uri, resolve, allow }), seen }
  }

  test('addresses, and names that lead inside as far as can be seen from here, never come to the proxy', async () => {
    const { client, seen } = await proxied(resolving(['93.184.216.34', '10.0.0.1']))
    const urls = [
      'http://127.0.0.1/',
      'https://[::1]/',
      'http://0x7f.1/',
      'http://localhost/',
      'http://inside.example/',
    ]
    for (const url of [...urls, 'https://inside.example/']) {
      expect([url, await outcome(client, url)]).toEqual([
        url,
        expect.stringMatching(/^refused-address: .*EGRESS_ALLOW/),
      ])
    }
    expect(seen).toEqual([])
  })

  test('names that are public or allowed, or that only the proxy can resolve, do', async () => {
    const failing: Resolve = () => Promise.reject(Object.assign(new Error('ENOTFOUND'), { code: 'ENOTFOUND' }))
    const hanging: Resolve = () => new Promise(() => {})
    const ways = [
      await proxied(resolving(['93.184.216.34'])),
      await proxied(failing),
      await proxied(hanging),
      await proxied(resolving(['10.0.0.1']), ['10.0.0.0/8']),
    ]
    const answers = await Promise.all(ways.map(({ client }) => outcome(client, 'http://outside.example/x')))
    expect(answers).toEqual(ways.map(() => 'answered 200 by proxy'))
    expect(ways.map(({ seen }) => seen)).toEqual(ways.map(() => ['GET http://outside.example/x']))
  })

  test('a request whose time is over before its name is judged is not sent any more', async () => {
    const { client, seen } = await proxied(() => new Promise(() => {}))
    const request = client.request({ method: 'GET', url: 'http://slow.example/', timeoutMs: 100, maxBytes: 1 })
    await expect(request).rejects.toMatchObject({ kind: 'timeout' })
    await new Promise(resolve => setTimeout(resolve, 1_200))
    expect(seen).toEqual([])
  })
})
