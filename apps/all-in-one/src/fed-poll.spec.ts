import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import { Accounts } from '#instances'
import type { NewAccount } from '#instances'
import { testDatabase } from '#test'
import type { TestDatabase } from '#test'
import { startAll } from './start-all.js'
import { callApi } from './testing/call-api.js'

interface Callback {
  message: { events: { objectId: string; pollDate: string }[]; raw: Record<string, unknown>; instanceId: number }
}

let database: TestDatabase
let app: NestFastifyApplication
let url: string
let account: NewAccount
let receiver: Server
const callbacks: Callback[] = []

beforeAll(async () => {
  receiver = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      callbacks.push(JSON.parse(Buffer.concat(chunks).toString()) as Callback)
      response.end('{}')
    })
  })
  await new Promise<void>(done => receiver.listen(0, '127.0.0.1', done))
  database = await testDatabase()
  app = await startAll({
    ...{ DATABASE_URL: database.url, MASTER_KEYS: `k:${Buffer.alloc(32, 7).toString('base64')}`, PORT: '0' },
    ...{ LOG_LEVEL: 'silent', EGRESS_ALLOW: '127.0.0.0/8' },
    // Nobody is there: the vendor itself is not to be asked by a test.
    CONNECTOR_ICONTACT_BASE_URL: 'http://127.0.0.1:9',
  })
  url = `${await app.getUrl()}/elements/api-v2`
  account = await app.get(Accounts).create({})
}, 60_000)

afterAll(async () => {
  await app?.close()
  await database?.drop()
  receiver.close()
})

const call = (method: string, path: string, body?: object) => callApi(account, method, `${url}${path}`, body)

async function received(count: number): Promise<Callback[]> {
  for (let tries = 0; callbacks.length < count; tries++) {
    if (tries === 300) throw new Error(`${callbacks.length} of ${count} callbacks came`)
    await new Promise(done => setTimeout(done, 50))
  }
  return callbacks
}

test('a poll that is fed in arrives at the callback URL as a poll’s events do, ten at most in each', async () => {
  const { port } = receiver.address() as AddressInfo
  const created = await call('POST', '/instances', {
    element: { key: 'icontact' },
    name: 'Fed',
    configuration: {
      ...{ 'api.version': '2.2', AppID: 'a', 'api.username': 'u', 'api.password': 'p' },
      ...{ 'event.notification.enabled': true, 'event.vendor.type': 'polling' },
      'event.notification.callback.url': `http://127.0.0.1:${port}/callback`,
    },
  })
  expect(created).toMatchObject({ status: 200 })
  const { id } = created.body as { id: number }
  const objects = Array.from({ length: 12 }, (_, n) => ({ contactId: String(n), email: `${n}@example.com` }))
  const event = { objectType: 'contacts', date: '2018-07-31T19:39:46Z', pollDate: '2018-07-31T19:40:36Z' }
  const answer = await call('POST', `/events/icontactPolling/${Buffer.from(String(id)).toString('base64')}`, {
    instance_id: id,
    objectType: 'contacts',
    events: objects.map(({ contactId }) => ({ ...event, objectId: contactId, eventType: 'CREATED' })),
    contacts: objects,
  })
  expect(answer).toEqual({ status: 200, body: { status: 'accepted', events: 12 } })
  const messages = (await received(2)).map(({ message }) => message).sort((a, b) => b.events.length - a.events.length)
  expect(messages.map(({ events }) => events.length)).toEqual([10, 2])
  expect(messages[0]).toMatchObject({
    ...{ instanceId: id, elementKey: 'icontact' },
    raw: { instance_id: id, objectType: 'contacts', contacts: expect.any(Array) as unknown },
  })
  for (const { events, raw } of messages) {
    const ids = (raw['contacts'] as { contactId: string }[]).map(({ contactId }) => contactId)
    expect(ids).toEqual(events.map(({ objectId }) => objectId))
    expect(events[0]).toMatchObject({ pollDate: '2018-07-31T19:40:36.000Z', eventType: 'CREATED', hubKey: 'marketing' })
  }
})

test('in one process as behind the ingress, what is below /events is the gateway’s', async () => {
  for (const path of ['/events/intercom', '/events/intercom/'])
    for (const method of ['GET', 'HEAD'])
      expect([path, (await fetch(`${url}${path}`, { method })).status]).toEqual([path, 200])
  expect((await fetch(`${url}/events/nothing`)).status).toBe(404)
  expect(await call('POST', '/events/intercom', {})).toMatchObject({
    status: 404,
    body: { status: 'unknown-instance' },
  })
})
