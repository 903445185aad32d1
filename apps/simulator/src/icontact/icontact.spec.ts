import { call } from '../../test/call.js'
import { startSimulator, type Simulator } from '../simulator.js'
import { ICONTACT_DEMO } from './icontact.js'

const { accountId, clientFolderId } = ICONTACT_DEMO
const folder = `/icp/a/${accountId}/c/${clientFolderId}`
const credentials = {
  'api-version': '2.2',
  'api-appid': ICONTACT_DEMO.appId,
  'api-username': ICONTACT_DEMO.username,
  'api-password': ICONTACT_DEMO.password,
}
let simulator: Simulator

beforeAll(async () => {
  simulator = await startSimulator()
})

afterAll(async () => {
  await simulator.close()
})

beforeEach(() => {
  simulator.icontact.reset()
  simulator.clock.reset()
})

function ask(path: string, headers: Record<string, string> = {}, method = 'GET', body?: unknown) {
  return call(method, simulator.url + path, { headers: { ...credentials, ...headers }, body })
}

const emails = async (query: string) =>
  (await ask(`${folder}/contacts${query}`)).json['contacts']!.map(({ email }) => email as unknown as string)

const contact = (email: string, createdAt?: string) =>
  simulator.icontact
    .folder()
    .createListedContact({ email }, createdAt === undefined ? undefined : Date.parse(createdAt))

describe('the door', () => {
  test('accounts and client folders are discovered', async () => {
    const accounts = await ask('/icp/a/')
    expect(accounts.json).toMatchObject({ accounts: [{ accountId, enabled: '1' }], total: 1, limit: 20, offset: 0 })
    const folders = await ask(`/icp/a/${accountId}/c/`)
    expect(folders.json).toEqual({
      clientfolders: [{ clientFolderId, logoId: null, emailRecipient: ICONTACT_DEMO.username }],
      total: 1,
    })
  })

  test('JSON comes as text/html', async () => {
    const answer = await ask('/icp/a')
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
    const refused = await ask('/icp/a', { 'api-password': 'wrong' })
    expect(refused.headers.get('content-type')).toBe('text/html; charset=utf-8')
  })

  test('the time is told to anyone, in Eastern time', async () => {
    simulator.clock.set(Date.parse('2026-08-13T17:30:19.500Z'))
    const answer = await call('GET', `${simulator.url}/icp/time`)
    expect(answer.json).toEqual({ time: '2026-08-13T13:30:19-04:00', timestamp: 1786642219 })
  })

  test.each([
    [{ 'api-appid': 'x' }, 401, 'Api appid invalid'],
    [{ 'api-username': 'x' }, 401, 'Api username invalid'],
    [{ 'api-password': 'x' }, 401, 'Api password invalid'],
    [{ 'api-version': '3.0' }, 501, 'The API version you requested is not implemented'],
  ])('%j is refused with %i in prose', async (headers, status, message) => {
    const answer = await ask('/icp/a', headers)
    expect(answer.status).toBe(status)
    expect(answer.json).toEqual({ errors: [message] })
  })

  test("another account's folder is closed, a folder that there is not is 404", async () => {
    simulator.icontact.addAccount('999', { appId: 'a', username: 'b', password: 'c' })
    expect((await ask('/icp/a/999/c/1/contacts')).status).toBe(403)
    expect((await ask(`/icp/a/${accountId}/c/1/contacts`)).status).toBe(404)
    expect((await ask(`${folder}/nothing`)).status).toBe(404)
  })

  test('too many requests are 503, faults are what was asked for', async () => {
    simulator.icontact.settings.hourlyLimit = 1
    expect((await ask('/icp/time')).status).toBe(200)
    expect((await ask('/icp/time')).status).toBe(503)
    simulator.icontact.settings.hourlyLimit = null
    simulator.icontact.faults.inject({ fault: { kind: 'empty' }, path: '/icp/a', times: 1 })
    expect((await ask('/icp/a')).text).toBe('')
  })
})

