import { Connectors } from '#connectors'
import { Egress } from '#egress'
import { Instances, VendorSessions, type Instance, type VendorCalls } from '#instances'
import type { InstanceBody } from '../instances/instance.dto.js'
import { apiFixture } from '../testing/api-fixture.js'
import type { Answer } from '../testing/running-api.js'

const here = apiFixture()
let intercom: InstanceBody
let icontact: InstanceBody
const folder = '/icp/a/413323/c/124667'

beforeAll(async () => {
  intercom = await here.create()
  icontact = await here.createIContact()
})

beforeEach(() => {
  here.vendor.requests.length = 0
})

function read(instance: InstanceBody, path: string): Promise<Answer> {
  return here.api.call('GET', path, { authorization: here.authorizationBy(instance) })
}

function sent(): string | undefined {
  return here.vendor.requests.at(-1)?.search
}

test('a listing is the vendor’s records, under any hub or none, with the headers of the page', async () => {
  here.vendor.answers.set('/contacts', {
    status: 200,
    body: { type: 'list', data: [{ id: 'c1', name: 'Ann' }], pages: {} },
  })
  for (const path of ['/hubs/marketing/contacts', '/hubs/anything/contacts', '/contacts', "/hubs/general/contacts}'"]) {
    const { status, body, headers } = await read(intercom, path)
    expect([path, status, body]).toEqual([path, 200, [{ id: 'c1', name: 'Ann' }]])
    expect(headers.get('content-type')).toContain('application/json')
    expect(headers.get('elements-element-instance-id')).toBe(String(intercom.id))
    expect(headers.get('elements-returned-count')).toBe('1')
    expect(headers.get('elements-next-page-token')).toBeNull()
  }
})

test('records come byte for byte where nulls are kept, and without null members where they are filtered', async () => {
  const record = '{ "id":"c1",  "n":12345678901234567890, "price":1.50, "phone":null, "u":"\\u00e9" }'
  const whole = `{"data":[${record}],"pages":{}}`
  here.vendor.answers.set('/contacts', { status: 200, body: whole })
  here.vendor.answers.set('/contacts/c1', { status: 200, body: record })
  const keeping = await here.create({}, { 'filter.response.nulls': false })
  expect((await text(keeping, '/contacts')).trim()).toBe(`[${record}]`)
  expect(await text(keeping, '/contacts/c1')).toBe(record)
  const filtered = record.replace('"phone":null, ', '')
  expect(await text(intercom, '/contacts')).toBe(`[${filtered}]`)
  expect(await text(intercom, '/contacts/c1')).toBe(filtered)
})

async function text(instance: InstanceBody, path: string): Promise<string> {
  const authorization = here.authorizationBy(instance)
  return (await fetch(`${here.api.url}/elements/api-v2${path}`, { headers: { authorization } })).text()
}

test('where, orderBy and pageSize are asked of the vendor', async () => {
  here.vendor.answers.set(`${folder}/contacts`, { status: 200, body: { contacts: [], total: 0, limit: 5, offset: 0 } })
  const where = encodeURIComponent("email='a&b@x.example' and lastName LIKE 'O%'")
  const { status, body, headers } = await read(icontact, `/contacts?where=${where}&orderBy=email%20desc&pageSize=5`)
  expect([status, body, headers.get('elements-returned-count')]).toEqual([200, [], '0'])
  expect(Object.fromEntries(new URLSearchParams(sent()))).toMatchObject({
    ...{ email: 'a&b@x.example', lastName: 'O*', orderby: 'email:desc,contactId:asc', limit: '5' },
  })
})

test('what the vendor can not answer is 400, says what, and is not asked', async () => {
  const expected: [string, string][] = [
    ['?where=shoe_size%3D44', '"shoe_size" can\'t be filtered by'],
    ["?where=email%20~%20'x'", 'where=email'],
    ["?where=email='a'%20OR%20lastName='b'", 'OR'],
    ['?orderBy=shoe_size', '"shoe_size" can\'t be ordered by'],
    ['?pageSize=none', 'pageSize=none'],
    ['?page=0', 'page: "0"'],
    ['?color=red', '"color" is no parameter'],
    ['?nextPage=xyz', 'nextPage:'],
  ]
  for (const [query, words] of expected) {
    const { status, body } = await read(icontact, `/hubs/general/contacts${query}`)
    expect([query, status]).toEqual([query, 400])
    expect((body as { message: string }).message).toContain(words)
  }
  expect(here.vendor.requests).toEqual([])
})

