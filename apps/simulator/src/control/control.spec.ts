import { call } from '../../test/call.js'
import { startSimulator, type Simulator } from '../simulator.js'

let simulator: Simulator

beforeAll(async () => {
  simulator = await startSimulator()
})

afterAll(async () => {
  await simulator.close()
})

beforeEach(async () => {
  expect((await control('POST', '/reset')).status).toBe(200)
})

function control(method: string, path: string, body?: unknown) {
  return call(method, `${simulator.url}/control${path}`, { body })
}

test('a change made from outside is a signed webhook at the endpoint saved from outside', async () => {
  const endpoint = `${simulator.url}/callbacks/door`
  const saved = await control('PUT', '/intercom/apps/demo-client-id/webhook', { url: endpoint, topics: ['*'] })
  expect(saved.json['webhook']).toMatchObject({ url: endpoint, state: 'live' })
  const workspace = '/intercom/workspaces/demo1234'
  const conversation = await control('POST', `${workspace}/conversations`, { body: 'Hello?' })
  const id = String(conversation.json['id'])
  for (const [action, body] of [
    ['user-reply', { body: 'Anyone?' }],
    ['admin-reply', { body: 'Yes', assign: true }],
    ['assign', {}],
    ['close', {}],
    ['rate', { rating: 4 }],
  ] as const) {
    expect((await control('POST', `${workspace}/conversations/${id}/${action}`, body)).status).toBe(200)
  }
  await control('DELETE', `${workspace}/conversations/${id}`)
  await simulator.intercom.settled()
  const came = (await control('GET', '/receiver/door/callbacks')).json.map(({ json }) => json?.['topic'] as unknown)
  expect(came.filter(topic => topic !== undefined && topic !== 'ping').sort()).toEqual([
    'conversation.admin.assigned',
    'conversation.admin.assigned',
    'conversation.admin.closed',
    'conversation.admin.replied',
    'conversation.deleted',
    'conversation.rating.added',
    'conversation.user.created',
    'conversation.user.replied',
  ])
  const deliveries = await control('GET', '/intercom/apps/demo-client-id/deliveries')
  expect(deliveries.json.every(({ outcome }) => String(outcome) === 'delivered')).toBe(true)
})

test('contacts, companies and tickets are made, changed, merged and deleted', async () => {
  const workspace = '/intercom/workspaces/demo1234'
  const make = async (kind: string, body = {}) =>
    String((await control('POST', `${workspace}/${kind}`, body)).json['id'])
  const [ann, bob] = [await make('contacts', { email: 'ann@example.com' }), await make('contacts')]
  const renamed = await control('PATCH', `${workspace}/contacts/${ann}`, { name: 'Ann' })
  expect(renamed.json).toMatchObject({ name: 'Ann', email: 'ann@example.com' })
  const company = await make('companies', { name: 'Acme' })
  expect((await control('POST', `${workspace}/companies/${company}/attach`, { contact: ann })).status).toBe(200)
  await control('POST', `${workspace}/contacts/${bob}/merge`, { into: ann })
  expect((await control('GET', `${workspace}/contacts`)).json.map(({ id }) => id)).toEqual([ann])
  const ticket = await make('tickets')
  const resolved = await control('POST', `${workspace}/tickets/${ticket}/state`, { state: 'resolved' })
  expect(resolved.json).toMatchObject({ ticket_state: 'resolved', open: false })
  await control('DELETE', `${workspace}/contacts/${ann}`)
  expect((await control('GET', `${workspace}/contacts`)).json).toEqual([])
})

test('entries of the lists that come whole are made, changed and taken out', async () => {
  const workspace = '/intercom/workspaces/demo1234'
  for (const kind of ['tags', 'teams', 'segments', 'admins', 'data-attributes']) {
    const id = String((await control('POST', `${workspace}/${kind}`, { name: 'First' })).json['id'])
    expect((await control('PATCH', `${workspace}/${kind}/${id}`, { name: 'Second' })).json).toMatchObject({
      id,
      name: 'Second',
    })
    expect((await control('DELETE', `${workspace}/${kind}/${id}`)).status).toBe(200)
    expect((await control('PATCH', `${workspace}/${kind}/${id}`, { name: 'Third' })).status).toBe(404)
  }
})