describe('contacts', () => {
  test('have every value a string or null, and a date without a zone that is Eastern', async () => {
    const { contactId } = contact('user@example.com', '2012-06-09T19:46:52Z')
    const { json } = await ask(`${folder}/contacts`)
    expect(json).toMatchObject({ limit: 20, offset: 0, total: 1 })
    expect(json['contacts']![0]).toMatchObject({
      contactId,
      email: 'user@example.com',
      firstName: null,
      createDate: '2012-06-09 15:46:52',
      status: 'normal',
      bounceCount: null,
    })
    expect(contactId).toMatch(/^\d+$/)
  })

  test('are shown only if they are on a list, unless status says otherwise', async () => {
    contact('listed@example.com')
    simulator.icontact.folder().create('contacts', { email: 'loose@example.com' })
    expect(await emails('')).toEqual(['listed@example.com'])
    expect(await emails('?status=unlisted')).toEqual(['loose@example.com'])
    expect(await emails('?status=total')).toEqual(['listed@example.com', 'loose@example.com'])
    expect(await emails('?status=bounced')).toEqual([])
    const wrong = await ask(`${folder}/contacts?status=nonsense`)
    expect(wrong.status).toBe(400)
    expect(String(wrong.json['errors']![0])).toMatch(/^The status value you provided was not valid/)
  })

  test('come twenty at a time unless asked for more, from a row number on', async () => {
    for (let n = 10; n < 35; n++) contact(`c${String(n)}@example.com`)
    expect(await emails('')).toHaveLength(20)
    expect(await emails('?offset=20')).toHaveLength(5)
    expect(await emails('?limit=500')).toHaveLength(25)
    expect(await emails('?limit=2&offset=1&orderby=email:desc')).toEqual(['c33@example.com', 'c32@example.com'])
  })

  test('offset paging skips a row when one before it is deleted', async () => {
    const ids = Array.from({ length: 4 }, (_, n) => contact(`c${String(n)}@example.com`)['contactId'] ?? '')
    const first = await emails('?limit=2')
    simulator.icontact.folder().delete('contacts', ids[0]!)
    const second = await emails('?limit=2&offset=2')
    expect([...first, ...second]).not.toContain('c2@example.com')
  })

  test.each([
    ['gt', '2026-05-02', ['third', 'fourth']],
    ['gt', '2026-05-02T00:00:00', ['third', 'fourth']],
    ['gte', '2026-05-02T00:00:00', ['second', 'third', 'fourth']],
    ['gte', '2026-05-02T04:00:00Z', ['second', 'third', 'fourth']],
    ['gt', '2026-05-02T00:00:00-04:00', ['third', 'fourth']],
    ['lt', '2026-05-02', ['first']],
    ['lte', '2026-05-02', ['first', 'second']],
    ['bet', '2026-05-02,2026-05-02', ['second', 'third']],
    ['eq', '2026-05-02', ['second', 'third']],
  ])('createDateSearchType=%s with %s finds by Eastern time', async (type, date, found) => {
    contact('first', '2026-05-02T03:59:59Z')
    contact('second', '2026-05-02T04:00:00Z')
    contact('third', '2026-05-02T16:00:00Z')
    contact('fourth', '2026-05-03T04:00:00Z')
    const query = `?createDate=${encodeURIComponent(date)}&createDateSearchType=${type}&orderby=createDate:asc`
    expect(await emails(query)).toEqual(found)
  })

  test('filters take wildcards and several values; an empty one finds nothing', async () => {
    for (const email of ['ann@example.com', 'bob@example.com', 'cid@example.org']) contact(email)
    expect(await emails('?email=*example.com')).toEqual(['ann@example.com', 'bob@example.com'])
    expect(await emails('?email=ann@example.com,cid@example.org')).toHaveLength(2)
    expect(await emails('?email=')).toEqual([])
  })

  test('a filter or a sort field that is not known is ignored: 200, everything, and a warning', async () => {
    contact('ann@example.com')
    const answer = await ask(`${folder}/contacts?lastModified=2026-01-01&orderby=Email:asc`)
    expect(answer.status).toBe(200)
    expect(answer.json['contacts']).toHaveLength(1)
    expect(answer.json['warnings']).toEqual([
      'The search field lastModified was not recognized and was ignored.',
      'The sort field Email was not recognized and was ignored.',
    ])
  })

  test('can be posted, found again by their address, and deleted with 200 []', async () => {
    const posted = await ask(`${folder}/contacts`, {}, 'POST', [{ email: 'new@example.com' }])
    expect(posted.json['contacts']![0]).toMatchObject({ email: 'new@example.com', firstName: '' })
    const id = String(posted.json['contacts']![0]!['contactId'])
    const again = await ask(`${folder}/contacts`, {}, 'POST', [{ email: 'new@example.com', firstName: 'Nia' }])
    expect(again.json['contacts']![0]).toMatchObject({ contactId: id, firstName: 'Nia' })
    expect((await ask(`${folder}/contacts/${id}`)).json['contact']).toMatchObject({ firstName: 'Nia', lastName: null })
    const nothing = await ask(`${folder}/contacts`, {}, 'POST', [{ firstName: 'Nobody' }])
    expect([nothing.status, nothing.json['contacts']]).toEqual([200, null])
    const deleted = await ask(`${folder}/contacts/${id}`, {}, 'DELETE')
    expect([deleted.status, deleted.text]).toEqual([200, '[]'])
    expect((await ask(`${folder}/contacts/${id}`)).status).toBe(404)
  })

  test('have a history whose offsets have no colon and whose empty details are a list', async () => {
    const { contactId } = contact('ann@example.com', '2026-06-05T17:45:37Z')
    const { json } = await ask(`${folder}/contacts/${contactId ?? ''}/actions`)
    expect(json['actions']).toEqual([
      { actionType: 'AddContact', actionTime: '2026-06-05T13:45:37-0400', actor: 'api', details: [] },
    ])
  })
})

