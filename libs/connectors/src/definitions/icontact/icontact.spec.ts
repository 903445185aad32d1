import { queryOf, scripted, type ScriptedAnswer } from '../../../test/scripted-vendor.js'
import { Connector, parseHubUrl, type ListRequest, type Page, type VendorSession } from '../../index.js'
import { icontact } from './index.js'

const now = Date.parse('2026-03-10T12:00:00Z')
const connector = new Connector(icontact, { now: () => now })
const configuration = { 'api.version': '2.2', AppID: 'app', 'api.username': 'user', 'api.password': 'secret' }
const session: VendorSession = {
  configuration,
  identity: { variables: { site: 'default', accountId: '413323', clientFolderId: '124667' } },
}
const folder = 'https://app.icontact.com/icp/a/413323/c/124667'

async function list(url: string, answer: ScriptedAnswer, more: Partial<ListRequest> = {}) {
  const vendor = scripted(answer)
  const outcome = await connector.listPage(session, { ...parseHubUrl(url), ...more }, vendor.http)
  return { outcome, request: vendor.requests[0], page: outcome as Page }
}

const contact =
  '{"email":"user@example.com","firstName":null,"createDate":"2012-06-09 15:46:52","status":"normal","contactId":"66674163"}'
const captured = {
  headers: { 'content-type': 'text/html; charset=utf-8' },
  body: `{"contacts":[${contact}],"limit":20,"offset":0,"total":1}`,
}

function rows(count: number, total: number, limit: number | null = 500): ScriptedAnswer {
  const contacts = Array.from({ length: count }, (_, index) => ({ contactId: String(index) }))
  return { body: { contacts, total, ...(limit !== null && { limit }) } }
}

test('the documented poll, stray quote and all, asks for every contact and always says how many', async () => {
  const { request, page } = await list("/hubs/general/contacts}'", captured)
  expect(request).toMatchObject({
    method: 'GET',
    headers: {
      accept: 'application/json',
      'API-Version': '2.2',
      'API-AppId': 'app',
      'API-Username': 'user',
      'API-Password': 'secret',
    },
  })
  expect(request?.url.split('?')[0]).toBe(`${folder}/contacts`)
  expect(queryOf(request)).toEqual({ status: 'total', orderby: 'contactId:asc', limit: '500', offset: '0' })
  expect(page).toMatchObject({ next: null, order: 'unordered', limitedBySince: false })
  expect(page.records).toEqual([{ id: '66674163', fields: JSON.parse(contact) as unknown, raw: contact }])
})

test('since an instant, contacts are asked for in Eastern time, oldest first, with a second key', async () => {
  const { request, page } = await list('/contacts', captured, {
    since: Date.parse('2026-07-01T12:00:00Z'),
    pageSize: 50,
  })
  expect(queryOf(request)).toEqual({
    status: 'total',
    createDate: '2026-07-01T08:00:00-04:00',
    createDateSearchType: 'gte',
    orderby: 'createDate:asc,contactId:asc',
    limit: '50',
    offset: '0',
  })
  expect(page).toMatchObject({ order: 'oldest-first', orderedBy: 'createDate', limitedBySince: true })
})

describe('where clocks are put back, and an hour comes twice', () => {
  const asked = async (since: string) =>
    queryOf((await list('/contacts', captured, { since: Date.parse(since) })).request).createDate

  test('what is dated then is asked for from an hour before, whichever coming it is', async () => {
    expect(await asked('2026-11-01T05:00:00Z')).toBe('2026-11-01T00:00:00-04:00')
    expect(await asked('2026-11-01T05:59:59Z')).toBe('2026-11-01T00:59:59-04:00')
    expect(await asked('2026-11-01T06:00:00Z')).toBe('2026-11-01T01:00:00-04:00')
    expect(await asked('2026-11-01T06:59:59Z')).toBe('2026-11-01T01:59:59-04:00')
  })

  test('before and after, and where they are put forward, as it is', async () => {
    expect(await asked('2026-11-01T04:59:59Z')).toBe('2026-11-01T00:59:59-04:00')
    expect(await asked('2026-11-01T07:00:00Z')).toBe('2026-11-01T02:00:00-05:00')
    expect(await asked('2026-03-08T06:59:59Z')).toBe('2026-03-08T01:59:59-05:00')
    expect(await asked('2026-03-08T07:00:00Z')).toBe('2026-03-08T03:00:00-04:00')
  })

  test('both ends of a range are put further apart', async () => {
    const where = "createDate>='2026-11-01T05:30:00Z' AND createDate<='2026-11-01T06:30:00Z'"
    expect(queryOf((await list(`/contacts?where=${where}`, captured)).request)).toMatchObject({
      createDate: '2026-11-01T00:30:00-04:00,2026-11-01T02:30:00-05:00',
      createDateSearchType: 'bet',
    })
  })
})