test('iContact rows are made, changed and deleted', async () => {
  const made = await control('POST', '/icontact/contacts', {
    email: 'ann@example.com',
    createdAt: '2026-07-01T12:00:00Z',
  })
  expect(made.json).toMatchObject({ createDate: '2026-07-01 08:00:00' })
  const id = String(made.json['contactId'])
  expect((await control('PATCH', `/icontact/contacts/${id}`, { firstName: 'Ann' })).json).toMatchObject({
    firstName: 'Ann',
  })
  const list = await control('POST', '/icontact/lists', { name: 'News' })
  expect(list.json).toHaveProperty('listId')
  const message = String((await control('POST', '/icontact/messages', { subject: 'Hi' })).json['messageId'])
  const open = await control('POST', `/icontact/messages/${message}/opens`, { contactId: id })
  expect(open.json).toHaveProperty('openTime')
  const same = await control('GET', '/icontact/accounts/413323/folders/124667/contacts')
  expect(same.json).toHaveLength(1)
  expect((await control('DELETE', `/icontact/contacts/${id}`)).status).toBe(200)
  expect((await control('DELETE', `/icontact/contacts/${id}`)).status).toBe(404)
})

test('the receiver is told how to answer and with which key to check', async () => {
  await control('PUT', '/receiver/crm/key', { key: 'secret' })
  await control('PUT', '/receiver/crm/mode', { kind: 'fail', status: 410, times: 1 })
  const url = `${simulator.url}/callbacks/crm`
  const event = { id: 'e1', eventType: 'CREATED' }
  expect((await call('POST', url, { body: { message: { events: [event] } } })).status).toBe(410)
  expect((await call('POST', url, { body: { message: { events: [event] } } })).status).toBe(200)
  const counts = await control('GET', '/receiver/crm')
  expect(counts.json).toMatchObject({ hasKey: true, mode: { kind: 'ok' }, requests: 2, accepted: 1, uniqueEvents: 1 })
  expect((await control('GET', '/receiver/crm/ids')).json).toEqual({ events: ['e1'], notifications: [] })
  expect((await control('GET', '/receiver/crm/events')).json).toEqual([event])
  await control('DELETE', '/receiver/crm')
  expect((await control('GET', '/receiver/crm')).json).toMatchObject({ requests: 0 })
})

test('faults, settings and the clock are set from outside', async () => {
  await control('POST', '/faults/intercom', { fault: { kind: 'status', status: 502 }, path: '/me', times: 1 })
  const headers = { authorization: 'Bearer demo-access-token' }
  expect((await call('GET', `${simulator.url}/me`, { headers })).status).toBe(502)
  expect((await call('GET', `${simulator.url}/me`, { headers })).status).toBe(200)
  expect((await control('GET', '/requests/intercom?path=/me')).json).toHaveLength(2)
  const settings = await control('PATCH', '/intercom/settings', { webhookRetryDelayMs: 10 })
  expect(settings.json).toMatchObject({ webhookRetryDelayMs: 10, webhookTimeoutMs: 5000 })
  await control('PATCH', '/icontact/settings', { hourlyLimit: 5 })
  expect(simulator.icontact.settings.hourlyLimit).toBe(5)
  const before = Date.parse(String((await control('GET', '/clock')).json['now']))
  const after = await control('POST', '/clock', { advanceMs: 3_600_000 })
  expect(Date.parse(String(after.json['now'])) - before).toBeGreaterThanOrEqual(3_600_000)
})

test.each([
  ['PATCH', '/intercom/settings', { colour: 'red' }, 400, 'colour: no such setting'],
  ['PATCH', '/intercom/settings', { rateLimit: 'many' }, 400, 'expected a number'],
  ['POST', '/intercom/workspaces/none/contacts', {}, 404, 'there is no workspace "none"'],
  ['POST', '/intercom/workspaces/demo1234/cats', {}, 404, 'no kind "cats"; known: contacts'],
  ['POST', '/intercom/workspaces/demo1234/contacts/1/dance', {}, 404, 'no action "dance" on contacts'],
  ['POST', '/intercom/workspaces', { timezone: 'Mars/Base' }, 400, 'not an IANA time zone'],
  ['PUT', '/intercom/apps/demo-client-id/webhook', { url: 'http://127.0.0.1:9/' }, 422, 'answered nothing'],
  ['POST', '/icontact/cats', {}, 404, 'no collection "cats"'],
  ['PUT', '/receiver/crm/mode', { kind: 'fail' }, 400, 'status: expected a number'],
  ['POST', '/faults/acme', { fault: { kind: 'hang' } }, 404, 'no vendor "acme"'],
  ['POST', '/clock', 'not json', 400, 'the body must be a JSON object'],
])('%s %s with %j says what is wrong', async (method, path, body, status, message) => {
  const answer = await control(method, path, body)
  expect(answer.status).toBe(status)
  expect(answer.text).toContain(JSON.stringify(message).slice(1, -1))
})

test('what can be done is listed', async () => {
  const { json } = await control('GET', '')
  expect(json['defaults']!['intercom']).toMatchObject({ clientId: 'demo-client-id' })
  expect(Object.keys(json)).toEqual(expect.arrayContaining(['intercom', 'icontact', 'receiver', 'faults', 'clock']))
})
