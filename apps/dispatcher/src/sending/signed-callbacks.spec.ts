import { DeliveryList, Replays } from '#deliveries'
import { EVENT_LOG, eventsTopic, instancesTopic, type EventLog } from '#event-log'
import { encodeEvent } from '#events'
import { Accounts, Instances, rotateSignatureKey, type NewAccount } from '#instances'
import { createApp, readSettings, SETTINGS, type Settings } from '#platform'
import { verifyElements } from '#signing'
import { testCertificate, testDatabase, type TestDatabase } from '#test'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { Webhook } from 'standardwebhooks'
import { readEvents } from '../consumer/read-events.js'
import { DispatcherModule } from '../dispatcher.module.js'
import { anEvent } from '../testing/events.js'
import { startReceiver, type Received, type Receiver } from '../testing/receiver.js'
import { until } from '../testing/until.js'

const hour = 3_600_000
const signatureKey = 'event.notification.signature.key'

let db: TestDatabase
let app: NestFastifyApplication
let account: NewAccount
let receiver: Receiver

beforeAll(async () => {
  db = await testDatabase()
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
  account = await app.get(Accounts).create()
})
afterAll(async () => {
  await app.close()
  await db.drop()
})
beforeEach(async () => {
  receiver = await startReceiver()
})
afterEach(() => receiver.close())

/** An instance that calls `url`; its id. */
async function instance(url: string, configuration: Record<string, string>): Promise<number> {
  const { accountId, companyId, userId } = account
  const created = await app.get(Instances).create({
    ...{ accountId, companyId, userId, elementKey: 'intercom', name: 'Support', tags: [] },
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
}

async function publish(instanceId: number): Promise<void> {
  const { accountId, companyId, userId } = account
  const event = anEvent({ instanceId, accountId, companyId, userId })
  const topic = eventsTopic(app.get<Settings>(SETTINGS).topicPrefix, 'intercom')
  await app.get<EventLog>(EVENT_LOG).publish(topic, [encodeEvent(event)])
}

/** Which of the keys somebody else's receiver accepts a callback with. */
function accepted({ headers, body }: Received, ...keys: string[]): string[] {
  return keys.filter(key => {
    const webhook = key.startsWith('whsec_') ? new Webhook(key) : new Webhook(key, { format: 'raw' })
    try {
      return Boolean(webhook.verify(body, headers as Record<string, string>))
    } catch {
      return false
    }
  })
}

const oldHeader = ({ headers, body }: Received, key: string) =>
  verifyElements(headers['elements-webhook-signature'], body, key)

test('while a key follows another, receivers with either accept callbacks; afterwards only those with the new one', async () => {
  const [old, next] = ['MySecretEventSignatureKey', `whsec_${randomBytes(32).toString('base64')}`] as const
  const id = await instance(receiver.url, { [signatureKey]: old })
  await publish(id)
  const [before] = await receiver.count(1)
  expect([accepted(before!, old, next), oldHeader(before!, old)]).toEqual([[old], true])

  const instances = app.get(Instances)
  await instances.update(id, current => rotateSignatureKey(current, next, hour, Date.now()))
  await publish(id)
  const [, during] = await receiver.count(2)
  expect(accepted(during!, old, next)).toEqual([old, next])
  expect(String(during!.headers['webhook-signature']).split(' ')).toHaveLength(2)
  // Clients of the old header compare all of it: the newest key's alone.
  expect([oldHeader(during!, next), oldHeader(during!, old)]).toEqual([true, false])

  // An hour later: nobody ends it, it is over.
  await instances.update(id, { retiredSignatureKeys: [{ key: old, until: new Date(Date.now() - 1) }] })
  await publish(id)
  const [, , after] = await receiver.count(3)
  expect([accepted(after!, old, next), oldHeader(after!, next)]).toEqual([[next], true])

  const list = app.get(DeliveryList)
  await until(async () => expect((await list.waiting(account.accountId)).items).toEqual([]))
  // What was sent under the old key is replayed under the key of now.
  await app.get(Replays).start({ accountId: account.accountId, instanceId: id })
  const replayed = (await receiver.count(6)).slice(3)
  expect(replayed.map(({ headers }) => headers['webhook-id'])).toContain(before!.headers['webhook-id'])
  expect(replayed.map(callback => accepted(callback, old, next))).toEqual([[next], [next], [next]])
})

test('a callback URL that demands a client certificate gets the instance’s own, and no other instance’s callbacks', async () => {
  const { certificate: cert, key } = testCertificate('server')
  const ca = testCertificate('ca').certificate
  const callers: string[] = []
  const server = createServer({ cert, key, ca, requestCert: true, rejectUnauthorized: true }, (request, response) => {
    request.resume().on('end', () => {
      callers.push(String((request.socket as TLSSocket).getPeerCertificate().subject.CN))
      response.end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/callback`
    const { certificate, key: clientKey } = testCertificate('client')
    const withCertificate = await instance(url, {
      'event.notification.callback.ca': ca,
      'event.notification.callback.client.certificate': certificate,
      'event.notification.callback.client.key': clientKey,
    })
    const trustingOnly = await instance(url, { 'event.notification.callback.ca': ca })
    const plain = await instance(url, {})
    // The same lane: one URL of one account.
    for (const id of [withCertificate, trustingOnly, plain, withCertificate]) await publish(id)
    await until(async () => {
      const list = app.get(DeliveryList)
      const waiting = (await list.waiting(account.accountId)).items.map(({ instanceId, status }) => [
        instanceId,
        status,
      ])
      expect(waiting.sort()).toEqual([
        [trustingOnly, 'retry'],
        [plain, 'retry'],
      ])
      expect(callers).toEqual(['tributary', 'tributary'])
    })
    const errors = await db.pool.query<{ instanceId: number; error: string }>(
      `select instance_id as "instanceId", error from attempt where error is not null order by instance_id`,
    )
    expect(errors.rows).toEqual([
      { instanceId: trustingOnly, error: expect.stringMatching(/^(?:tls|connection): /) as unknown },
      { instanceId: plain, error: expect.stringMatching(/^tls: .*certificate/) as unknown },
    ])
  } finally {
    server.closeAllConnections()
    server.close()
  }
})