describe('everything else', () => {
  test('messages and subscriptions are dated with an offset, lists not at all', async () => {
    const stand = simulator.icontact.folder()
    simulator.clock.set(Date.parse('2026-01-15T12:00:00Z'))
    stand.create('messages', { subject: 'Hello' })
    contact('ann@example.com')
    const messages = await ask(`${folder}/messages`)
    expect(messages.json['messages']![0]).toMatchObject({ createDate: '2026-01-15T07:00:00-05:00', subject: 'Hello' })
    const subscriptions = await ask(`${folder}/subscriptions`)
    expect(String(subscriptions.json['subscriptions']![0]!['subscriptionId'])).toMatch(/^\d+_\d+$/)
    expect(String(subscriptions.json['subscriptions']![0]!['addDate'])).toMatch(/-05:00$/)
    const lists = await ask(`${folder}/lists`)
    expect(lists.json['lists']![0]).toHaveProperty('publicname')
    expect(lists.json['lists']![0]).not.toHaveProperty('createDate')
    for (const name of ['campaigns', 'segments']) {
      expect((await ask(`${folder}/${name}`)).json).toEqual({ [name]: [], limit: 20, offset: 0, total: 0 })
    }
  })

  test('what people did with a message is listed and counted', async () => {
    const stand = simulator.icontact.folder()
    const message = stand.create('messages')['messageId'] ?? ''
    const reader = contact('ann@example.com')['contactId'] ?? ''
    stand.engage(message, 'opens', reader)
    stand.engage(message, 'opens', reader)
    stand.engage(message, 'clicks', reader, { clickLink: 'https://example.com' })
    stand.engage(message, 'bounces', reader)
    stand.engage(message, 'unsubscribes', reader)
    const path = `${folder}/messages/${message}`
    expect((await ask(`${path}/opens`)).json).toMatchObject({ opens: [{ contactId: reader }, {}], total: 2 })
    expect((await ask(`${path}/clicks`)).json['clicks']![0]).toMatchObject({ clickLink: 'https://example.com' })
    expect((await ask(`${path}/bounces`)).json['bounces']![0]).toHaveProperty('bounceTime')
    expect((await ask(`${path}/unsubscribes`)).json['unsubscribes']![0]).toHaveProperty('unsubscribeTime')
    expect((await ask(`${path}/statistics`)).json['statistics']).toMatchObject({ opens: { unique: 1, total: 2 } })
    expect((await ask(`${folder}/messages/${message}`, {}, 'DELETE')).status).toBe(405)
  })
})