test('a listing goes page by page, each record once; the token holds the query, and belongs to it alone', async () => {
  const rows = [1, 2, 3, 4, 5].map(id => ({ contactId: String(id) }))
  here.vendor.answers.set(`${folder}/contacts`, ({ search }) => {
    const [offset, limit] = ['offset', 'limit'].map(name => Number(new URLSearchParams(search).get(name)))
    const contacts = rows.slice(offset, offset! + limit!)
    return { status: 200, body: { contacts, total: rows.length, limit, offset } }
  })
  const seen: unknown[] = []
  let token: string | null = null
  let last = ''
  do {
    const { status, body, headers }: Answer = await read(
      icontact,
      token === null ? '/contacts?pageSize=2&orderBy=email' : `/contacts?nextPage=${token}`,
    )
    expect(status).toBe(200)
    seen.push(...(body as unknown[]))
    token = headers.get('elements-next-page-token')
    last = token ?? last
  } while (token !== null)
  expect(seen).toEqual(rows)
  expect(here.vendor.requests.every(({ search }) => search.includes('orderby=email'))).toBe(true)
  expect((await read(icontact, `/contacts?pageSize=2&orderBy=email&nextPage=${last}`)).status).toBe(200)
  expect((await read(icontact, `/contacts?pageSize=3&nextPage=${last}`)).status).toBe(400)
  expect((await read(icontact, `/messages?nextPage=${last}`)).status).toBe(400)
  const other = await here.createIContact()
  expect((await read(other, `/contacts?nextPage=${last}`)).status).toBe(400)
})

test('what belongs to a record is listed below it, and of all records where none is named', async () => {
  here.vendor.answers.set(`${folder}/messages`, {
    status: 200,
    body: { messages: [{ messageId: '7' }], total: 1, limit: 500 },
  })
  here.vendor.answers.set(`${folder}/messages/7/opens`, {
    status: 200,
    body: { opens: [{ contactId: '1', openTime: '2026-01-01T00:00:00-05:00' }], total: 1, limit: 500 },
  })
  const opens = [{ messageId: '7', contactId: '1', openTime: '2026-01-01T00:00:00-05:00' }]
  for (const path of ['/messages/7/opens', '/hubs/general/messages/7/opens', '/hubs/general/opens']) {
    expect([path, (await read(icontact, path)).body]).toEqual([path, opens])
  }
  expect((await read(icontact, '/messages/7/opens/1')).status).toBe(400)
  expect((await read(icontact, '/messages/7/contacts')).status).toBe(404)
  expect((await read(icontact, '/messages/8/opens')).status).toBe(404)
})

test('one record is found by its id; one that the vendor has not got is 404 with its words', async () => {
  here.vendor.answers.set(`${folder}/contacts/1`, {
    status: 200,
    body: { contact: { contactId: '1', email: 'a@x.example' } },
  })
  for (const path of ['/contacts/1', '/hubs/general/contacts/1']) {
    const { status, body, headers } = await read(icontact, path)
    expect([path, status, body]).toEqual([path, 200, { contactId: '1', email: 'a@x.example' }])
    expect(headers.get('elements-element-instance-id')).toBe(String(icontact.id))
  }
  const { status, body } = await read(icontact, '/contacts/2')
  expect([status, body]).toMatchObject([404, { providerMessage: expect.stringContaining('404') as unknown }])
  expect((await read(icontact, '/contacts/%2e%2e')).status).toBe(404)
})

