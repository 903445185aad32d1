import { EVENT_LOG, eventsTopic, instancesTopic, type EventLog } from '#event-log'
import { encodeEvent } from '#events'
import { Instances, type NewAccount } from '#instances'
import { createApp, readSettings, SETTINGS, type Settings } from '#platform'
import { testDatabase, type TestDatabase } from '#test'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import { randomBytes } from 'node:crypto'
import { readEvents } from '../consumer/read-events.js'
import { DispatcherModule } from '../dispatcher.module.js'
import { anEvent } from './events.js'
import { receivers, type Receivers } from './receivers.js'

/** What a spec of the whole process stands on: a database, the process over it, reading the log, and receivers. */
export interface ProcessFixture extends Receivers {
  readonly db: TestDatabase
  readonly app: NestFastifyApplication
  /** Creates an instance that calls `url`; its id. */
  instance(account: NewAccount, url: string, configuration?: Record<string, string>): Promise<number>
  /** Publishes an event of an instance as a gateway does; its id. */
  publish(account: NewAccount, instanceId: number): Promise<string>
}

/** Starts a fixture before the tests of a file, and ends it after them. */
export function processFixture(): ProcessFixture {
  const parts: { db?: TestDatabase; app?: NestFastifyApplication } = {}
  const started = <Name extends keyof typeof parts>(name: Name): NonNullable<(typeof parts)[Name]> => {
    const part = parts[name]
    if (part === undefined) throw new Error(`the fixture's ${name} is there in tests and hooks only`)
    return part
  }

  beforeAll(async () => {
    parts.db = await testDatabase()
    const environment = {
      DATABASE_URL: parts.db.url,
      MASTER_KEYS: `test:${randomBytes(32).toString('base64')}`,
      EGRESS_ALLOW: '127.0.0.0/8',
      LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'silent',
    }
    const app = await createApp(readSettings(environment, 'dispatcher'), DispatcherModule)
    parts.app = app
    const { topicPrefix } = app.get<Settings>(SETTINGS)
    const topics = ['intercom', 'icontact'].map(key => eventsTopic(topicPrefix, key))
    await app.get<EventLog>(EVENT_LOG).ensureTopics([...topics, instancesTopic(topicPrefix)])
    readEvents(app)
    await app.listen(0, '127.0.0.1')
    await app.startAllMicroservices()
  })
  const givenReceivers = receivers()
  afterAll(async () => {
    await parts.app?.close()
    await parts.db?.drop()
  })

  return {
    another: givenReceivers.another,
    get receiver() {
      return givenReceivers.receiver
    },
    get db() {
      return started('db')
    },
    get app() {
      return started('app')
    },
    async instance({ accountId, companyId, userId }, url, configuration = {}) {
      const created = await started('app')
        .get(Instances)
        .create({
          ...{ accountId, companyId, userId, elementKey: 'intercom', name: 'Support', tags: ['eu'] },
          configuration: {
            'event.notification.enabled': 'true',
            'event.vendor.type': 'webhooks',
            'event.notification.callback.url': url,
            ...configuration,
          },
          identity: { variables: {} },
          vendorTokenExpiresAt: null,
        })
      return created.id
    },
    async publish({ accountId, companyId, userId }, instanceId) {
      const event = anEvent({ instanceId, accountId, companyId, userId })
      const topic = eventsTopic(started('app').get<Settings>(SETTINGS).topicPrefix, 'intercom')
      await started('app')
        .get<EventLog>(EVENT_LOG)
        .publish(topic, [encodeEvent(event)])
      return event.id
    },
  }
}
