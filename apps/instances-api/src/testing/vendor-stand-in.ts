import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A text is sent as it is, all else as JSON. */
export interface VendorAnswer {
  status: number
  body: unknown
  headers?: Record<string, string>
}

type Answering = VendorAnswer | ((request: { search: string }) => VendorAnswer)

/** A vendor over real HTTP, for specs: answers by path and remembers what it was asked. */
export class VendorStandIn {
  readonly requests: {
    method: string
    path: string
    search: string
    headers: IncomingMessage['headers']
    body: string
  }[] = []
  readonly answers = new Map<string, Answering>()
  private readonly server = createServer((request, response) => void this.answer(request, response))

  async start(): Promise<string> {
    await new Promise<void>(resolve => this.server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections()
    await new Promise(resolve => this.server.close(resolve))
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const [path = '', search = ''] = (request.url ?? '').split('?')
    this.requests.push({
      method: request.method ?? '',
      path,
      search,
      headers: request.headers,
      body: String(Buffer.concat(chunks)),
    })
    const answering = this.answers.get(path) ?? { status: 404, body: { errors: [{ code: 'not_found' }] } }
    const { status, body, headers } = typeof answering === 'function' ? answering({ search }) : answering
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text)
  }
}

/** What Intercom's token endpoint and `/me` say when all is well. */
export function contentIntercom(vendor: VendorStandIn): void {
  vendor.answers.set('/auth/eagle/token', {
    status: 200,
    body: { token_type: 'Bearer', token: 'tok', access_token: 'tok' },
  })
  vendor.answers.set('/me', {
    status: 200,
    body: { type: 'admin', id: '1', app: { type: 'app', id_code: 'drzzt019', region: 'US', timezone: 'Europe/Paris' } },
  })
}

/** What iContact says of its accounts and folders when all is well. */
export function contentIContact(vendor: VendorStandIn): void {
  vendor.answers.set('/icp/a/', {
    status: 200,
    body: { accounts: [{ accountId: '413323', enabled: '1', companyName: 'C' }], total: 1, limit: 20, offset: 0 },
  })
  vendor.answers.set('/icp/a/413323/c/', {
    status: 200,
    body: { clientfolders: [{ clientFolderId: '124667' }], total: 1 },
  })
}
