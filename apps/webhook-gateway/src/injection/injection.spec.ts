import { polledEvent, recordHash } from '#events'
import { EVENT_LOG } from '#event-log'
import type { EventLog } from '#event-log'
import { Accounts, Instances } from '#instances'
import type { Instance } from '#instances'
import { base64, RunningGateway } from '../testing/running-gateway.js'

let gateway: RunningGateway
let instance: Instance

beforeAll(async () => {
  gateway = await RunningGateway.start()
  instance = await gateway.create()
}, 60_000)

afterAll(() => gateway.close())

const object = '{"id": "215472621202693", "n":12345678901234567890,  "open":true}'

function poll(objectId: string, change: Record<string, unknown> = {}): string {
  const event = {
    objectType: 'conversations',
    objectId,
    date: '2018-07-31T19:39:46Z',
    pollDate: '2018-07-31T19:40:36Z',
    eventType: 'CREATED',
  }
  const head = JSON.stringify({ objectType: 'conversations', events: [event], ...change }).slice(0, -1)
  return `${head},"conversations":[ ${object} ]}`
}

function feed(path: string, body: string, headers: Record<string, string> = {}) {
  return gateway.send('POST', path, { authorization: gateway.authorization, ...headers }, body)
}

const path = (id: number) => `intercomPolling/${base64(id)}`

test('a poll that is fed in becomes the events that the poller would have published', async () => {
  const mine = await gateway.create({ name: 'Mine', tags: ['a'] })
  expect(await feed(path(mine.id), poll('c1'))).toMatchObject({ status: 200, body: { status: 'accepted', events: 1 } })
  const [event] = await gateway.eventsOf(mine.id, 1)
  const hash = recordHash({ id: '215472621202693', n: '12345678901234567890', open: true })
  const change = {
    objectId: 'c1',
    type: 'CREATED',
    date: Date.parse('2018-07-31T19:39:46Z'),
    hash,
    raw: object,
  } as const
  const origin = {
    instance: mine,
    hubKey: 'marketing',
    resource: 'conversations',
    start: Date.parse('2018-07-31T19:40:36Z'),
  }
  expect(event).toEqual(polledEvent(change, { ...origin, runId: event!.origin }))
  expect(event).toMatchObject({ source: 'polling', raw: object, instanceName: 'Mine' })
})

test('a repeat has the same ids, and one request’s events one origin', async () => {
  const mine = await gateway.create()
  const two = JSON.stringify({
    objectType: 'contacts',
    events: [
      { objectId: 1, date: '2026-01-01T00:00:00Z' },
      { objectId: 2, date: '2026-01-01T00:00:00Z' },
    ],
    contacts: [{ id: 1 }, { id: 2 }],
  })
  await feed(path(mine.id), two)
  await feed(path(mine.id), two)
  const events = await gateway.eventsOf(mine.id, 4)
  expect(new Set(events.map(({ id }) => id)).size).toBe(2)
  expect(new Set(events.map(({ origin }) => origin)).size).toBe(2)
})

test.each([
  ['base64 without padding', (id: number) => [`intercomPolling/${base64(id).replaceAll('=', '')}`, {}]],
  ['the plain id', (id: number) => [`intercomPolling/${id}`, {}]],
  ['the header Id', (id: number) => ['intercomPolling', { id: String(id) }]],
  ['both, which agree', (id: number) => [path(id), { Id: String(id) }]],
] as [string, (id: number) => [string, Record<string, string>]][])('the instance is named by %s', async (_, named) => {
  const [url, headers] = named(instance.id)
  expect(await feed(url, poll(`named by ${_}`), headers)).toMatchObject({ status: 200 })
})

test('where URL and header name different instances, or neither names one, it is 400', async () => {
  expect(await feed(path(instance.id), poll('x'), { id: '7' })).toMatchObject({
    status: 400,
    body: { message: `Id: 7: expected ${instance.id}, as in the URL` },
  })
  expect(await feed('intercomPolling', poll('x'))).toMatchObject({ status: 400 })
  expect(await feed(path(instance.id), poll('x'), { id: 'seven' })).toMatchObject({ status: 400 })
})

