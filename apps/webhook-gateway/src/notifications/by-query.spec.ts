import { createHmac } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Instance } from '#instances'
import { base64, RunningGateway } from '../testing/running-gateway.js'

const definition = (key: string, id: number, webhooks: object) =>
  JSON.stringify({
    ...{ key, id, name: key, description: 'Notifies by GET', hub: 'helpdesk', fields: [], resources: {} },
    api: { sites: [{ name: 'main', api: 'https://api.desk.example' }] },
    authentication: { type: 'none' },
    webhooks: {
      ...{ item: '', topic: 'event', notificationId: 'nid', workspace: 'desk', ...webhooks },
      topics: { 'ticket.solved': ['tickets', 'UPDATED', 'ticket'] },
    },
  })

const secret = 'event.vendor.signature.key'
const hmac = { header: 'x-desk-signature', algorithm: 'sha256', encoding: 'hex', keys: [secret] }

let dir: string
let gateway: RunningGateway

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'definitions-'))
  await writeFile(join(dir, 'a.json'), definition('desk', 90_001, { query: true, verification: hmac }))
  await writeFile(join(dir, 'b.json'), definition('posting', 90_002, { verification: hmac }))
  gateway = await RunningGateway.start({ CONNECTORS_DIR: dir })
}, 60_000)

afterAll(async () => {
  await gateway.close()
  await rm(dir, { recursive: true })
})

function create(elementKey: string, configuration: Record<string, string>): Promise<Instance> {
  return gateway.create({ elementKey, identity: { workspace: 'acme', variables: {} } }, configuration)
}

function get(path: string, query: string, key = 'hush') {
  const signature = createHmac('sha256', key).update(query).digest('hex')
  return gateway.send('GET', `${path}?${query}`, { 'x-desk-signature': signature })
}

test('where the definition says so, a query is a notification, signed over the query as it was sent', async () => {
  const { id } = await create('desk', { [secret]: 'hush' })
  const query = 'event=ticket.solved&ticket=12345678901234567890&nid=n-1&note=a%20b+c'
  expect(await get(`desk/${base64(id)}`, query)).toMatchObject({ status: 200, body: { events: 1 } })
  const [event] = await gateway.eventsOf(id, 1)
  expect(event).toMatchObject({ objectType: 'tickets', objectId: '12345678901234567890', origin: 'n-1' })
  expect(JSON.parse(event!.raw)).toEqual({
    ...{ event: 'ticket.solved', ticket: '12345678901234567890', nid: 'n-1', note: 'a b c' },
  })
  expect((await get(`desk/${base64(id)}`, query, 'guess')).status).toBe(401)
  expect((await gateway.send('GET', `desk/${base64(id)}?${query}`)).status).toBe(401)
  expect(gateway.lines.join('')).not.toContain('ticket.solved')
})

test('it finds its instance without an id, too', async () => {
  const { id } = await create('desk', { [secret]: 'other' })
  const query = 'event=ticket.solved&ticket=1&nid=n-2&desk=acme'
  expect(await get('desk', query, 'other')).toMatchObject({ status: 200, body: { events: 1 } })
  expect(await gateway.eventsOf(id, 1)).toMatchObject([{ origin: 'n-2' }])
})

test('with nothing to verify by, only the unguessable URL takes it', async () => {
  const open = await create('desk', {})
  const query = 'event=ticket.solved&ticket=1&nid=n-3'
  expect((await get(`desk/${base64(open.id)}`, query)).status).toBe(404)
  expect((await get(`desk/${open.doorKey}`, query)).status).toBe(200)
})

test('without a query, by HEAD, and where the definition says nothing, it stays a probe', async () => {
  const [desk, posting] = [await create('desk', { [secret]: 'hush' }), await create('posting', { [secret]: 'hush' })]
  expect((await gateway.send('GET', `desk/${base64(desk.id)}`)).status).toBe(200)
  expect((await gateway.send('HEAD', `desk/${base64(desk.id)}?event=ticket.solved&ticket=1`)).status).toBe(200)
  expect(await get(`posting/${base64(posting.id)}`, 'event=ticket.solved&ticket=1')).toEqual({ status: 200, body: {} })
})

test('a query that is no notification is 400', async () => {
  const { id } = await create('desk', { [secret]: 'hush' })
  expect((await get(`desk/${base64(id)}`, 'ticket=1')).status).toBe(400)
})
