import { randomBytes } from 'node:crypto'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import { DeliveryList, Subscriptions } from '#deliveries'
import { encodeEvent } from '#events'
import { EVENT_LOG, eventsTopic, instancesTopic, type EventLog } from '#event-log'
import { Accounts, Instances } from '#instances'
import { createApp, readSettings, SETTINGS, type Settings } from '#platform'
import { testDatabase, type TestDatabase } from '#test'
import { readEvents } from './consumer/read-events.js'
import { DispatcherModule } from './dispatcher.module.js'
import { anEvent } from './testing/events.js'
import { startReceiver, type Receiver } from './testing/receiver.js'
import { until } from './testing/until.js'

describe('the dispatcher as a process is made of it', () => {
  let db: TestDatabase
  let app: NestFastifyApplication
  let receiver: Receiver

  beforeAll(async () => {
    db = await testDatabase()
    receiver = await startReceiver()
    const environment = {
      DATABASE_URL: db.url,
      MASTER_KEYS: `test:${randomBytes(32).toString('base64')}`,
      EGRESS_ALLOW: '127.0.0.0/8',
      LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'silent',
    }
    app = await createApp(readSettings(environment, 'dispatcher'), DispatcherModule)
    const { topicPrefix } = app.get<Settings>(SETTINGS)
    const topics = ['intercom', 'icontact'].map(key => eventsTopic(topicPrefix, key))
    await app.get<EventLog>(EVENT_LOG).ensureTopics([...topics, instancesTopic(topicPrefix)])
    readEvents(app)
    await app.listen(0, '127.0.0.1')
    await app.startAllMicroservices()
  })
  afterAll(async () => {
    await app.close()
    await receiver.close()
    await db.drop()
  })

  test('what is published on the log arrives at the callback URL of its instance', async () => {
    const { accountId, companyId, userId } = await app.get(Accounts).create()
    const instance = await app.get(Instances).create({
      ...{ accountId, companyId, userId, elementKey: 'intercom', name: 'Support', tags: ['eu'] },
      configuration: {
        'event.notification.enabled': 'true',
        'event.vendor.type': 'webhooks',
        'event.notification.callback.url': receiver.url,
        'event.notification.signature.key': 'key',
      },
      identity: { variables: {} },
      vendorTokenExpiresAt: null,
    })
    const log = app.get<EventLog>(EVENT_LOG)
    const { topicPrefix } = app.get<Settings>(SETTINGS)
    const event = anEvent({ instanceId: instance.id, accountId, companyId, userId })
    await log.publish(eventsTopic(topicPrefix, 'intercom'), [encodeEvent(event)])
    const [callback] = await receiver.count(1, 20_000)
    expect(callback!.body).toContain(`"eventId":"${event.id}"`)
    expect(callback!.headers['elements-webhook-signature']).toMatch(/^sha256=/)
  })

  test('what an account wants done with failed callbacks counts from the moment it says so', async () => {
    const { accountId, companyId, userId } = await app.get(Accounts).create()
    const refusing = await startReceiver(() => ({ status: 500 }))
    const instance = await app.get(Instances).create({
      ...{ accountId, companyId, userId, elementKey: 'intercom', name: 'Refused', tags: [] },
      configuration: {
        'event.notification.enabled': 'true',
        'event.vendor.type': 'webhooks',
        'event.notification.callback.url': refusing.url,
      },
      identity: { variables: {} },
      vendorTokenExpiresAt: null,
    })
    const log = app.get<EventLog>(EVENT_LOG)
    const { topicPrefix } = app.get<Settings>(SETTINGS)
    const publish = async () => {
      const event = anEvent({ instanceId: instance.id, accountId, companyId, userId })
      await log.publish(eventsTopic(topicPrefix, 'intercom'), [encodeEvent(event)])
    }
    const list = app.get(DeliveryList)
    const statuses = async () => (await list.waiting(accountId)).items.map(({ status, attempts }) => [status, attempts])
    await publish()
    await until(async () => expect(await statuses()).toEqual([['retry', 1]]))
    await app.get(Accounts).saveSettings(accountId, { 'notification.webhook.failure.policy': 'queue' })
    await publish()
    // Nothing has ever reached the URL, so a last failure deactivates it, and all that waits is queued.
    await until(async () =>
      expect(await statuses()).toEqual([
        ['queued', 1],
        ['queued', 1],
      ]),
    )
    await app.get(Accounts).saveSettings(accountId, { 'notification.webhook.failure.policy': 'retry' })
    await app.get(Subscriptions).reactivate(accountId)
    await until(async () =>
      expect(await statuses()).toEqual([
        ['retry', 1],
        ['retry', 1],
      ]),
    )
    await refusing.close()
  })

  test('it is ready, and tells its numbers', async () => {
    const base = await app.getUrl()
    expect(await (await fetch(`${base}/health/ready`)).json()).toMatchObject({ status: 'up' })
    const metrics = await (await fetch(`${base}/metrics`)).text()
    expect(metrics).toMatch(/tributary_callback_attempts_total\{outcome="delivered"\} 1/)
    expect(metrics).toMatch(/tributary_oldest_due_delivery_seconds 0/)
    expect(metrics).toMatch(/tributary_lanes_owned 2/)
  })
})