test('the contact that was just made passes its own instant, whatever the zone of this machine', () => {
  // 15:46:52 in New York's summer is 19:46:52 UTC.
  expect(connector.resource('contacts')).toMatchObject({
    idField: 'contactId',
    timeZone: 'America/New_York',
    dates: { updatedDateField: 'createDate', updatedDateFormat: "yyyy-MM-dd' 'HH:mm:ss" },
  })
})

test.each([
  ["email='a@b.c'", { email: 'a@b.c' }],
  ["email LIKE '%@b.c'", { email: '*@b.c' }],
  ["contactId IN ('1','2')", { contactId: '1,2' }],
  ["createDate>'2026-01-02 03:04:05'", { createDate: '2026-01-02T03:04:05-05:00', createDateSearchType: 'gt' }],
  ["email='a@b.c' OR email='d@e.f'", { email: 'a@b.c,d@e.f' }],
  ['bounceCount<=3', { bounceCount: '3', bounceCountSearchType: 'lte' }],
  ["status='bounced'", { status: 'bounced' }],
])('where=%s is put in the vendor’s words', async (where, parameters) => {
  expect(queryOf((await list(`/contacts?where=${where}`, captured)).request)).toMatchObject(parameters)
})

test.each([
  [
    "email='a@b.c' OR lastName='D'",
    'where: "email = a@b.c OR lastName = D" can\'t be asked; conditions are joined by AND, and by OR what one field can be equal to',
  ],
  ["lastName='D, E'", '"lastName = D, E" can\'t be asked: "," means more than itself there'],
  ["email LIKE '*@b.c'", '"*" means more than itself'],
  ["email!='a@b.c'", '"email" takes =, LIKE, IN'],
  ['createDate IS NULL', '"createDate" takes =, <, <=, >, >='],
])('where=%s is told to be beyond the vendor', (where, words) => {
  expect(connector.faults(parseHubUrl(`/contacts?where=${where}`)).join()).toContain(words)
})

test('a page is begun with by its first row, and the count is told; not over all messages', async () => {
  const { request, page } = await list('/contacts', rows(10, 45), { page: 3, pageSize: 10, overlapPages: false })
  expect(queryOf(request)).toMatchObject({ offset: '20', limit: '10' })
  expect(page).toMatchObject({ total: 45 })
  const opens = await list('/opens', captured, { page: 2 })
  expect(opens.outcome).toMatchObject({ kind: 'rejected', status: 0 })
  const one = await list('/messages/7/opens', { body: { opens: [], total: 3 } }, { page: 2, pageSize: 2 })
  expect(queryOf(one.request)).toMatchObject({ offset: '2', limit: '2' })
  expect(one.page.total).toBe(3)
})

test('the vendor’s own status may be asked for', async () => {
  expect(queryOf((await list('/contacts?status=unlisted', captured)).request).status).toBe('unlisted')
})

test('both ends of a date are asked for as a range, its ends included', async () => {
  const where = "createDate<'2026-01-02T00:00:00Z' AND email LIKE 'a%' AND createDate>'2026-01-01 00:00:00'"
  expect(queryOf((await list(`/contacts?where=${where}`, captured)).request)).toMatchObject({
    createDate: '2026-01-01T00:00:01-05:00,2026-01-01T18:59:59-05:00',
    ...{ createDateSearchType: 'bet', email: 'a*' },
  })
  const closed = "createDate>='2026-01-01' AND createDate<='2026-01-02'"
  expect(queryOf((await list(`/messages?where=${closed}`, { body: { messages: [] } })).request)).toMatchObject({
    createDate: '2026-01-01T00:00:00-05:00,2026-01-02T00:00:00-05:00',
  })
})

test('two other comparisons of one field are beyond it, and a poll’s lower bound gives way to the URL’s', async () => {
  const twice = parseHubUrl("/contacts?where=createDate>'2026-01-01' AND createDate>'2026-02-01'")
  expect(connector.faults(twice)).toEqual(['where: "createDate" can only be compared once in a request'])
  const { request, page } = await list("/contacts?where=createDate>'2026-01-01'", captured, { since: now })
  expect(queryOf(request).createDate).toBe('2026-01-01T00:00:00-05:00')
  expect(page.limitedBySince).toBe(false)
})

