import { createHmac } from 'node:crypto'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import { Connectors } from '#connectors'
import { decodeEvent } from '#events'
import type { NormalizedEvent } from '#events'
import { allTopics, EVENT_LOG } from '#event-log'
import type { EventLog } from '#event-log'
import { Accounts, Instances } from '#instances'
import type { Instance, NewAccount, NewInstance } from '#instances'
import { createApp, createLogger, readSettings } from '#platform'
import { testDatabase } from '#test'
import type { TestDatabase } from '#test'
import { WebhookGatewayModule } from '../webhook-gateway.module.js'

const prefix = 'door'

/** The gateway on a database of its own, with what it publishes: for specs. */
export class RunningGateway {
  /** What came to rest on the log, in its order. */
  readonly events: NormalizedEvent[] = []
  /** What it logged, a line each. */
  readonly lines: string[] = []
  app!: NestFastifyApplication
  account!: NewAccount
  private database!: TestDatabase
  private url = ''

  static async start(environment: Record<string, string> = {}): Promise<RunningGateway> {
    const gateway = new RunningGateway()
    await gateway.open(environment)
    return gateway
  }

  private async open(environment: Record<string, string>): Promise<void> {
    this.database = await testDatabase()
    const settings = readSettings(
      {
        DATABASE_URL: this.database.url,
        MASTER_KEYS: `k:${Buffer.alloc(32, 7).toString('base64')}`,
        TOPIC_PREFIX: prefix,
        PORT: '0',
        ...environment,
      },
      'webhook-gateway',
    )
    const logger = createLogger(settings, { write: line => void this.lines.push(line) })
    this.app = await createApp(settings, WebhookGatewayModule, logger)
    const log = this.app.get<EventLog>(EVENT_LOG)
    const keys = this.app
      .get(Connectors)
      .list()
      .map(({ key }) => key)
    const topics = allTopics(prefix, keys)
    await log.ensureTopics(topics)
    await this.app.listen(0, '127.0.0.1')
    this.url = await this.app.getUrl()
    this.account = await this.app.get(Accounts).create({})
    const ofEvents = topics.filter(topic => topic.includes('.events.'))
    await log.subscribe({ topics: ofEvents, readers: 'group', group: 'spec' }, async batch => {
      this.events.push(...batch.records.map(record => decodeEvent(record.value.toString())))
      return { kind: 'done' }
    })
  }

  async close(): Promise<void> {
    await this.app?.close()
    await this.database?.drop()
  }

  /** An Intercom instance that gets its events by webhook, and has nothing to verify by unless `configuration` says so. */
  create(change: Partial<NewInstance> = {}, configuration: Record<string, string> = {}): Promise<Instance> {
    const { accountId, companyId, userId } = this.account
    return this.app.get(Instances).create({
      ...{ accountId, companyId, userId, elementKey: 'intercom', name: 'spec', tags: [] },
      ...{ identity: { variables: {} }, vendorTokenExpiresAt: null },
      configuration: {
        'event.notification.enabled': 'true',
        'event.vendor.type': 'webhooks',
        ...configuration,
      },
      ...change,
    })
  }

  get authorization(): string {
    return `User ${this.account.userSecret}, Organization ${this.account.organizationSecret}`
  }

  /** @param path what follows `/elements/api-v2/events/` */
  async send(
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body?: string,
  ): Promise<{ status: number; body: { status?: string; message?: string; events?: number } }> {
    const response = await fetch(`${this.url}/elements/api-v2/events/${path}`, {
      method,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body }),
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.startsWith('application/json')
    return { status: response.status, body: (isJson && text ? JSON.parse(text) : {}) as { status?: string } }
  }

  /** Waits until `count` such events are on the log. */
  async eventsWhere(wanted: (event: NormalizedEvent) => boolean, count: number): Promise<NormalizedEvent[]> {
    for (let tries = 0; this.events.filter(wanted).length < count; tries++) {
      if (tries === 200) throw new Error(`only ${this.events.filter(wanted).length} of ${count} events came`)
      await new Promise(done => setTimeout(done, 50))
    }
    return this.events.filter(wanted)
  }

  eventsOf(instanceId: number, count: number): Promise<NormalizedEvent[]> {
    return this.eventsWhere(event => event.instanceId === instanceId, count)
  }
}

/** Intercom's header. */
export function signature(secret: string, text: string): Record<string, string> {
  return { 'x-hub-signature': `sha1=${createHmac('sha1', secret).update(text).digest('hex')}` }
}

export function base64(id: number): string {
  return Buffer.from(String(id)).toString('base64')
}