test.each([
  [400, 400],
  [401, 401],
  [402, 403],
  [403, 403],
  [404, 404],
  [500, 502],
  [503, 502],
])('the vendor’s %i is %i with the vendor’s words', async (status, expected) => {
  here.vendor.answers.set('/tags', {
    status,
    body: { type: 'error.list', errors: [{ message: 'These are its words' }] },
  })
  const { status: got, body, headers } = await read(intercom, '/tags')
  expect([got, body]).toEqual([
    expected,
    {
      requestId: expect.any(String) as unknown,
      message: expect.stringContaining('Intercom') as unknown,
      providerMessage: expect.stringContaining('These are its words') as unknown,
    },
  ])
  expect(headers.has('retry-after')).toBe(false)
})

test('a vendor that wants a pause gets it: the calls after it are 429 with what is left of it, and not sent', async () => {
  const body = { type: 'error.list', errors: [{ message: 'Slow down' }] }
  here.vendor.answers.set('/teams', { status: 429, body })
  const throttled = await here.create({}, { 'oauth.user.token': 'throttled' })
  const first = await read(throttled, '/teams')
  expect([first.status, first.body]).toMatchObject([
    429,
    { providerMessage: expect.stringContaining('Slow') as unknown },
  ])
  expect(Number(first.headers.get('retry-after'))).toBeGreaterThan(30)
  const another = await here.create({}, { 'oauth.user.token': 'throttled' })
  const asked = here.vendor.requests.length
  for (const instance of [throttled, another]) {
    for (const path of ['/teams', '/admins/1']) {
      const { status, headers, body: told } = await read(instance, path)
      expect([path, status, told]).toMatchObject([path, 429, { providerMessage: null }])
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(30)
    }
  }
  expect(here.vendor.requests).toHaveLength(asked)
  expect((await read(throttled, '/nothing')).status).toBe(404)
  expect((await read(intercom, '/contacts')).status).toBe(200)
})

test('a pause that another process was told of counts too, and what polls leave is there for people', async () => {
  const elsewhere = elsewhereCalls(await here.stored((await here.createIContact({ AppID: 'busy' })).id))
  const paused = await here.createIContact({ AppID: 'busy' })
  expect((await read(paused, '/contacts')).status).not.toBe(429)
  await elsewhere.call(() => Promise.resolve({ kind: 'throttled', retryAt: Date.now() + 60_000, message: 'told' }))
  const { status, headers } = await until(
    () => read(paused, '/contacts'),
    answer => answer.status === 429,
  )
  expect([status, Number(headers.get('retry-after')) > 50]).toEqual([429, true])
  const spent = await here.create({}, { 'oauth.user.token': 'spent' })
  const reset = String(Math.ceil(Date.now() / 1_000) + 60)
  const left = (remaining: number) => ({ 'x-ratelimit-remaining': String(remaining), 'x-ratelimit-reset': reset })
  const answer = (remaining: number) => ({ status: 200, body: { segments: [] }, headers: left(remaining) })
  here.vendor.answers.set('/segments', answer(100))
  expect((await read(spent, '/segments')).status).toBe(200)
  const polls = elsewhereCalls(await here.stored(spent.id))
  expect(await polls.call(() => Promise.resolve({ kind: 'fine' }))).toMatchObject({ kind: 'throttled', unsent: true })
  here.vendor.answers.set('/segments', answer(0))
  expect((await read(spent, '/segments')).status).toBe(200)
  expect((await read(spent, '/segments')).status).toBe(429)
})

/** How a poller, another process, calls for an instance. */
function elsewhereCalls(instance: Instance | null): VendorCalls {
  const { app } = here.api
  const ports = { instances: app.get(Instances), connectors: app.get(Connectors), egress: app.get(Egress) }
  return new VendorSessions({ ...ports, pool: here.database.pool, baseUrls: {} }).calls(instance!)
}

async function until<T>(look: () => Promise<T>, isIt: (found: T) => boolean): Promise<T> {
  for (let tries = 0; ; tries++) {
    const found = await look()
    if (isIt(found) || tries > 30) return found
    await new Promise(resolve => setTimeout(resolve, 200))
  }
}

