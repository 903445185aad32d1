import { EVENT_LOG, eventsTopic, SpoolTable, type EventLog } from '#event-log'
import { decodeEvent, encodeEvent, type NormalizedEvent } from '#events'
import { Accounts, type NewAccount } from '#instances'
import { SETTINGS, type Settings } from '#platform'
import { testDatabase, type TestDatabase } from '#test'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { INTERCOM_DEMO } from '../../simulator/src/intercom/intercom.js'
import { startSimulator, type Simulator } from '../../simulator/src/simulator.js'
import { startAll } from './start-all.js'
import { callApi } from './testing/call-api.js'

// The vendor's webhooks come through a door that can be shut: what is sent to it then is lost, its one retry included.

interface Told {
  objectId: string
  eventType: string
  source: string
}

const agoMs = 600_000

let database: TestDatabase
let simulator: Simulator
let app: NestFastifyApplication
let account: NewAccount
let url: string
let instanceId: number
let isOpen = true
/** Where webhooks go. */
let target = ''
/** What was turned away, as it was sent. */
const turnedAway: { headers: Record<string, string>; body: string }[] = []
const onTopic: NormalizedEvent[] = []
const calledBack: Told[] = []

const door = createServer((request, response) => {
  void bodyOf(request).then(async body => {
    const headers = Object.fromEntries(
      ['content-type', 'x-hub-signature'].flatMap(name => {
        const value = request.headers[name]
        return typeof value === 'string' ? [[name, value]] : []
      }),
    )
    if (!isOpen) {
      turnedAway.push({ headers, body })
      response.writeHead(503).end()
      return
    }
    const { method = 'GET' } = request
    const answer = await fetch(target, { method, headers, ...(method === 'POST' && { body }) })
    response.writeHead(answer.status).end(await answer.text())
  })
})

const receiver = createServer((request, response) => {
  void bodyOf(request).then(body => {
    const { message } = JSON.parse(body) as { message: { events: (Told & { pollDate?: string })[] } }
    for (const { objectId, eventType, pollDate } of message.events) {
      calledBack.push({ objectId, eventType, source: pollDate ? 'polling' : 'webhook' })
    }
    response.end('{}')
  })
})

beforeAll(async () => {
  for (const server of [door, receiver]) await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  ;[database, simulator] = await Promise.all([testDatabase(), startSimulator()])
  // Its changes are ten minutes old: what is younger than two a poll leaves to its webhook.
  simulator.clock.advance(-agoMs)
  simulator.intercom.settings.webhookRetryDelayMs = 20
  app = await startAll({
    ...{ DATABASE_URL: database.url, MASTER_KEYS: `k:${Buffer.alloc(32, 7).toString('base64')}`, PORT: '0' },
    ...{ LOG_LEVEL: 'silent', EGRESS_ALLOW: '127.0.0.0/8', CONNECTOR_INTERCOM_BASE_URL: simulator.url },
  })
  url = await app.getUrl()
  account = await app.get(Accounts).create({})
  const topics = [eventsTopic(app.get<Settings>(SETTINGS).topicPrefix, 'intercom')]
  await app.get<EventLog>(EVENT_LOG).subscribe({ topics, readers: 'group', group: 'spec' }, batch => {
    onTopic.push(...batch.records.map(({ value }) => decodeEvent(value.toString())))
    return Promise.resolve({ kind: 'done' })
  })
  await connect()
}, 60_000)

afterAll(async () => {
  await app?.close()
  await simulator?.close()
  await database?.drop()
  for (const server of [door, receiver]) {
    server.closeAllConnections()
    server.close()
  }
})

