import { createHmac, randomBytes } from 'node:crypto'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import { decodeEvent } from '#events'
import { EVENT_LOG, eventsTopic, PublishFailedError } from '#event-log'
import type { EventLog, LogRecord, StoredRecord } from '#event-log'
import { Accounts, Instances, webhookUrl } from '#instances'
import type { Instance, NewInstance } from '#instances'
import { createApp, readSettings } from '#platform'
import { testDatabase } from '#test'
import type { TestDatabase } from '#test'
import { listenForInstanceChanges } from '../directory/listen.js'
import { WebhookGatewayModule } from '../webhook-gateway.module.js'

const secret = 'test-client-secret'
let database: TestDatabase
let app: NestFastifyApplication
let url: string
let owner: { accountId: number; companyId: number; userId: number }
let instance: Instance
const published: StoredRecord[] = []

beforeAll(async () => {
  database = await testDatabase()
  const environment = {
    DATABASE_URL: database.url,
    MASTER_KEYS: `k:${Buffer.alloc(32, 7).toString('base64')}`,
    PORT: '0',
    LOG_LEVEL: 'silent',
    TOPIC_PREFIX: 'door',
  }
  app = await createApp(readSettings(environment, 'webhook-gateway'), WebhookGatewayModule)
  listenForInstanceChanges(app)
  const log = app.get<EventLog>(EVENT_LOG)
  await log.ensureTopics(['door.instances', 'door.events.intercom', 'door.events.icontact'])
  await app.listen(0, '127.0.0.1')
  await app.startAllMicroservices()
  url = await app.getUrl()
  owner = await app.get(Accounts).create({})
  instance = await create({})
  const topics = [eventsTopic('door', 'intercom')]
  await log.subscribe({ topics, readers: 'group', group: 'spec' }, async batch => {
    published.push(...batch.records)
    return { kind: 'done' }
  })
}, 60_000)

afterAll(async () => {
  await app?.close()
  await database?.drop()
})

test('a signed notification is answered 200 once its events are on the log', async () => {
  const text = notification({ id: 'notif_1' })
  expect(await post(path(instance), text)).toMatchObject({ status: 200 })
  const event = decodeEvent((await recordOf('notif_1')).value.toString())
  expect(event).toMatchObject({
    instanceId: instance.id,
    objectType: 'conversations',
    objectId: '215472621202693',
    eventType: 'UPDATED',
    source: 'webhook',
    origin: 'notif_1',
    date: '2026-01-10T08:20:04.000Z',
  })
  expect(event.raw).toBe(text)
})

test('a repeat of a notification has the same event id, whatever its delivery fields say', async () => {
  await post(path(instance), notification({ id: 'notif_2' }))
  await post(path(instance), notification({ id: 'notif_2', delivery_status: 'retry', delivery_attempts: 2 }))
  const ids = (await recordsOf('notif_2', 2)).map(record => record.headers.ce_id)
  expect(ids[0]).toBe(ids[1])
})

test.each([
  ['with padding', (id: number) => Buffer.from(String(id)).toString('base64')],
  ['without padding', (id: number) => Buffer.from(String(id)).toString('base64').replaceAll('=', '')],
  ['URL-encoded', (id: number) => encodeURIComponent(Buffer.from(String(id)).toString('base64'))],
  ['plain', (id: number) => String(id)],
])('the id may come as base64 %s', async (_, segmentOf) => {
  const text = notification({ id: `notif_${_}` })
  expect(await post(`/elements/api-v2/events/intercom/${segmentOf(instance.id)}`, text)).toMatchObject({ status: 200 })
})

test('probes are answered without a signature', async () => {
  for (const method of ['HEAD', 'GET']) {
    expect((await fetch(`${url}${path(instance)}`, { method })).status).toBe(200)
  }
})