describe('a 200 with warnings', () => {
  test.each([
    'The search field createDate was not recognized and was ignored.',
    'Unknown term: createdate',
    '"orderby" has no effect',
    'createDateSearchType must be one of eq, gt',
  ])('that say a filter was ignored is an error: %s', async warning => {
    const { outcome } = await list(
      '/contacts',
      { body: { contacts: [], total: 0, warnings: [warning] } },
      { since: now },
    )
    expect(outcome).toEqual({ kind: 'rejected', status: 200, message: `iContact warned: ${warning}` })
  })

  test('of something else is passed on', async () => {
    const warning = 'Version 2.0 ends this year'
    const { page } = await list('/contacts', { body: { contacts: [], total: 0, warnings: [warning] } }, { since: now })
    expect(page).toMatchObject({ kind: 'page', records: [], warnings: [warning] })
  })

  test('and null for a list is an error, which no warning at all is worth another try', async () => {
    const warning = 'You did not provide an email field. email is a required field'
    expect((await list('/contacts', { body: { contacts: null, warnings: [warning] } })).outcome).toMatchObject({
      kind: 'rejected',
      message: `iContact warned: ${warning}`,
    })
    expect((await list('/contacts', { body: { contacts: null } })).outcome).toMatchObject({ kind: 'unavailable' })
  })
})

test.each([
  [
    401,
    { errors: ['Api username invalid'] },
    { kind: 'unauthorized', permanent: false, message: 'iContact answered 401: Api username invalid' },
  ],
  [402, { errors: ['Unpaid'] }, { kind: 'unauthorized', permanent: true }],
  [403, { errors: ['Forbidden'] }, { kind: 'unauthorized', permanent: true }],
  [400, { errors: ['The status value you provided was not valid.'] }, { kind: 'rejected', status: 400 }],
  [503, 'Service Unavailable', { kind: 'throttled', retryAt: now + 60_000 }],
  [501, { errors: ['Bad API-Version'] }, { kind: 'rejected' }],
])('%i %j', async (status, body, outcome) => {
  expect((await list('/contacts', { status, body })).outcome).toMatchObject(outcome)
})

test.each([
  ['/lists', 'lists', { listId: '1' }, 'listId:asc', '500'],
  ['/campaigns', 'campaigns', { campaignId: '1' }, 'campaignId:asc', '500'],
  ['/segments', 'segments', { segmentId: '1' }, 'segmentId:asc', '500'],
  ['/messages', 'messages', { messageId: '1' }, 'createDate:desc,messageId:desc', '50'],
  ['/message', 'messages', { messageId: 1 }, 'createDate:desc,messageId:desc', '50'],
  ['/subscriptions', 'subscriptions', { subscriptionId: '1' }, 'listId:asc,contactId:asc', '500'],
])('%s are listed with a limit, in an order that stays', async (url, items, record, orderby, limit) => {
  const { request, page } = await list(url, { body: { [items]: [record], total: 1, limit: 500 } })
  expect(request?.url.split('?')[0]).toBe(`${folder}/${items}`)
  expect(queryOf(request)).toEqual({ orderby, limit, offset: '0' })
  expect(page.records.map(({ id }) => id)).toEqual(['1'])
})

describe('engagement', () => {
  const opens = (...contactIds: string[]) => ({
    body: {
      opens: contactIds.map(contactId => ({ contactId, openTime: '2026-01-01T00:00:00-05:00' })),
      total: contactIds.length,
    },
  })

  test('of one message is asked for by its id, which is put in front of each record', async () => {
    const { request, page } = await list('/hubs/marketing/messages/55/opens', opens('7'))
    expect(request?.url).toBe(`${folder}/messages/55/opens?limit=500&offset=0`)
    expect(page.records).toEqual([
      {
        id: '7',
        fields: { messageId: '55', contactId: '7', openTime: '2026-01-01T00:00:00-05:00' },
        raw: '{"messageId":"55","contactId":"7","openTime":"2026-01-01T00:00:00-05:00"}',
      },
    ])
  })

  test('of all messages goes from one to the next, a request a page, past one that is gone', async () => {
    const vendor = scripted(
      { body: { messages: [{ messageId: '55' }, { messageId: '56' }], total: 3, limit: 2 } },
      opens('7'),
      { status: 404, body: { errors: ['Not found'] } },
      { body: { messages: [{ messageId: '57' }], total: 3, limit: 2 } },
      opens('8', '9'),
    )
    const seen: string[] = []
    let cursor: string | null | undefined
    do {
      const request = { ...parseHubUrl('/opens'), ...(cursor && { cursor }), overlapPages: false }
      const page = (await connector.listPage(session, request, vendor.http)) as Page
      seen.push(
        page.records.map(({ fields, id }) => `${String(fields.messageId)}:${id}`).join() || page.warnings.join(),
      )
      cursor = page.next
    } while (cursor !== null)
    expect(seen).toEqual(['', '55:7', 'iContact answered 404: Not found', '', '57:8,57:9'])
    expect(vendor.requests.map(({ url }) => url.slice(folder.length).split('?')[0])).toEqual([
      '/messages',
      '/messages/55/opens',
      '/messages/56/opens',
      '/messages',
      '/messages/57/opens',
    ])
  })

  test('is known below messages only', () => {
    expect(connector.resource('messages/55/opens')?.name).toBe('opens')
    expect(connector.resource('message/55/unsubscribes')?.name).toBe('unsubscribes')
    expect(connector.resource('lists/55/opens')).toBeUndefined()
    expect(connector.resource('messages/55/lists')).toBeUndefined()
    expect(connector.resource('messages/55')).toBeUndefined()
    expect(connector.resource('messages/55/opens/1')).toBeUndefined()
  })
})