test('without the caller’s secrets it is 401, whatever the instance', async () => {
  const { userSecret, organizationSecret } = gateway.account
  const url = path(instance.id)
  for (const authorization of ['', 'nonsense', `User ${userSecret}`, `User x, Organization ${organizationSecret}`])
    expect((await feed(url, poll('x'), { authorization })).status).toBe(401)
  expect((await gateway.send('POST', path(999_999), {}, poll('x'))).status).toBe(401)
  expect((await gateway.send('GET', url)).status).toBe(401)
  const withElement = `User ${userSecret}, Element ${instance.token}`
  expect((await feed(url, poll('x'), { authorization: withElement })).status).toBe(200)
})

test('another account’s instance is 404, as are deleted ones, other elements’ and none', async () => {
  const { accountId, companyId, userId } = await gateway.app.get(Accounts).create({})
  const foreign = await gateway.create({ accountId, companyId, userId })
  const deleted = await gateway.create()
  await gateway.app.get(Instances).delete(deleted.id)
  for (const url of [
    path(foreign.id),
    path(deleted.id),
    path(999_999),
    `icontactPolling/${base64(instance.id)}`,
    `unknownPolling/${base64(instance.id)}`,
    'intercomPolling/nonsense!',
  ])
    expect([url, (await feed(url, poll('x'))).status]).toEqual([url, 404])
})

test('a probe by who may feed is answered 200', async () => {
  const headers = { authorization: gateway.authorization }
  expect((await gateway.send('HEAD', path(instance.id), headers)).status).toBe(200)
  expect((await gateway.send('DELETE', path(instance.id), headers)).status).toBe(405)
})

test('what can’t be read is 400 and says all that is wrong, and nothing is published', async () => {
  const mine = await gateway.create()
  const faulty = JSON.stringify({ objectType: 'contacts', events: [{ objectId: '' }], contacts: [1, 2] })
  const { status, body } = await feed(path(mine.id), faulty)
  expect([status, body.message?.split('\n')]).toEqual([
    400,
    [
      'events.0.objectId: "": expected the object\'s id, a text or a number',
      'contacts: 2 of them: expected 1, one for each event in its order',
      'contacts.0: 1: expected a JSON object',
      'contacts.1: 2: expected a JSON object',
    ],
  ])
  for (const text of ['{', '', '[]', '['.repeat(65) + ']'.repeat(65)])
    expect((await feed(path(mine.id), text)).status).toBe(400)
  expect((await feed(path(mine.id), poll('x'), { 'content-type': 'text/plain' })).status).toBe(415)
  expect((await feed(path(mine.id), `"${'x'.repeat(1024 * 1024)}"`)).status).toBe(413)
  expect(gateway.events.filter(({ instanceId }) => instanceId === mine.id)).toEqual([])
})

test('while the log is down, what is fed in is spooled', async () => {
  const mine = await gateway.create()
  const log = gateway.app.get<EventLog>(EVENT_LOG)
  const publish = log.publish.bind(log)
  Object.assign(log, { publish: () => Promise.reject(new Error('refused for the test')) })
  expect(await feed(path(mine.id), poll('spooled'))).toMatchObject({ status: 200 })
  expect(gateway.events.some(({ instanceId }) => instanceId === mine.id)).toBe(false)
  Object.assign(log, { publish })
  expect(await gateway.eventsOf(mine.id, 1)).toMatchObject([{ objectId: 'spooled' }])
})

test('a database that hangs is answered 503', async () => {
  const accounts = gateway.app.get(Accounts)
  const authenticate = accounts.authenticate.bind(accounts)
  Object.assign(accounts, { authenticate: () => new Promise(() => {}) })
  expect((await feed(path(instance.id), poll('hung'))).status).toBe(503)
  Object.assign(accounts, { authenticate })
})

test('no line of the log has a secret or a query', async () => {
  await gateway.send('POST', `${path(instance.id)}?hidden=1`, { authorization: gateway.authorization }, poll('logged'))
  const logged = gateway.lines.join('')
  const { userSecret, organizationSecret } = gateway.account
  for (const secret of ['hidden', userSecret, organizationSecret]) expect(logged).not.toContain(secret)
  const line = gateway.lines.findLast(text => text.includes('webhook notification')) ?? '{}'
  expect(JSON.parse(line)).toMatchObject({ elementKey: 'intercomPolling', instance: instance.id, outcome: 'accepted' })
})