test('a ping is answered and becomes no event', async () => {
  const ping = JSON.stringify({
    type: 'notification_event',
    app_id: 'w1',
    data: { type: 'notification_event_data', item: { type: 'ping', message: 'something' } },
    id: null,
    topic: 'ping',
    created_at: 1513466985,
  })
  const before = published.length
  expect(await post(path(instance), ping)).toMatchObject({ status: 200 })
  await post(path(instance), notification({ id: 'notif_after_ping' }))
  await recordOf('notif_after_ping')
  expect(published.length).toBe(before + 1)
})

test.each([
  ['no signature', {}],
  ['a wrong one', { 'x-hub-signature': `sha1=${'0'.repeat(40)}` }],
  ['a short one', { 'x-hub-signature': 'sha1=00' }],
  ['another algorithm', { 'x-hub-signature': 'sha256=00' }],
])('%s is 401', async (_, headers) => {
  expect((await send(path(instance), 'POST', notification({}), headers)).status).toBe(401)
})

test('a signature is checked before the body is read', async () => {
  expect((await send(path(instance), 'POST', '{', {})).status).toBe(401)
})

test.each([
  ['not JSON', '{'],
  ['nothing', ''],
  ['too deep', '['.repeat(65) + ']'.repeat(65)],
  ['without a topic', '{"type":"notification_event","data":{"item":{}}}'],
  ['without an item', '{"type":"notification_event","topic":"x","data":{}}'],
  ['an array', '[]'],
])('a signed body that is %s is 400', async (_, text) => {
  expect(await post(path(instance), text)).toMatchObject({ status: 400 })
})

test('a body of 1 MiB is taken, a larger one is 413', async () => {
  const frame = notification({ id: 'notif_big', filler: '' }).length
  const full = notification({ id: 'notif_big', filler: 'x'.repeat(1024 * 1024 - frame) })
  expect(Buffer.byteLength(full)).toBe(1024 * 1024)
  expect(await post(path(instance), full)).toMatchObject({ status: 200 })
  expect(await post(path(instance), `${full} `)).toMatchObject({ status: 413 })
})