describe('account and folder', () => {
  const accounts = {
    body: {
      accounts: [
        { accountId: '1', enabled: '0' },
        { accountId: 413323, enabled: 1 },
        { accountId: '9', enabled: '1' },
      ],
    },
  }
  const folders = {
    body: { clientfolders: [{ clientFolderId: '124667', logoId: null }, { clientFolderId: '3' }], total: 2 },
  }

  test('are the first enabled one and the first', async () => {
    const vendor = scripted(accounts, folders)
    expect(await connector.identify({ configuration }, vendor.http)).toEqual({
      kind: 'identified',
      identity: { variables: { site: 'default', accountId: '413323', clientFolderId: '124667' } },
    })
    expect(vendor.requests.map(({ url }) => url)).toEqual([
      'https://app.icontact.com/icp/a/',
      'https://app.icontact.com/icp/a/413323/c/',
    ])
  })

  test('can be chosen', async () => {
    const chosen = { ...configuration, 'account.id': '9', 'client.folder.id': '3' }
    expect(await connector.identify({ configuration: chosen }, scripted(accounts, folders).http)).toMatchObject({
      identity: { variables: { accountId: '9', clientFolderId: '3' } },
    })
    const absent = { ...configuration, 'account.id': '1' }
    expect(await connector.identify({ configuration: absent }, scripted(accounts).http)).toEqual({
      kind: 'refused',
      status: 200,
      message: 'iContact shows no accounts with enabled 1 and accountId 1 at /a/',
    })
  })

  test('are kept below a stand-in’s origin', async () => {
    const standIn = new Connector(icontact, { baseUrl: 'http://127.0.0.1:9000' })
    const vendor = scripted(accounts, folders, captured)
    await standIn.identify({ configuration }, vendor.http)
    await standIn.listPage(session, parseHubUrl('/contacts'), vendor.http)
    expect(vendor.requests.map(({ url }) => url.split('?')[0])).toEqual([
      'http://127.0.0.1:9000/icp/a/',
      'http://127.0.0.1:9000/icp/a/413323/c/',
      'http://127.0.0.1:9000/icp/a/413323/c/124667/contacts',
    ])
  })

  test('can’t be put in their place by a configuration', async () => {
    const sly = { ...session, configuration: { ...configuration, accountId: '666', clientFolderId: '../..' } }
    const vendor = scripted(captured)
    await connector.listPage(sly, parseHubUrl('/contacts'), vendor.http)
    expect(vendor.requests[0]?.url.split('?')[0]).toBe(`${folder}/contacts`)
  })
})

test('a single contact stands in an envelope of its own', async () => {
  const vendor = scripted({ body: `{"contact": ${contact} }` })
  expect(await connector.get(session, 'contacts', '66674163', vendor.http)).toMatchObject({
    kind: 'record',
    record: { id: '66674163', raw: contact },
  })
  expect(vendor.requests[0]?.url).toBe(`${folder}/contacts/66674163`)
  expect(await connector.get(session, 'contacts', '1', scripted({ body: { contact: null } }).http)).toMatchObject({
    kind: 'missing',
  })
})

test('it is polled only', () => {
  expect(connector.hasWebhooks).toBe(false)
  expect(connector.verifiesBy(configuration)).toBe(false)
  expect(connector.verify({ rawBody: Buffer.from('[]'), headers: {}, configuration })).toBe(false)
  expect(connector.read([])).toEqual({ kind: 'unreadable', why: 'iContact sends no webhooks' })
  expect(connector.metadata.methods).toEqual(['polling'])
})
