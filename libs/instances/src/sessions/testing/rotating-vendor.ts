import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

interface Grant {
  access: string
  refresh: string
}

/** A vendor whose refresh tokens can be used once: each answer has another, and the old one is dead. */
export class RotatingVendor {
  /** Refresh tokens that were presented, in order. */
  readonly presented: string[] = []
  readonly paths: string[] = []
  answerAfterMs = 0
  /** How long a refresh token that was used gives the same tokens once more. */
  graceMs = 0
  /** Called once the new tokens are made, before they are sent. False: they aren't. */
  onRenewal: () => boolean | Promise<boolean> = () => true
  /** Instead of tokens. */
  answer: { status: number; body: object } | null = null
  #current: Grant = { access: 'old', refresh: 'first' }
  #before: { refresh: string; usedAt: number } | null = null
  #renewed = 0
  readonly #server = createServer((request, response) => {
    let body = ''
    request.on('data', chunk => (body += String(chunk)))
    request.on('end', () => void this.serve(request.url ?? '', body, request.headers.authorization, response))
  })

  /** @returns its origin */
  async start(): Promise<string> {
    await new Promise<void>(resolve => this.#server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  stop(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  /** Begins anew: the access token `old`, and `first` to renew it by. */
  reset(): void {
    this.presented.length = 0
    this.paths.length = 0
    this.#current = { access: 'old', refresh: 'first' }
    this.#before = null
    this.answerAfterMs = 0
    this.graceMs = 0
    this.onRenewal = () => true
    this.answer = null
  }

  /** The access token that works. */
  get access(): string {
    return this.#current.access
  }

  /** As it is defined; access tokens last an hour. */
  static definition(key: string, id: number): object {
    return {
      ...{ key, id, name: 'Rotating', description: 'A vendor for specs', hub: 'crm' },
      api: {
        sites: [
          {
            ...{ name: 'main', api: 'https://api.rotating.example', authorize: 'https://rotating.example/oauth' },
            token: 'https://api.rotating.example/token',
          },
        ],
        errors: { list: 'errors' },
      },
      authentication: {
        type: 'oauth2',
        headers: { authorization: 'Bearer {oauth.user.token}' },
        oauth2: {
          authorize: { client_id: '{apiKey}' },
          token: {
            ...{ encoding: 'json', parameters: { code: '{code}' }, accessToken: ['access_token'] },
            ...{ refreshToken: ['refresh_token'], expiresIn: ['expires_in'] },
          },
          refresh: { parameters: { refresh_token: '{refreshToken}', client_id: '{apiKey}' } },
        },
      },
      fields: [
        { key: 'oauth.user.token', label: 'Access token', type: 'PASSWORD', secret: true },
        { key: 'oauth.user.refresh_token', label: 'Refresh token', type: 'PASSWORD', secret: true },
        { key: 'oauth.api.key', label: 'Client', type: 'TEXTFIELD_128' },
      ],
      resources: {
        things: {
          id: 'id',
          dates: { updatedDateField: 'at', updatedDateFormat: 'timestamp' },
          listings: [{ path: '/things', items: 'things', paging: { style: 'none' } }],
        },
      },
    }
  }

  private async serve(path: string, body: string, authorization: string | undefined, response: ServerResponse) {
    this.paths.push(path)
    const send = (status: number, answer: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
    if (path !== '/token') {
      if (authorization !== `Bearer ${this.access}`) return send(401, { errors: ['the token has ended'] })
      return send(200, { things: [{ id: '1', at: Math.floor(Date.now() / 1_000) }] })
    }
    const { refresh_token: presented, code } = JSON.parse(body) as { refresh_token?: string; code?: string }
    if (presented !== undefined) this.presented.push(presented)
    await new Promise(resolve => setTimeout(resolve, this.answerAfterMs))
    if (this.answer) return send(this.answer.status, this.answer.body)
    if (code === undefined && !this.renew(presented ?? '')) return send(400, { error: 'invalid_grant' })
    if (code !== undefined) this.rotate()
    if (!(await this.onRenewal())) return
    send(200, { access_token: this.access, refresh_token: this.#current.refresh, expires_in: 3_600 })
  }

  private renew(presented: string): boolean {
    const before = this.#before
    if (before?.refresh === presented && Date.now() < before.usedAt + this.graceMs) return true
    if (presented !== this.#current.refresh) return false
    this.rotate()
    return true
  }

  private rotate(): void {
    this.#renewed++
    this.#before = { refresh: this.#current.refresh, usedAt: Date.now() }
    this.#current = { access: `access-${this.#renewed}`, refresh: `refresh-${this.#renewed}` }
  }
}