test('other content types are 415 and other methods 405', async () => {
  const headers = { ...signed(notification({})), 'content-type': 'text/plain' }
  expect((await send(path(instance), 'POST', notification({}), headers)).status).toBe(415)
  for (const method of ['PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
    const response = await send(path(instance), method, '{}', {})
    expect([method, response.status]).toEqual([method, 405])
    expect(response.headers.get('allow')).toBe('HEAD, GET, POST')
  }
})

test.each(['/elements/api-v2/events/intercom/OTk5OTk5', '/elements/api-v2/events/intercom/nonsense!'])(
  '%s is 404',
  async unknown => {
    expect(await post(unknown, notification({}))).toMatchObject({ status: 404 })
  },
)

test('another element’s URL is 404', async () => {
  expect(await post(path(instance).replace('intercom', 'icontact'), notification({}))).toMatchObject({ status: 404 })
})

test('a notification for a deleted instance is answered 200 and dropped', async () => {
  const gone = await create({})
  await app.get(Instances).delete(gone.id)
  expect(await post(path(gone), notification({ id: 'notif_deleted' }))).toMatchObject({ status: 200 })
  expect(published.some(record => record.value.includes('notif_deleted'))).toBe(false)
})

test('a notification of another workspace goes to that workspace’s instance of the same app, and to no other', async () => {
  const other = await create({ identity: { workspace: 'w2', variables: {} } })
  expect(await post(path(instance), notification({ id: 'notif_w2', app_id: 'w2' }))).toMatchObject({ status: 200 })
  expect(decodeEvent((await recordOf('notif_w2')).value.toString()).instanceId).toBe(other.id)
  const answer = await post(path(instance), notification({ id: 'notif_w3', app_id: 'w3' }))
  expect(answer).toMatchObject({ status: 200, body: { status: 'ignored', message: 'foreign-workspace' } })
})

test('what event.objects does not name is answered 200 and dropped', async () => {
  const configuration = { ...instance.configuration, 'event.objects': 'contacts, companies' }
  const choosy = await create({ configuration })
  const answer = await post(path(choosy), notification({ id: 'notif_unmonitored' }))
  expect(answer).toMatchObject({ status: 200, body: { status: 'ignored', message: 'unmonitored-object' } })
  const all = await create({ configuration: { ...configuration, 'event.objects': 'contacts,conversations' } })
  expect(await post(path(all), notification({ id: 'notif_monitored' }))).toMatchObject({ status: 200 })
  expect(decodeEvent((await recordOf('notif_monitored')).value.toString()).instanceId).toBe(all.id)
  expect(published.some(record => record.value.includes('notif_unmonitored'))).toBe(false)
})

test('an instance with nothing to verify by has an unguessable URL, and only that one works', async () => {
  const open = await create({
    configuration: { 'event.notification.enabled': 'true', 'event.vendor.type': 'webhooks' },
  })
  const own = new URL(webhookUrl(open, 'http://x')).pathname
  expect(own).not.toBe(path(open))
  const text = notification({ id: 'notif_open' })
  expect((await send(path(open), 'POST', text, {})).status).toBe(404)
  expect((await send(own, 'POST', text, {})).status).toBe(200)
})

test('a changed key counts at once', async () => {
  const changing = await create({})
  expect(await post(path(changing), notification({}))).toMatchObject({ status: 200 })
  const configuration = { ...changing.configuration, 'event.vendor.signature.key': 'another' }
  const changed = await app.get(Instances).update(changing.id, { configuration })
  await app
    .get<EventLog>(EVENT_LOG)
    .publish('door.instances', [
      { key: String(changing.id), value: JSON.stringify({ instanceId: changing.id, version: changed?.version }) },
    ])
  await expectEventually(async () => (await post(path(changing), notification({}))).status === 401)
})

test('a database that hangs is answered 503 in time, and looked at anew', async () => {
  const instances = app.get(Instances)
  const byId = instances.byId.bind(instances)
  const other = await create({})
  Object.assign(instances, { byId: () => new Promise(() => {}) })
  const began = Date.now()
  expect(await post(path(other), notification({ id: 'notif_hung' }))).toMatchObject({ status: 503 })
  expect(Date.now() - began).toBeLessThan(2_000)
  Object.assign(instances, { byId })
  expect(await post(path(other), notification({ id: 'notif_hung' }))).toMatchObject({ status: 200 })
})

describe('while the log is down', () => {
  test('notifications are spooled and follow in order once it is back', async () => {
    const log = app.get<EventLog>(EVENT_LOG)
    const healthy = { publish: log.publish.bind(log), probe: log.probe.bind(log) }
    await expectEventually(async () => (await fetch(`${url}/health/ready`)).ok)
    Object.assign(log, { publish: refuse, probe: refuse })
    const ids = Array.from({ length: 20 }, (_, i) => `notif_spooled_${i}`)
    for (const id of ids) {
      expect(await post(path(instance), notification({ id }))).toMatchObject({ status: 200 })
    }
    expect(published.some(record => record.value.includes('notif_spooled'))).toBe(false)
    expect((await fetch(`${url}/health/ready`)).status).toBe(200)
    Object.assign(log, healthy)
    expect(await post(path(instance), notification({ id: 'notif_spooled_last' }))).toMatchObject({ status: 200 })
    await recordOf('notif_spooled_last')
    const order = published.flatMap(record => /"origin":"(notif_spooled_\w+)"/.exec(record.value.toString())?.[1] ?? [])
    expect(order).toEqual([...ids, 'notif_spooled_last'])
  })

  test.each([
    ['with a NUL character', 'a\u0000b'],
    ['with half a surrogate pair', '\ud800x'],
    ['of 5 kB', randomBytes(3_750).toString('base64')],
  ])('an object id %s is spooled like any other', async (_, objectId) => {
    const log = app.get<EventLog>(EVENT_LOG)
    const publish = log.publish.bind(log)
    Object.assign(log, { publish: refuse })
    const id = `notif_${randomBytes(8).toString('hex')}`
    const item = { type: 'conversation', id: objectId, updated_at: 1_768_033_204 }
    const text = notification({ id, data: { type: 'notification_event_data', item } })
    expect(await post(path(instance), text)).toMatchObject({ status: 200 })
    Object.assign(log, { publish })
    const record = await recordOf(id)
    expect(decodeEvent(record.value.toString()).objectId).toBe(objectId)
    expect(record.headers['ce_id']).toBe(decodeEvent(record.value.toString()).id)
  })

  test('a record that the log refuses is set aside and holds nothing up', async () => {
    const log = app.get<EventLog>(EVENT_LOG)
    const publish = log.publish.bind(log)
    const picky = (topic: string, records: readonly LogRecord[]) =>
      records.some(record => String(record.value).includes('notif_poison'))
        ? Promise.reject(new PublishFailedError('refused', 'not this one'))
        : publish(topic, records)
    Object.assign(log, { publish: refuse })
    await post(path(instance), notification({ id: 'notif_poison' }))
    await post(path(instance), notification({ id: 'notif_healthy' }))
    Object.assign(log, { publish: picky })
    await recordOf('notif_healthy')
    Object.assign(log, { publish })
    const { rows } = await database.pool.query<{ error: string }>(
      'select error from webhook_spool where refused_at is not null',
    )
    expect(rows.map(row => row.error)).toEqual(['PublishFailedError: not this one'])
  })
})

function refuse(): Promise<never> {
  return Promise.reject(new Error('refused for the test'))
}

async function create(change: Partial<NewInstance>): Promise<Instance> {
  return app.get(Instances).create({
    ...owner,
    elementKey: 'intercom',
    name: 'spec',
    tags: [],
    configuration: {
      'oauth.api.key': 'client',
      'oauth.api.secret': secret,
      'event.notification.enabled': 'true',
      'event.vendor.type': 'webhooks',
    },
    identity: { workspace: 'w1', variables: {} },
    vendorTokenExpiresAt: null,
    ...change,
  })
}

function path({ id }: Instance): string {
  return `/elements/api-v2/events/intercom/${Buffer.from(String(id)).toString('base64')}`
}

function notification(change: Record<string, unknown>): string {
  return JSON.stringify({
    type: 'notification_event',
    app_id: 'w1',
    data: {
      type: 'notification_event_data',
      item: { type: 'conversation', id: '215472621202693', created_at: 1768031789, updated_at: 1768033204 },
    },
    links: {},
    id: 'notif_0',
    topic: 'conversation.user.replied',
    delivery_status: 'pending',
    delivery_attempts: 1,
    created_at: 1768033204,
    ...change,
  })
}

function signed(text: string): Record<string, string> {
  return { 'x-hub-signature': `sha1=${createHmac('sha1', secret).update(text).digest('hex')}` }
}

function send(target: string, method: string, text: string, headers: Record<string, string>): Promise<Response> {
  return fetch(`${url}${target}`, { method, headers: { 'content-type': 'application/json', ...headers }, body: text })
}

async function post(target: string, text: string): Promise<{ status: number; body: unknown }> {
  const response = await send(target, 'POST', text, signed(text))
  return { status: response.status, body: await response.json().catch(() => null) }
}

async function recordsOf(origin: string, count: number): Promise<StoredRecord[]> {
  const found = () => published.filter(record => record.value.includes(`"origin":"${origin}"`))
  await expectEventually(async () => found().length >= count)
  return found()
}

async function recordOf(origin: string): Promise<StoredRecord> {
  return (await recordsOf(origin, 1))[0]!
}

async function expectEventually(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await holds()) return
    await new Promise(done => setTimeout(done, 50))
  }
  throw new Error('it never came to hold')
}
