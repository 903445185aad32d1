import { Accounts, type NewAccount } from '#instances'
import { testDatabase, type TestDatabase } from '#test'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import { createHmac } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startAll } from './start-all.js'

// A vendor that nobody wrote code for: the file that docs/connectors.md prints, in the folder of CONNECTORS_DIR.

interface Callback {
  signature: string | undefined
  message: { elementKey: string; events: { objectType: string; objectId: string; eventType: string }[]; raw: unknown }
}

interface Order {
  number: number
  placed: string
  changed: string
  state: string
}

/** What stands in for the vendor, and for whoever is called back. */
const orders: Order[] = []
const customers: { id: string; created_at: number; modified_at: number }[] = []
const asked: { url: URL; key: string | undefined }[] = []
const callbacks: Callback[] = []
let budget = { remaining: '99', reset: '60' }

const vendor = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://shopkeeper.example')
  const key = request.headers['x-api-key']
  asked.push({ url, key: String(key) })
  const headers = { 'ratelimit-remaining': budget.remaining, 'ratelimit-reset': budget.reset }
  const body = key === 'k-1' ? answer(url) : { error: { text: 'who are you?', code: 'stranger' } }
  response.writeHead(key !== 'k-1' ? 401 : body ? 200 : 404, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(body ?? { error: { text: 'no such thing', code: 'missing' } }))
})

function answer({ pathname, searchParams }: URL): object | null {
  const [, , resource, id] = pathname.split('/')
  if (resource === 'account') return { shop: { domain: 'a.shop', zone: 'Europe/Berlin' } }
  if (resource === 'customers') {
    const [page, size] = ['page', 'per_page'].map(name => Number(searchParams.get(name))) as [number, number]
    const sorted = [...customers].sort((one, other) => other.modified_at - one.modified_at)
    return { customers: sorted.slice((page - 1) * size, page * size), pages: Math.ceil(sorted.length / size) }
  }
  if (resource !== 'orders') return null
  if (id !== undefined) {
    const order = orders.find(each => String(each.number) === id)
    return order ? { order } : null
  }
  const since = Date.parse(searchParams.get('changed_since') ?? '1970-01-01')
  const found = orders.filter(
    ({ changed, state }) => Date.parse(changed) >= since && [null, state].includes(searchParams.get('state')),
  )
  if (searchParams.get('sort') === 'changed') found.sort((one, other) => one.changed.localeCompare(other.changed))
  const from = Number(searchParams.get('after') ?? 0)
  const size = Math.min(2, Number(searchParams.get('size')))
  const next = from + size < found.length ? String(from + size) : null
  return { orders: found.slice(from, from + size), meta: { next } }
}

const receiver = createServer((request, response) => {
  void bodyOf(request).then(body => {
    const signature = request.headers['elements-webhook-signature']
    const { message } = JSON.parse(body) as Callback
    const expected = `sha256=${createHmac('sha256', 'ours').update(body).digest('base64')}`
    callbacks.push({ message, signature: signature === expected ? 'good' : String(signature) })
    response.end('{}')
  })
})

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

let database: TestDatabase
let folder: string
let app: NestFastifyApplication
let url: string
let account: NewAccount

