import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface StrictOptions {
  /** Requests of an account in a window. */
  requests: number
  windowMs: number
  /** Whether its answers tell of the budget. */
  tells: boolean
}

/** A vendor that counts strictly, by the bearer token, in windows that begin when the clock says so. */
export class StrictVendor {
  readonly served = new Map<string, number>()
  readonly refused = new Map<string, number>()
  readonly #windows = new Map<string, { number: number; requests: number }>()
  readonly #server = createServer((request, response) => {
    const account = request.headers.authorization ?? ''
    const number = Math.floor(Date.now() / this.options.windowMs)
    const known = this.#windows.get(account)
    const window = known?.number === number ? known : { number, requests: 0 }
    this.#windows.set(account, window)
    const isServed = ++window.requests <= this.options.requests
    const counts = isServed ? this.served : this.refused
    counts.set(account, (counts.get(account) ?? 0) + 1)
    const told = {
      'x-remaining': String(Math.max(0, this.options.requests - window.requests)),
      'x-reset': String(((number + 1) * this.options.windowMs) / 1_000),
    }
    const body = isServed ? this.body(request.url ?? '') : { error: 'slow down' }
    response.writeHead(isServed ? 200 : 429, { 'content-type': 'application/json', ...(this.options.tells && told) })
    response.end(JSON.stringify(body))
  })

  constructor(private readonly options: StrictOptions) {}

  /** @returns its origin */
  async start(): Promise<string> {
    await new Promise<void>(resolve => this.#server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  stop(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  /** As it is defined. `things` are pages without an end. */
  definition(key: string, id: number): object {
    const { requests, windowMs, tells } = this.options
    return {
      ...{ key, id, name: 'Strict', description: 'A vendor that counts', hub: 'crm' },
      api: {
        sites: [{ name: 'main', api: 'https://strict.example' }],
        rateLimit: {
          limits: [{ requests, windowSeconds: windowMs / 1_000, per: ['{token}'] }],
          ...(tells && { remaining: 'x-remaining', reset: 'x-reset' }),
          waitSeconds: 2,
        },
      },
      authentication: { type: 'apiKey', headers: { authorization: '{token}' } },
      fields: [{ key: 'token', label: 'Token', type: 'PASSWORD', secret: true }],
      resources: {
        things: {
          id: 'id',
          dates: { updatedDateField: 'at', updatedDateFormat: 'timestamp' },
          listings: [
            {
              ...{ path: '/things', items: 'things' },
              paging: { style: 'cursor', next: 'next', into: 'query', parameter: 'after' },
            },
          ],
        },
      },
    }
  }

  private body(url: string): object {
    const page = Number(new URL(url, 'http://strict.example').searchParams.get('after') ?? 0)
    return { things: [{ id: String(page), at: Math.floor(Date.now() / 1_000) }], next: String(page + 1) }
  }
}