test('only the fields that are wanted are shown, byte for byte; a single record’s other parameters mean nothing', async () => {
  const record =
    '{"id":"c1","n":12345678901234567890,"name":"A\\u006en","location":{"city":"X","region":"Y"},"tags":{"data":[{"id":1,"url":"u"}]}}'
  here.vendor.answers.set('/contacts', { status: 200, body: `{"data":[${record}],"pages":{}}` })
  here.vendor.answers.set('/contacts/c1', { status: 200, body: record })
  const shown = '{"n":12345678901234567890,"name":"A\\u006en","location":{"city":"X"},"tags":{"data":[{"id":1}]}}'
  const fields = 'name,%20location.city,n,tags.data.id,nothing'
  expect(await text(intercom, `/contacts?fields=${fields}`)).toBe(`[${shown}]`)
  expect(await text(intercom, `/contacts/c1?fields=${fields}&color=red`)).toBe(shown)
  expect(await text(intercom, '/contacts/c1?fields=*')).toBe(record)
})

test('a page can be begun with where the vendor counts its rows, with the whole listing’s count; the token goes on from it', async () => {
  const rows = Array.from({ length: 7 }, (_, index) => ({ listId: String(index) }))
  here.vendor.answers.set(`${folder}/lists`, ({ search }) => {
    const [offset, limit] = ['offset', 'limit'].map(name => Number(new URLSearchParams(search).get(name)))
    return { status: 200, body: { lists: rows.slice(offset, offset! + limit!), total: rows.length, limit, offset } }
  })
  const { body, headers } = await read(icontact, '/lists?page=2&pageSize=3&fields=listId')
  expect(body).toEqual(rows.slice(3, 6))
  expect(headers.get('elements-total-count')).toBe('7')
  const token = headers.get('elements-next-page-token')
  expect((await read(icontact, `/lists?nextPage=${token}`)).body).toEqual(rows.slice(6))
  expect((await read(icontact, `/lists?page=3&pageSize=3&fields=listId&nextPage=${token}`)).body).toEqual(rows.slice(6))
  expect((await read(intercom, '/contacts?page=2')).status).toBe(400)
})

test('a where with OR is the vendor’s own alternatives', async () => {
  here.vendor.answers.set('/contacts/search', { status: 200, body: { data: [], total_count: 0 } })
  const where = encodeURIComponent("(role='lead' or email LIKE '%@x.example') and name != 'A'")
  const { status, headers } = await read(intercom, `/contacts?where=${where}`)
  expect([status, headers.get('elements-total-count')]).toEqual([200, '0'])
  expect(JSON.parse(here.vendor.requests.at(-1)?.body ?? '')).toMatchObject({
    query: { operator: 'AND', value: [{ operator: 'OR' }, { field: 'name', operator: '!=', value: 'A' }] },
  })
})

test('other elements’ resources and the API’s own paths are none of a hub’s', async () => {
  for (const path of [
    '/campaigns',
    '/hubs/marketing/campaigns',
    '/hubs/marketing',
    '/hubs',
    '/nothing/1',
    '/instances/x/y',
  ]) {
    expect([path, (await read(intercom, path)).status]).toEqual([path, 404])
  }
  expect((await read(intercom, '/campaigns')).body).toMatchObject({
    message: expect.stringContaining('contacts') as unknown,
  })
  expect((await read(intercom, '/elements')).body).toEqual(
    expect.arrayContaining([expect.objectContaining({ key: 'intercom' })]),
  )
  expect((await read(intercom, `/instances/${intercom.id}`)).body).toMatchObject({ id: intercom.id })
})

test('without an Element token, or with a deleted instance’s, it is 401; a disabled one is 403', async () => {
  expect((await here.api.call('GET', '/hubs/marketing/contacts')).status).toBe(401)
  expect((await here.api.call('GET', '/contacts', { authorization: null })).status).toBe(401)
  const instance = await here.create()
  await here.api.call('DELETE', `/instances/${instance.id}/enabled`)
  expect((await read(instance, '/contacts')).status).toBe(403)
  await here.api.call('DELETE', `/instances/${instance.id}`)
  expect((await read(instance, '/contacts')).status).toBe(401)
})