async function listening(server: typeof vendor): Promise<string> {
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** The example as it is printed. */
async function printed(): Promise<string> {
  const page = await readFile(join(__dirname, '../../../docs/connectors.md'), 'utf8')
  return /```yaml\n(.*?)```/s.exec(page)?.[1] ?? ''
}

async function start(connectorsDir: string | null): Promise<void> {
  app = await startAll({
    ...{ DATABASE_URL: database.url, MASTER_KEYS: `k:${Buffer.alloc(32, 7).toString('base64')}`, PORT: '0' },
    ...{ LOG_LEVEL: 'silent', EGRESS_ALLOW: '127.0.0.0/8' },
    ...(connectorsDir && { CONNECTORS_DIR: connectorsDir, CONNECTOR_SHOPKEEPER_BASE_URL: vendorUrl }),
  })
  url = await app.getUrl()
}

let vendorUrl: string
let callbackUrl: string

beforeAll(async () => {
  ;[vendorUrl, callbackUrl] = await Promise.all([listening(vendor), listening(receiver)])
  database = await testDatabase()
  folder = await mkdtemp(join(tmpdir(), 'connectors-'))
  await writeFile(join(folder, 'shopkeeper.yaml'), await printed())
  await start(folder)
  account = await app.get(Accounts).create({})
}, 60_000)

afterAll(async () => {
  await app?.close()
  await database?.drop()
  for (const server of [vendor, receiver]) server.closeAllConnections()
  for (const server of [vendor, receiver]) server.close()
  await rm(folder, { recursive: true })
})

type Body = Record<string, unknown>

async function call(
  method: string,
  path: string,
  body?: object,
  token?: string,
): Promise<{ status: number; body: Body }> {
  const { userSecret, organizationSecret } = account
  const second = token === undefined ? `Organization ${organizationSecret}` : `Element ${token}`
  const response = await fetch(`${url}${path.startsWith('/api') ? '' : '/elements/api-v2'}${path}`, {
    method,
    headers: { authorization: `User ${userSecret}, ${second}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  // Some answers have no body; what is expected of one, each test says.
  return { status: response.status, body: (await response.json().catch(() => ({}))) as Body }
}

async function connect(configuration: object): Promise<{ id: number; token: string; webhookUrl: string }> {
  const created = await call('POST', '/instances', {
    element: { key: 'shopkeeper' },
    name: 'A shop',
    configuration: {
      ...{ 'api.key': 'k-1', 'event.notification.enabled': true, 'event.notification.signature.key': 'ours' },
      ...{ 'event.notification.callback.url': `${callbackUrl}/events`, ...configuration },
    },
  })
  expect(created).toMatchObject({ status: 200, body: { configuration: { 'api.key': '********' } } })
  return created.body as { id: number; token: string; webhookUrl: string }
}

async function until<T>(what: string, look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 400; tries++) {
    const seen = await look()
    if (seen !== undefined) return seen
    await new Promise(done => setTimeout(done, 50))
  }
  throw new Error(`waited for ${what}; called back were ${JSON.stringify(callbacks)}`)
}

/** What the next callbacks tell of, once there are so many events. */
async function told(count: number): Promise<string[]> {
  const events = () => callbacks.flatMap(({ message }) => message.events)
  await until(`${count} events`, () => (events().length >= count ? true : undefined))
  expect(callbacks.every(({ signature, message }) => signature === 'good' && message.elementKey === 'shopkeeper')).toBe(
    true,
  )
  const found = events().map(({ objectType, objectId, eventType }) => `${objectType} ${objectId} ${eventType}`)
  callbacks.length = 0
  return found.sort()
}

/** Polls now, and waits for the run. */
async function polled(id: number): Promise<Body> {
  const { body } = await call('POST', `/api/instances/${id}/poll`)
  return until('a run', async () => {
    const run = await call('GET', `/api/instances/${id}/polls/${String(body['runId'])}`)
    return run.body['state'] === 'running' ? undefined : run.body
  })
}

const iso = (ms: number) => new Date(ms).toISOString().replace(/\.\d+/, '')
const polling = (resources: object) => ({
  'event.vendor.type': 'polling',
  'event.poller.configuration': resources,
})

test('it is an element as any other: listed, with its fields and what it can tell of', async () => {
  const { body } = await call('GET', '/elements')
  const elements = body as unknown as Body[]
  expect(elements.map(({ key }) => key)).toEqual(expect.arrayContaining(['intercom', 'icontact', 'shopkeeper']))
  expect(elements.find(({ key }) => key === 'shopkeeper')).toMatchObject({
    id: 90001,
    name: 'Shopkeeper',
    hub: 'ecommerce',
  })
  const fields = await call('GET', '/elements/shopkeeper/configuration')
  const keys = (fields.body as unknown as Body[]).map(({ key }) => key)
  expect(keys).toEqual(expect.arrayContaining(['api.key', 'webhook.secret', 'event.poller.configuration']))
  expect(await call('GET', '/elements/90001/metadata')).toMatchObject({ status: 200 })
})

test('what it is asked for wrongly is told by name, and a key that it refuses opens no instance', async () => {
  const request = { element: { key: 'shopkeeper' }, name: 'A shop' }
  const without = await call('POST', '/instances', { ...request, configuration: polling({ carts: { url: '/carts' } }) })
  expect(without.status).toBe(400)
  expect(String(without.body['message'])).toContain('configuration."api.key"')
  expect(String(without.body['message'])).toContain('has no resource "carts"; it has orders, customers')
  const refused = await call('POST', '/instances', { ...request, configuration: { 'api.key': 'other' } })
  expect(refused).toMatchObject({
    status: 400,
    body: { providerMessage: expect.stringContaining('who are you?') as string },
  })
})

let poller: { id: number; token: string }

test('it is polled, page after page by cursor and by number, and what it tells of is called back', async () => {
  const now = Date.now() - 60_000
  const since = iso(now - 60_000)
  poller = await connect({
    ...polling({
      orders: { url: '/hubs/ecommerce/orders' },
      customers: { url: '/hubs/ecommerce/customers?pageSize=1' },
    }),
    'event.poller.backfill': since,
  })
  for (const number of [1, 2, 3])
    orders.push({ number, placed: iso(now), changed: iso(now + number * 1_000), state: 'open' })
  orders.push({ number: 4, placed: iso(now - 3_600_000), changed: iso(now), state: 'paid' })
  const second = Math.floor(now / 1_000)
  for (const id of ['ann', 'bob']) customers.push({ id, created_at: second, modified_at: second })
  customers.push({ id: 'old', created_at: second - 3_600, modified_at: second - 3_600 })
  expect(await polled(poller.id)).toMatchObject({ state: 'done' })
  expect(await told(6)).toEqual([
    ...['customers ann CREATED', 'customers bob CREATED'],
    ...['orders 1 CREATED', 'orders 2 CREATED', 'orders 3 CREATED', 'orders 4 UPDATED'],
  ])
  const paths = asked.map(({ url }) => url)
  expect(paths.find(each => each.searchParams.get('changed_since') === since)).toBeDefined()
  expect(paths.filter(each => each.pathname === '/v1/customers').map(each => each.searchParams.get('page'))).toContain(
    '2',
  )
  orders[0] = { ...orders[0]!, changed: iso(now + 30_000), state: 'paid' }
  await polled(poller.id)
  expect(await told(1)).toEqual(['orders 1 UPDATED'])
})

test('its records can be read: listed, filtered, and one', async () => {
  const reader = await connect({ 'event.notification.enabled': false })
  const listed = await call('GET', "/hubs/ecommerce/orders?where=state='paid'", undefined, reader.token)
  expect((listed.body as unknown as Order[]).map(({ number }) => number)).toEqual([1, 4])
  expect(await call('GET', '/orders/2', undefined, reader.token)).toMatchObject({ status: 200, body: { number: 2 } })
  expect((await call('GET', '/orders/77', undefined, reader.token)).status).toBe(404)
  const refused = await call('GET', "/orders?where=colour='red'", undefined, reader.token)
  expect(String(refused.body['message'])).toContain('"colour" can\'t be filtered by; these can: changed, state')
})

test('its webhooks come in: shaken hands with, verified, and called back', async () => {
  const instance = await connect({ 'event.vendor.type': 'webhooks', 'webhook.secret': 'hush' })
  const door = instance.webhookUrl.replace(/^https?:\/\/[^/]+/, url)
  const send = async (body: object, secret: string) => {
    const text = JSON.stringify(body)
    const signature = createHmac('sha256', secret).update(text).digest('base64')
    return fetch(door, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-shop-signature': signature },
      body: text,
    })
  }
  const change = (id: string, action: string) => ({
    ...{ shop: 'a.shop', id, object: 'order', action, at: iso(Date.now()) },
    data: { number: 9, changed: iso(Date.now()) },
  })
  expect(await (await send({ kind: 'challenge', challenge: 'abc' }, 'hush')).text()).toBe('abc')
  expect((await send(change('n0', 'placed'), 'guessed')).status).toBe(401)
  expect((await send(change('n1', 'placed'), 'hush')).status).toBe(200)
  expect((await send(change('n2', 'paid'), 'hush')).status).toBe(200)
  expect((await send(change('n2', 'paid'), 'hush')).status).toBe(200)
  expect(await told(2)).toEqual(['orders 9 CREATED', 'orders 9 UPDATED'])
})

test('with its file gone, its instances stay and say so, and with the file back they go on', async () => {
  await app.close()
  await start(null)
  const gone = await call('GET', `/instances/${poller.id}`)
  expect(gone).toMatchObject({ status: 200, body: { valid: false, configuration: { 'api.key': '********' } } })
  expect((await call('GET', '/orders', undefined, poller.token)).status).toBe(409)
  expect((await call('PATCH', `/instances/${poller.id}`, { tags: ['x'] })).status).toBe(409)
  // It can be switched off and on, which changes neither its secrets nor its schedule.
  expect((await call('DELETE', `/instances/${poller.id}/enabled`)).status).toBe(200)
  expect((await call('PUT', `/instances/${poller.id}/enabled`)).status).toBe(200)
  const rows = await database.pool.query<{ plain: object }>(
    'select configuration as plain from instance where id = $1',
    [poller.id],
  )
  expect(JSON.stringify(rows.rows[0]!.plain)).not.toContain('k-1')
  await database.pool.query('update polled_instance set not_before = null')
  expect(await polled(poller.id)).toMatchObject({
    state: 'failed',
    resources: [{ error: expect.stringContaining('shopkeeper') as string }, { state: 'failed' }],
  })
  await app.close()
  await start(folder)
  expect(await call('GET', `/instances/${poller.id}`)).toMatchObject({ body: { valid: true } })
  orders.push({ number: 10, placed: iso(Date.now()), changed: iso(Date.now()), state: 'open' })
  expect(await polled(poller.id)).toMatchObject({ state: 'done' })
  expect(await told(1)).toEqual(['orders 10 CREATED'])
})

test('its budget is heeded before it is spent', async () => {
  budget = { remaining: '0', reset: '3600' }
  const { body } = await call('POST', `/api/instances/${poller.id}/poll`)
  const run = await until('a rest', async () => {
    const found = await call('GET', `/api/instances/${poller.id}/polls/${String(body['runId'])}`)
    const resources = (found.body['resources'] ?? []) as { pages: number }[]
    return resources.some(({ pages }) => pages > 0) ? found.body : undefined
  })
  budget = { remaining: '99', reset: '60' }
  expect(run).toMatchObject({ instanceId: poller.id })
  const before = asked.length
  await call('POST', `/api/instances/${poller.id}/poll`)
  await new Promise(done => setTimeout(done, 1_500))
  expect(asked.length).toBe(before)
})