/** Connects the demo workspace: webhooks, and beside them a poller. It polls contacts by creation, as documented bodies do. */
async function connect(): Promise<void> {
  const dates = { updatedDateField: 'created_at', createdDateField: 'created_at' }
  const created = await call('POST', '/elements/api-v2/instances', {
    element: { key: 'intercom' },
    name: 'Reconciled',
    configuration: {
      'oauth.user.token': INTERCOM_DEMO.token,
      'event.vendor.signature.key': INTERCOM_DEMO.clientSecret,
      ...{ 'event.notification.enabled': true, 'event.vendor.type': 'webhooks', 'event.poller.reconcile': true },
      'event.notification.callback.url': `http://127.0.0.1:${portOf(receiver)}/callback`,
      'event.poller.refresh_interval': 60,
      'event.poller.backfill': new Date(Date.now() - 2 * agoMs).toISOString(),
      'event.poller.configuration': JSON.stringify({ conversations: {}, contacts: { datesConfiguration: dates } }),
    },
  })
  expect(created).toMatchObject({ status: 200 })
  const { id, webhookUrl } = created.body as { id: number; webhookUrl: string }
  instanceId = id
  target = `${url}${new URL(webhookUrl).pathname}`
  await simulator.intercom.app(INTERCOM_DEMO.clientId).saveWebhook(`http://127.0.0.1:${portOf(door)}/`)
  // The next one that nobody asks for comes in half an hour at the earliest.
  expect(await poll()).toBe(0)
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

function portOf(server: typeof door): number {
  return (server.address() as AddressInfo).port
}

const call = (method: string, path: string, body?: object) => callApi(account, method, `${url}${path}`, body)

/** Does something at the vendor, all of whose webhooks then have arrived or are lost. */
async function happens<T>(what: () => T, { lost = false } = {}): Promise<T> {
  isOpen = !lost
  const result = what()
  await simulator.intercom.app(INTERCOM_DEMO.clientId).subscription?.settled()
  isOpen = true
  return result
}

/** Polls everything once. @returns how many events were published */
async function poll(): Promise<number> {
  const asked = await call('POST', `/api/instances/${instanceId}/poll`)
  expect(asked.status).toBe(202)
  const { runId } = asked.body as { runId: string }
  return until(async () => {
    const { body } = await call('GET', `/api/instances/${instanceId}/polls/${runId}`)
    const run = body as { state: string; resources: { events: number; error: string | null }[] }
    expect(run.resources.map(({ error }) => error)).toEqual(run.resources.map(() => null))
    expect(run.state).toBe('done')
    return run.resources.reduce((sum, { events }) => sum + events, 0)
  })
}

async function until<T>(look: () => T | Promise<T>): Promise<T> {
  for (const end = Date.now() + 20_000; ;) {
    try {
      return await look()
    } catch (error) {
      if (Date.now() > end) throw error
      await new Promise(done => setTimeout(done, 25))
    }
  }
}

function toldOf(objectId: string, events: readonly Told[]): string[] {
  return events.filter(event => event.objectId === objectId).map(event => `${event.eventType} ${event.source}`)
}

/** Both who is called back and who reads the topic are told this of an object, and no more. */
async function expectTold(objectId: string, ...told: string[]): Promise<void> {
  await until(() => {
    expect(toldOf(objectId, onTopic)).toEqual(told)
    expect(toldOf(objectId, calledBack)).toEqual(told)
  })
}

/** What has come by webhook is stored before a poll looks, which otherwise waits for two minutes. */
async function stored(count: number): Promise<void> {
  await until(async () => {
    const { rowCount } = await database.pool.query(`select 1 from told_change where not polled`)
    expect(rowCount).toBeGreaterThanOrEqual(count)
  })
}

test('what a lost webhook would have told arrives by the poll, and what came by webhook doesn’t come again', async () => {
  const { conversations } = simulator.intercom.workspace()
  const came = await happens(() => conversations.userCreated())
  const lost = await happens(() => conversations.userCreated(), { lost: true })
  await stored(1)
  expect(await poll()).toBe(1)
  expect(await poll()).toBe(0)
  await expectTold(came.id, 'CREATED webhook')
  await expectTold(lost.id, 'CREATED polling')
}, 60_000)

test('a second change whose webhook is lost arrives, dated later, as an update', async () => {
  const { conversations } = simulator.intercom.workspace()
  const { id } = await happens(() => conversations.userCreated())
  await stored(2)
  simulator.clock.advance(5_000)
  await happens(() => conversations.adminReplied(id), { lost: true })
  expect(await poll()).toBe(1)
  await expectTold(id, 'CREATED webhook', 'UPDATED polling')
}, 60_000)

test('a deletion is told once, by webhook or, where that is lost, by the poll', async () => {
  const { conversations } = simulator.intercom.workspace()
  const [came, lost] = await happens(() => [conversations.userCreated(), conversations.userCreated()] as const)
  await stored(4)
  await poll()
  simulator.clock.advance(5_000)
  await happens(() => conversations.delete(came.id))
  await happens(() => conversations.delete(lost.id), { lost: true })
  await stored(5)
  expect(await poll()).toBe(1)
  expect(await poll()).toBe(0)
  await expectTold(came.id, 'CREATED webhook', 'DELETED webhook')
  await expectTold(lost.id, 'CREATED webhook', 'DELETED polling')
}, 60_000)

test('of a burst, just the part arrives by the poll that was lost', async () => {
  const { contacts } = simulator.intercom.workspace()
  const before = await database.pool.query(`select 1 from told_change where not polled`)
  simulator.clock.advance(5_000)
  const create = () => Array.from({ length: 100 }, () => contacts.create().id)
  const came = await happens(create)
  const lost = await happens(create, { lost: true })
  await stored((before.rowCount ?? 0) + 100)
  expect(await poll()).toBe(100)
  expect(await poll()).toBe(0)
  await until(() => {
    for (const told of [onTopic, calledBack]) {
      expect(came.map(id => toldOf(id, told).join())).toEqual(came.map(() => 'CREATED webhook'))
      expect(lost.map(id => toldOf(id, told).join())).toEqual(lost.map(() => 'CREATED polling'))
    }
  })
}, 60_000)

test('a record is matched by the date that its webhooks have, whatever the poll goes by', async () => {
  const { contacts } = simulator.intercom.workspace()
  simulator.clock.advance(5_000)
  const { id } = await happens(() => contacts.create(), { lost: true })
  const before = await database.pool.query(`select 1 from told_change where not polled`)
  simulator.clock.advance(5_000)
  await happens(() => contacts.update(id, { name: 'Ann' }))
  await stored((before.rowCount ?? 0) + 1)
  expect(await poll()).toBe(0)
  await expectTold(id, 'UPDATED webhook')
}, 60_000)

test('a webhook that comes after the poll, or out of the spool, is on the topic, and isn’t called back', async () => {
  const { conversations } = simulator.intercom.workspace()
  simulator.clock.advance(5_000)
  turnedAway.length = 0
  const late = await happens(() => conversations.userCreated(), { lost: true })
  const [missed] = turnedAway
  const spooled = await happens(() => conversations.userCreated(), { lost: true })
  expect(await poll()).toBe(2)
  await expectTold(late.id, 'CREATED polling')
  await expectTold(spooled.id, 'CREATED polling')

  expect((await fetch(target, { method: 'POST', ...missed })).status).toBe(200)
  const found = onTopic.find(({ objectId }) => objectId === spooled.id)!
  const { pollDate: _, ...rest } = found
  const notified: NormalizedEvent = { ...rest, source: 'webhook', id: 'spooled', raw: turnedAway.at(-1)!.body }
  const topic = eventsTopic(app.get<Settings>(SETTINGS).topicPrefix, 'intercom')
  await app.get(SpoolTable).add(topic, [encodeEvent(notified)])
  const last = await happens(() => conversations.userCreated())
  await expectTold(last.id, 'CREATED webhook')
  for (const { id } of [late, spooled]) {
    await until(() => expect(toldOf(id, onTopic)).toEqual(['CREATED polling', 'CREATED webhook']))
  }
  // Each was read before this one is asked for.
  await until(async () => {
    const { body } = await call('GET', `/elements/api-v2/instances/${instanceId}/events?pageSize=200`)
    const shown = (body as { id: string }[]).map(({ id }) => id)
    expect(shown).toContain(onTopic.find(({ objectId }) => objectId === last.id)?.id)
    expect(shown).not.toContain('spooled')
  })
  expect([late, spooled].map(({ id }) => toldOf(id, calledBack))).toEqual([['CREATED polling'], ['CREATED polling']])
}, 60_000)
