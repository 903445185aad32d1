import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startSimulator, type Simulator } from '../../simulator.js'
import type { Loose } from '../../../test/call.js'
import { INTERCOM_DEMO } from '../intercom.js'

interface Arrived {
  method: string
  headers: IncomingHttpHeaders
  text: string
  json: Loose
  at: number
}

/** An endpoint of the test's own, so that the sender isn't tested with parts of the simulator. */
class Endpoint {
  readonly arrived: Arrived[] = []
  /** The statuses to answer with, one after the other; then 200. Null answers nothing. */
  answers: (number | null)[] = []
  private readonly server: Server

  constructor() {
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        const json = (text ? JSON.parse(text) : {}) as Loose
        this.arrived.push({ method: request.method ?? '', headers: request.headers, text, json, at: Date.now() })
        const status = this.answers.length > 0 ? this.answers.shift() : 200
        if (typeof status === 'number') response.writeHead(status).end()
      })
    })
  }

  async listen(): Promise<string> {
    await new Promise<void>(resolve => this.server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}/elements/api-v2/events/intercom/NDEw`
  }

  notifications(): Loose[] {
    return this.arrived
      .filter(({ method, json }) => method === 'POST' && String(json['topic']) !== 'ping')
      .map(a => a.json)
  }

  topics(): string[] {
    return this.notifications().map(({ topic }) => String(topic))
  }

  async close(): Promise<void> {
    this.server.closeAllConnections()
    await new Promise(resolve => this.server.close(resolve))
  }
}

let simulator: Simulator
let endpoint: Endpoint
let url: string

beforeAll(async () => {
  simulator = await startSimulator()
})

afterAll(async () => {
  await simulator.close()
})

beforeEach(async () => {
  await simulator.intercom.reset()
  endpoint = new Endpoint()
  url = await endpoint.listen()
})

afterEach(async () => {
  await endpoint.close()
})

async function subscribed(...topics: string[]) {
  expect(await simulator.intercom.saveWebhook(url, topics)).toEqual({ kind: 'saved' })
  await simulator.intercom.settled()
  return simulator.intercom.workspace()
}

describe('saving the endpoint', () => {
  test('asks with an unsigned HEAD, and pings once it is answered', async () => {
    await subscribed('contact.user.created')
    expect(endpoint.arrived.map(({ method }) => method)).toEqual(['HEAD', 'POST'])
    expect(endpoint.arrived[0]!.headers).not.toHaveProperty('x-hub-signature')
    expect(endpoint.arrived[1]!.json).toMatchObject({
      type: 'notification_event',
      app_id: INTERCOM_DEMO.workspace,
      data: { type: 'notification_event_data', item: { type: 'ping', message: 'something something interzen' } },
      id: null,
      topic: 'ping',
      delivery_status: null,
      delivery_attempts: 1,
    })
  })

  test('is refused where the HEAD fails', async () => {
    endpoint.answers = [404]
    expect(await simulator.intercom.saveWebhook(url)).toEqual({ kind: 'refused', why: `HEAD ${url} answered 404` })
    expect(simulator.intercom.app().subscription).toBeUndefined()
  })
})

test('a notification is signed over its bytes, with the keys in the order of the wire', async () => {
  const workspace = await subscribed('contact.user.created')
  const { id } = workspace.contacts.create({ name: 'Zoë', email: 'zoe@example.com' })
  await simulator.intercom.settled()
  const { headers, text, json } = endpoint.arrived.at(-1)!
  expect(headers).toMatchObject({
    'user-agent': 'intercom-parrot-service-client/1.0',
    accept: 'application/json',
    'content-type': 'application/json',
    'x-hub-signature': `sha1=${createHmac('sha1', INTERCOM_DEMO.clientSecret).update(text).digest('hex')}`,
  })
  expect(Object.keys(json)).toEqual([
    ...['type', 'app_id', 'data', 'links', 'id', 'topic', 'delivery_status', 'delivery_attempts'],
    ...['delivered_at', 'first_sent_at', 'created_at', 'self'],
  ])
  expect(String(json['id'])).toMatch(/^notif_[0-9a-f-]{36}$/)
  expect(Number.isInteger(json['created_at'])).toBe(true)
  expect(json['data']!['item']).toMatchObject({ type: 'contact', id, role: 'user', name: 'Zoë' })
})

test('older traffic was pretty-printed, and its signature holds over just those bytes', async () => {
  simulator.intercom.settings.webhookBody = 'pretty'
  const workspace = await subscribed('company.created')
  workspace.companies.create()
  await simulator.intercom.settled()
  const { headers, text } = endpoint.arrived.at(-1)!
  expect(text).toContain('"topic" : "company.created"')
  expect(headers['x-hub-signature']).toBe(
    `sha1=${createHmac('sha1', INTERCOM_DEMO.clientSecret).update(text).digest('hex')}`,
  )
})

test('dates are ISO text in contacts, companies and statistics, and integers in conversations', async () => {
  const workspace = await subscribed('*')
  workspace.contacts.create()
  workspace.conversations.userCreated()
  workspace.articles.create()
  await simulator.intercom.settled()
  const items = Object.fromEntries(
    endpoint.notifications().map(({ topic, data }) => [String(topic), data!['item']!] as const),
  )
  const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$/
  const zulu = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/
  expect(items['contact.user.created']!['updated_at']).toMatch(iso)
  expect(items['article.created']!['created_at']).toMatch(zulu)
  const conversation = items['conversation.user.created']!
  expect(Number.isInteger(conversation['updated_at'])).toBe(true)
  expect(conversation['statistics']!['last_contact_reply_at']).toMatch(zulu)
})

describe('one action of a person may be several notifications', () => {
  test('a reply that assigns is told twice, with different ids and the same part', async () => {
    const workspace = await subscribed('*')
    const { id } = workspace.conversations.userCreated()
    workspace.conversations.adminReplied(id, { body: 'On it', assign: true })
    await simulator.intercom.settled()
    const [assigned, replied] = endpoint
      .notifications()
      .filter(({ topic }) => String(topic).startsWith('conversation.admin'))
      .sort((a, b) => String(a['topic']).localeCompare(String(b['topic'])))
    expect([assigned!['topic'], replied!['topic']]).toEqual([
      'conversation.admin.assigned',
      'conversation.admin.replied',
    ])
    expect(assigned!['id']).not.toBe(replied!['id'])
    const partOf = (notification: Loose) =>
      notification['data']!['item']!['conversation_parts']!['conversation_parts']![0]!['id']
    expect(partOf(assigned!)).toBe(partOf(replied!))
  })

  test('a new address is an update and an update of the address', async () => {
    const workspace = await subscribed('contact.user.updated', 'contact.email.updated')
    const { id } = workspace.contacts.create({ email: 'old@example.com' })
    workspace.contacts.update(id, { email: 'new@example.com' })
    await simulator.intercom.settled()
    expect(endpoint.topics().sort()).toEqual(['contact.email.updated', 'contact.user.updated'])
  })
})

describe('where a notification keeps its object', () => {
  const itemOf = (topic: string) =>
    endpoint.notifications().find(notification => String(notification['topic']) === topic)?.['data']?.['item']

  test('a deleted conversation has no id of its own; deleted contacts and companies have little else', async () => {
    const workspace = await subscribed('*')
    const conversation = workspace.conversations.userCreated()
    const contact = workspace.contacts.create()
    const company = workspace.companies.create()
    workspace.conversations.delete(conversation.id)
    workspace.contacts.delete(contact.id)
    workspace.companies.delete(company.id)
    await simulator.intercom.settled()
    expect(itemOf('conversation.deleted')).toEqual({ type: 'conversation', conversation_id: conversation.id })
    expect(itemOf('contact.deleted')).toEqual({ id: contact.id, type: 'contact', deleted: true })
    expect(itemOf('company.deleted')).toEqual({ id: company.id, type: 'company', deleted: true })
  })

  test('tags, companies and replies to tickets are wrapped around their objects', async () => {
    const workspace = await subscribed('*')
    const contact = workspace.contacts.create()
    const company = workspace.companies.create()
    const ticket = workspace.tickets.create()
    workspace.contacts.tag(contact.id, 'vip')
    workspace.companies.attach(company.id, contact)
    workspace.tickets.adminReplied(ticket.id)
    await simulator.intercom.settled()
    expect(itemOf('contact.user.tag.created')).toMatchObject({ contact: { id: contact.id }, tag: { name: 'vip' } })
    const attached = itemOf('company.contact.attached')
    expect(attached).toMatchObject({ company: { id: company.id }, contact: { id: contact.id } })
    expect(attached).not.toHaveProperty('id')
    expect(itemOf('ticket.admin.replied')).toMatchObject({ type: 'ticket_ticket_part', ticket: { id: ticket.id } })
  })

  test('a merge is told of the one that stays, with or without whom it took in', async () => {
    const workspace = await subscribed('contact.merged')
    const ids = Array.from({ length: 3 }, () => workspace.contacts.create().id)
    workspace.contacts.merge(ids[0]!, ids[2]!)
    await simulator.intercom.settled()
    expect(itemOf('contact.merged')).toMatchObject({ id: ids[2], merged_from: { type: 'contact', id: ids[0] } })
    simulator.intercom.settings.mergedFrom = false
    workspace.contacts.merge(ids[1]!, ids[2]!)
    await simulator.intercom.settled()
    expect(endpoint.notifications().at(-1)!['data']!['item']).not.toHaveProperty('merged_from')
  })

  test('reading a conversation is told without an id', async () => {
    const workspace = await subscribed('conversation.read')
    workspace.conversations.read(workspace.conversations.userCreated().id)
    await simulator.intercom.settled()
    expect(endpoint.notifications()).toMatchObject([{ id: null, delivery_status: null }])
  })
})

describe('delivery', () => {
  beforeEach(() => {
    Object.assign(simulator.intercom.settings, {
      webhookRetryDelayMs: 50,
      webhookTimeoutMs: 300,
      webhookThrottleMs: 100,
    })
  })

  test('topics that were not picked, and workspaces without the app, tell nothing', async () => {
    const workspace = await subscribed('company.created')
    const stranger = simulator.intercom.addWorkspace({ id: 'stranger' })
    workspace.contacts.create()
    stranger.companies.create()
    await simulator.intercom.settled()
    expect(endpoint.topics()).toEqual([])
    simulator.intercom.install('stranger')
    stranger.companies.create()
    await simulator.intercom.settled()
    expect(endpoint.notifications()).toMatchObject([{ app_id: 'stranger' }])
  })

  test('a failure is retried once, under the same id and with other bytes', async () => {
    const workspace = await subscribed('company.created')
    endpoint.answers = [500]
    workspace.companies.create()
    await simulator.intercom.settled()
    const [first, second] = endpoint.notifications()
    expect(first).toMatchObject({ delivery_status: 'pending', delivery_attempts: 1 })
    expect(second).toEqual({ ...first, delivery_status: 'retry', delivery_attempts: 2 })
    expect(simulator.intercom.deliveries().at(-1)).toMatchObject({
      outcome: 'delivered',
      attempts: [{ status: 500 }, { status: 200 }],
    })
  })

  test('after two failures, or silence and a failure, nothing more comes', async () => {
    const workspace = await subscribed('company.created')
    endpoint.answers = [null, 404]
    workspace.companies.create()
    await simulator.intercom.settled()
    expect(endpoint.notifications()).toHaveLength(2)
    expect(simulator.intercom.deliveries().at(-1)).toMatchObject({
      outcome: 'failed',
      attempts: [{ status: null }, { status: 404 }],
    })
  })

  test('410 disables the subscription until a person sets it live', async () => {
    const workspace = await subscribed('company.created')
    endpoint.answers = [410]
    workspace.companies.create()
    await simulator.intercom.settled()
    expect(simulator.intercom.app().subscription?.state).toBe('disabled')
    workspace.companies.create()
    await simulator.intercom.settled()
    expect(endpoint.notifications()).toHaveLength(1)
    simulator.intercom.app().subscription?.setLive()
    workspace.companies.create()
    await simulator.intercom.settled()
    expect(endpoint.notifications()).toHaveLength(2)
  })

  test('429 holds back all of the subscription for a while, and then all of it comes', async () => {
    const workspace = await subscribed('company.created')
    endpoint.answers = [429]
    workspace.companies.create()
    while (simulator.intercom.app().subscription?.state !== 'throttled') await new Promise(setImmediate)
    workspace.companies.create()
    await simulator.intercom.settled()
    const arrivals = endpoint.arrived.filter(({ json }) => String(json['topic']) === 'company.created')
    expect(arrivals).toHaveLength(3)
    expect(arrivals[1]!.at - arrivals[0]!.at).toBeGreaterThanOrEqual(95)
    expect(simulator.intercom.deliveries().slice(1)).toMatchObject([{ outcome: 'delivered' }, { outcome: 'delivered' }])
  })
})
