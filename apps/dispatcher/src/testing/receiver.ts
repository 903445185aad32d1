import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Received {
  headers: IncomingHttpHeaders
  body: string
  at: number
}

/** How a receiver answers; `hang` never does. */
export type Reply = { status: number; headers?: Record<string, string>; body?: string } | 'hang'

export interface Receiver {
  url: string
  received: Received[]
  /** From now on. */
  reply: (request: Received) => Reply
  /** Resolves when so many requests have come. */
  count(wanted: number, withinMs?: number): Promise<Received[]>
  close(): Promise<void>
}

/** A callback receiver on a free port. */
export async function startReceiver(reply: (request: Received) => Reply = () => ({ status: 200 })): Promise<Receiver> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const one = { headers: request.headers, body: Buffer.concat(chunks).toString(), at: Date.now() }
      receiver.received.push(one)
      const answer = receiver.reply(one)
      if (answer !== 'hang') response.writeHead(answer.status, answer.headers).end(answer.body ?? '{}')
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`,
    received: [],
    reply,
    async count(wanted, withinMs = 8_000) {
      const until = Date.now() + withinMs
      while (receiver.received.length < wanted) {
        if (Date.now() > until) throw new Error(`${receiver.received.length} of ${wanted} callbacks came`)
        await new Promise(resolve => setTimeout(resolve, 2))
      }
      return receiver.received
    },
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
  return receiver
}
