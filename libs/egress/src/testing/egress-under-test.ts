import { once } from 'node:events'
import { createServer as createHttpServer, Server as HttpServer, type RequestListener } from 'node:http'
import type { AddressInfo, Server } from 'node:net'
import { Egress, EgressError, type EgressOptions, type EgressRequest, type Resolve } from '../index.js'

/** What specs of the way out need; all that they start is closed after each test. */
export interface EgressUnderTest {
  egress(options?: Partial<EgressOptions>): Egress
  /** Its port, on this machine's loopback. */
  listen(server: Server | HttpServer): Promise<number>
  serve(listener: RequestListener): Promise<number>
  /** A server that must not be reached, and who came to it all the same. */
  inside(): Promise<{ port: number; hits: string[] }>
}

export function egressUnderTest(): EgressUnderTest {
  const clients: Egress[] = []
  const servers: (Server | HttpServer)[] = []
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.close()
    for (const server of servers.splice(0)) {
      if (server instanceof HttpServer) server.closeAllConnections()
      server.close()
    }
  })
  const listen = async (server: Server | HttpServer) => {
    servers.push(server.listen(0, '127.0.0.1'))
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }
  const serve = (listener: RequestListener) => listen(createHttpServer(listener))
  return {
    listen,
    serve,
    async inside() {
      const hits: string[] = []
      const port = await serve((request, response) => {
        hits.push(`${request.method} ${request.url}`)
        response.end('secret')
      })
      return { port, hits }
    },
    egress(options = {}) {
      const client = new Egress({ allow: [], publicUrl: 'https://events.example.com/base', ...options })
      clients.push(client)
      return client
    },
  }
}

/** `answered <status> <body>`, or `kind: message`. */
export async function outcome(client: Egress, url: string, more: Partial<EgressRequest> = {}): Promise<string> {
  try {
    const answer = await client.request({ method: 'GET', url, timeoutMs: 3_000, maxBytes: 1_000, ...more })
    return `answered ${answer.status} ${answer.body}`
  } catch (error) {
    return error instanceof EgressError ? `${error.kind}: ${error.message}` : `not an EgressError: ${String(error)}`
  }
}

/** Names' addresses: the first list at first, the last one from then on. */
export function resolving(...lists: string[][]): Resolve {
  let calls = 0
  return async () => {
    const list = lists[Math.min(calls++, lists.length - 1)] ?? []
    return list.map(address => ({ address, family: address.includes(':') ? 6 : 4 }))
  }
}
