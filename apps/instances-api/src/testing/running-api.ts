import { Accounts, type NewAccount } from '#instances'
import { createApp, createLogger, readSettings } from '#platform'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import { readFileSync } from 'node:fs'
import { InstancesApiModule } from '../instances-api.module.js'

export interface Answer {
  status: number
  headers: Headers
  body: unknown
}

/** The API, listening on a port of its own, with an account to call it by: for specs. */
export class RunningApi {
  private constructor(
    readonly app: NestFastifyApplication,
    readonly url: string,
    readonly account: NewAccount,
  ) {}

  static async start(environment: Record<string, string>): Promise<RunningApi> {
    const settings = readSettings(
      {
        MASTER_KEYS: `test:${Buffer.alloc(32, 7).toString('base64')}`,
        PUBLIC_URL: 'https://tributary.example',
        ...environment,
      },
      'instances-api',
    )
    const app = await createApp(settings, InstancesApiModule, createLogger({ ...settings, logLevel: 'silent' }))
    await app.listen(0, '127.0.0.1')
    return new RunningApi(app, await app.getUrl(), await app.get(Accounts).create({ name: 'Test' }))
  }

  /** Calls a path below `/elements/api-v2`, or any that begins with `//`; `authorization` null: without the header. */
  async call(
    method: string,
    path: string,
    {
      body,
      authorization,
      headers,
    }: { body?: unknown; authorization?: string | null; headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    const sent = authorization === undefined ? authorizationOf(this.account) : authorization
    const response = await fetch(this.url + (path.startsWith('//') ? path.slice(1) : `/elements/api-v2${path}`), {
      method,
      headers: {
        ...(sent !== null && { authorization: sent }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json')
    return {
      status: response.status,
      headers: response.headers,
      body: isJson && text ? (JSON.parse(text) as unknown) : text,
    }
  }

  close(): Promise<void> {
    return this.app.close()
  }
}

export function authorizationOf({ userSecret, organizationSecret }: NewAccount): string {
  return `User ${userSecret}, Organization ${organizationSecret}`
}

/** A documented request as it was printed. */
export function printed(name: string): string {
  return readFileSync(new URL(`../instances/testdata/${name}`, import.meta.url), 'utf8')
}
