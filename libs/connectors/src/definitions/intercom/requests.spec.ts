import { compileDatePattern } from '#dates'
import { queryOf, scripted, sent, type ScriptedAnswer } from '../../../test/scripted-vendor.js'
import { Connector, parseHubUrl, type ListRequest, type Page, type VendorSession } from '../../index.js'
import { intercom } from './index.js'

const now = Date.parse('2026-03-10T12:00:00Z')
const connector = new Connector(intercom, { now: () => now })
const session: VendorSession = {
  configuration: { 'oauth.user.token': 'dG9r' },
  identity: { workspace: 'vne310wv', timeZone: 'America/New_York', variables: { site: 'US' } },
}

async function list(url: string, answer: ScriptedAnswer, more: Partial<ListRequest> = {}, of = session) {
  const vendor = scripted(answer)
  const outcome = await connector.listPage(of, { ...parseHubUrl(url), ...more }, vendor.http)
  return { outcome, request: vendor.requests[0], page: outcome as Page }
}

const conversation = { type: 'conversation', id: '215472621202693', created_at: 1768031789, updated_at: 1768033204 }
const emptyConversations = { body: { type: 'conversation.list', conversations: [] } }
const emptyContacts = { body: { type: 'list', data: [] } }

test('the documented poll without a lower bound lists conversations, newest first, with the version pinned', async () => {
  const { request, page } = await list('/hubs/marketing/conversations?orderBy=updated_at desc', {
    headers: { 'X-RateLimit-Remaining': '165', 'X-RateLimit-Reset': String(now / 1000 + 7) },
    body: {
      type: 'conversation.list',
      pages: { type: 'pages', next: { page: 2, starting_after: 'WzE3' }, page: 1, per_page: 150, total_pages: 2 },
      conversations: [conversation],
    },
  })
  expect(request).toEqual({
    method: 'GET',
    url: 'https://api.intercom.io/conversations?per_page=150',
    headers: {
      accept: 'application/json',
      'content-type': 'application/json',
      'intercom-version': '2.14',
      authorization: 'Bearer dG9r',
    },
  })
  expect(page).toEqual({
    kind: 'page',
    records: [{ id: '215472621202693', fields: conversation, raw: JSON.stringify(conversation) }],
    next: 'WzE3',
    order: 'newest-first',
    orderedBy: 'updated_at',
    limitedBySince: false,
    warnings: [],
    limits: { remaining: 165, resetAt: now + 7000 },
  })
})

test('since an instant, conversations are searched from a second before it, oldest first', async () => {
  const since = Date.parse('2026-01-10T08:20:04.900Z')
  const { request, page } = await list('/conversations', emptyConversations, { since })
  expect(request?.url).toBe('https://api.intercom.io/conversations/search')
  expect(sent(request)).toEqual({
    query: { operator: 'AND', value: [{ field: 'updated_at', operator: '>', value: 1768033203 }] },
    sort: { field: 'updated_at', order: 'ascending' },
    pagination: { per_page: 150 },
  })
  expect(page).toMatchObject({ order: 'oldest-first', orderedBy: 'updated_at', limitedBySince: true, next: null })
})

test('an order that the URL asks for is kept', async () => {
  const { request, page } = await list('/conversations?orderBy=updated_at desc', emptyConversations, { since: now })
  expect(sent(request)).toMatchObject({ sort: { field: 'updated_at', order: 'descending' } })
  expect(page.order).toBe('newest-first')
})

test('the cursor of a search goes into the body, of a list into the query', async () => {
  const searched = await list('/conversations', emptyConversations, { since: now, cursor: 'WzE3', pageSize: 20 })
  expect(sent(searched.request)).toMatchObject({ pagination: { per_page: 20, starting_after: 'WzE3' } })
  expect(queryOf(searched.request)).toEqual({})
  const listed = await list('/contacts', emptyContacts, { cursor: 'WzE3' })
  expect(queryOf(listed.request)).toEqual({ starting_after: 'WzE3', per_page: '150' })
})

test.each([
  ['null', null],
  ['absent', undefined],
  ['empty', { starting_after: '' }],
])('a next page that is %s is the end', async (_, next) => {
  const { page } = await list('/contacts', { body: { data: [], pages: { next } } })
  expect(page.next).toBeNull()
})

test.each([
  ['of a list', undefined, 'https://api.intercom.io/contacts?per_page=150&starting_after=WzE3%3D'],
  ['of a search', now, 'http://127.0.0.1:9000/contacts/search?starting_after=WzE3%3D'],
])('a next page %s that is a URL is followed by the cursor in it', async (_, since, next) => {
  const { page } = await list('/contacts', { body: { data: [], pages: { next } } }, since ? { since } : {})
  expect(page.next).toBe('WzE3=')
})

test('contacts are searched from a longest day before, newest first', async () => {
  // `>` begins with the day after its value's, in the workspace's zone: 25 hours later where clocks are put back.
  const since = Date.parse('2026-01-10T03:30:00Z')
  const { request, page } = await list('/contacts', emptyContacts, { since })
  expect(sent(request)).toEqual({
    query: { operator: 'AND', value: [{ field: 'updated_at', operator: '>', value: seconds('2026-01-09T02:30:00Z') }] },
    sort: { field: 'updated_at', order: 'descending' },
    pagination: { per_page: 150 },
  })
  expect(page).toMatchObject({ order: 'newest-first', orderedBy: 'updated_at', limitedBySince: true })
})

test.each([
  'Pacific/Kiritimati',
  'Asia/Kolkata',
  'UTC',
  'America/New_York',
  'Pacific/Pago_Pago',
  'Australia/Lord_Howe',
])('whatever the zone, nothing since then is left out: %s', async timeZone => {
  for (let hour = 0; hour < 366 * 24; hour += 7) {
    const since = Date.parse('2026-01-01T00:10:00Z') + hour * 3_600_000
    const { request } = await list('/contacts', emptyContacts, { since })
    const [{ value }] = (sent(request) as { query: { value: [{ value: number }] } }).query.value
    const days = compileDatePattern('yyyy-MM-dd', timeZone)
    const day = new Date(`${days.format(value * 1000)}T00:00:00Z`)
    const dayAfter = new Date(day.getTime() + 86_400_000).toISOString().slice(0, 10)
    expect(days.parse(dayAfter)!.epochMs).toBeLessThanOrEqual(since)
  }
})

test('a page that isn’t in the order that was asked for is said to be in none', async () => {
  const body = { data: [1768033204, 1768031789, 1768033204].map((date, id) => ({ id: String(id), updated_at: date })) }
  const { page } = await list('/contacts', { body }, { since: now })
  expect(page).toMatchObject({ order: 'unordered', orderedBy: 'updated_at' })
})

test('a caller who compares another date isn’t limited by one that could hide its changes', async () => {
  const { page } = await list('/conversations', emptyConversations, { since: now, watch: 'waiting_since' })
  expect(page.limitedBySince).toBe(false)
  const created = await list('/conversations', emptyConversations, { since: now, watch: 'created_at' })
  expect(created.page.limitedBySince).toBe(true)
})

test('a condition to the second on day-granular contacts is widened, and its answer narrowed again', async () => {
  const at = (id: string, date: string) => ({ id, updated_at: seconds(date) })
  const { request, page } = await list("/contacts?where=updated_at>'2026-01-10T12:00:00Z' AND role='user'", {
    body: { data: [at('1', '2026-01-10T12:00:01Z'), at('2', '2026-01-10T12:00:00Z'), { id: '3', updated_at: null }] },
  })
  expect(sent(request)).toMatchObject({
    query: {
      value: [
        { field: 'updated_at', operator: '>', value: seconds('2026-01-09T11:00:00Z') },
        { field: 'role', operator: '=', value: 'user' },
      ],
    },
  })
  expect(page.records.map(({ id }) => id)).toEqual(['1', '3'])
})

test('users and leads are contacts of one role', async () => {
  const { request } = await list('/hubs/marketing/leads', emptyContacts, { since: now })
  expect(sent(request)).toMatchObject({
    query: {
      value: [
        { field: 'role', operator: '=', value: 'lead' },
        { field: 'updated_at', operator: '>' },
      ],
    },
  })
})

test('tickets can only be searched, so without a condition they are asked for with one that all meet', async () => {
  const { request } = await list('/tickets', { body: { type: 'ticket.list', tickets: [] } })
  expect(request?.url).toBe('https://api.intercom.io/tickets/search')
  expect(sent(request)).toMatchObject({ query: { value: [{ field: 'created_at', operator: '>', value: 0 }] } })
})

test.each([
  ['/admins', { type: 'admin.list', admins: [{ type: 'admin', id: '1' }] }],
  ['/teams', { type: 'team.list', teams: [{ type: 'team', id: '1' }] }],
  ['/tags', { type: 'list', data: [{ type: 'tag', id: '1', name: 'A' }] }],
  ['/segments', { type: 'segment.list', segments: [{ type: 'segment', id: '1', updated_at: 1 }] }],
])('%s come whole', async (url, body) => {
  const { request, page } = await list(`/hubs/marketing${url}`, { body })
  expect(request?.url).toBe(`https://api.intercom.io${url}`)
  expect(page).toMatchObject({ records: [{ id: '1' }], next: null, order: 'unordered' })
})

test('an attribute of contacts is another one than that of companies with the same name', async () => {
  const attribute = { type: 'data_attribute', full_name: 'custom_attributes.plan' }
  const data = [{ ...attribute, id: 34, model: 'contact' }, { ...attribute, id: 35, model: 'company' }, attribute]
  const { page } = await list('/data_attributes', { body: { type: 'list', data } })
  const name = 'custom_attributes.plan'
  expect(page.records.map(({ id }) => id)).toEqual([`contact.${name}`, `company.${name}`, name])
})

test('articles are counted in pages, to the last that the answer names', async () => {
  const body = { type: 'list', data: [{ id: '1' }], pages: { page: 1, per_page: 50, total_pages: 2, next: null } }
  const first = await list('/articles', { body })
  expect(queryOf(first.request)).toEqual({ page: '1', per_page: '50' })
  expect(first.page.next).toBe('2')
  expect((await list('/articles', { body }, { cursor: '2' })).page.next).toBeNull()
})

test('activity logs are asked for since a second before, and go on by the query of the next URL alone', async () => {
  const next = 'https://elsewhere.example/admins/activity_logs?created_at_after=1767999999&page=2'
  const { request, page } = await list(
    '/activity-logs',
    { body: { activity_logs: [{ id: 'u-1', created_at: 1768000001 }], pages: { next, page: 1 } } },
    { since: 1768000000_000 },
  )
  expect(request?.url).toBe('https://api.intercom.io/admins/activity_logs?created_at_after=1767999999')
  const second = await list('/activity_logs', { body: { activity_logs: [] } }, { since: 1, cursor: page.next ?? '' })
  expect(second.request?.url).toBe('https://api.intercom.io/admins/activity_logs?created_at_after=1767999999&page=2')
  expect(second.page.next).toBeNull()
})

test('companies are counted in pages, up to as many as can be', async () => {
  const answer = (total: number) => ({
    body: { type: 'list', data: [{ id: 'c' }], total_count: total, pages: { page: 1, per_page: 60, total_pages: 167 } },
  })
  const { request, page } = await list('/companies', answer(9_999))
  expect(`${request?.method} ${request?.url}`).toBe('POST https://api.intercom.io/companies/list?per_page=60&page=1')
  expect(page).toMatchObject({ records: [{ id: 'c' }], next: '2', total: 9_999 })
  const many = await list('/companies', answer(10_000))
  expect(many.page).toMatchObject({ records: [], next: '~1~', order: 'unordered' })
})

describe('more companies are scrolled', () => {
  const companies = (count: number, total: number | null) => ({
    body: {
      type: 'list',
      data: Array.from({ length: count }, (_, id) => ({ id: `c${id}` })),
      total_count: total,
      scroll_param: 's-1',
    },
  })

  test('until an empty page', async () => {
    const { request, page } = await list('/companies', companies(2, null), { cursor: '~1~' })
    expect(request?.url).toBe('https://api.intercom.io/companies/scroll')
    const second = await list('/companies', companies(0, null), { cursor: page.next ?? '' })
    expect(queryOf(second.request)).toEqual({ scroll_param: 's-1' })
    expect(second.page).toMatchObject({ records: [], next: null })
  })

  test('until a 404, if nothing is missing by then', async () => {
    const gone = { status: 404, body: { errors: [{ code: 'not_found', message: 'scroll parameter not found' }] } }
    const all = await list('/companies', companies(2, 2), { cursor: '~1~' })
    expect((await list('/companies', gone, { cursor: all.page.next ?? '' })).outcome).toMatchObject({
      kind: 'page',
      next: null,
    })
    const part = await list('/companies', companies(2, 3), { cursor: '~1~' })
    expect((await list('/companies', gone, { cursor: part.page.next ?? '' })).outcome).toMatchObject({
      kind: 'unavailable',
      restart: true,
    })
  })

  test('but a 404 after a minute’s silence is a scroll that was forgotten', async () => {
    const stale = `~1~2//${now - 60_000}/s-1`
    expect((await list('/companies', { status: 404 }, { cursor: stale })).outcome).toMatchObject({ restart: true })
    const fresh = `~1~2//${now - 1000}/s-1`
    expect((await list('/companies', { status: 404 }, { cursor: fresh })).outcome.kind).toBe('page')
  })

  test('anew after a server error, and later while another scroll is open', async () => {
    const cursor = `~1~2//${now}/s-1`
    expect((await list('/companies', { status: 500 }, { cursor })).outcome).toMatchObject({
      kind: 'unavailable',
      restart: true,
    })
    const open = { status: 400, body: { errors: [{ code: 'scroll_exists', message: 'scroll already exists' }] } }
    expect((await list('/companies', open, { cursor: '~1~' })).outcome).toMatchObject({
      kind: 'throttled',
      retryAt: now + 60_000,
    })
  })
})

test('deletions of conversations come newest first, by date', async () => {
  const vendor = scripted(
    {
      body: {
        type: 'conversations.list',
        conversations: [{ type: 'conversation', id: '456', metrics_retained: true, deleted_at: 1768033204 }],
        pages: { next: 'https://api.intercom.io/conversations/deleted?page=2&per_page=60&order=desc' },
      },
    },
    { body: { conversations: [], pages: { next: null } } },
  )
  const first = await connector.deletionsPage(session, { resource: 'conversations', since: 0 }, vendor.http)
  expect(first).toMatchObject({
    kind: 'page',
    records: [{ id: '456', date: 1768033204_000 }],
    next: 'page=2&per_page=60&order=desc',
    order: 'newest-first',
  })
  const next = first.kind === 'page' ? (first.next ?? '') : ''
  await connector.deletionsPage(session, { resource: 'conversations', cursor: next }, vendor.http)
  expect(vendor.requests.map(({ url }) => url)).toEqual([
    'https://api.intercom.io/conversations/deleted?order=desc&per_page=60',
    'https://api.intercom.io/conversations/deleted?order=desc&per_page=60&page=2',
  ])
  expect(await connector.deletionsPage(session, { resource: 'contacts' }, vendor.http)).toMatchObject({
    kind: 'rejected',
  })
})

test('deletions whose next page is told as parameters go on as well', async () => {
  const answer = { body: { conversations: [], pages: { next: { page: 2, per_page: 60, starting_after: null } } } }
  const page = await connector.deletionsPage(session, { resource: 'conversations' }, scripted(answer).http)
  expect(page).toMatchObject({ next: 'page=2&per_page=60' })
})

test('a single record is given as it came', async () => {
  const vendor = scripted({ body: '{ "type":"contact", "id":"64db" , "n":12345678901234567890 }' })
  expect(await connector.get(session, 'contacts', '64db/..', vendor.http)).toEqual({
    kind: 'record',
    record: {
      id: '64db',
      fields: { type: 'contact', id: '64db', n: '12345678901234567890' },
      raw: '{ "type":"contact", "id":"64db" , "n":12345678901234567890 }',
    },
    warnings: [],
  })
  expect(vendor.requests[0]?.url).toBe('https://api.intercom.io/contacts/64db%2F..')
})

test('a merged contact says whom to ask for instead', async () => {
  const merged = {
    status: 410,
    headers: { Link: '</contacts/65aa>; rel="canonical"' },
    body: { errors: [{ code: 'contact_merged', message: 'Contact merged' }] },
  }
  expect(await connector.get(session, 'contacts', '64db', scripted(merged).http)).toEqual({
    kind: 'missing',
    movedTo: '65aa',
    message: 'Intercom answered 410: Contact merged (contact_merged)',
  })
  expect(await connector.get(session, 'contacts', '1', scripted({ status: 404 }).http)).toMatchObject({
    kind: 'missing',
    movedTo: null,
  })
})

test('each region is asked at its own host', async () => {
  const europe = { ...session, identity: { variables: { site: 'EU' } } }
  expect((await list('/tags', { body: { data: [] } }, {}, europe)).request?.url).toBe('https://api.eu.intercom.io/tags')
  const configured = {
    configuration: { ...session.configuration, siteAddress: 'app.au.intercom.com' },
    identity: { variables: {} },
  }
  expect((await list('/tags', { body: { data: [] } }, {}, configured)).request?.url).toBe(
    'https://api.au.intercom.io/tags',
  )
  const foreign = {
    configuration: { ...session.configuration, siteAddress: 'evil.example' },
    identity: { variables: {} },
  }
  expect((await list('/tags', { body: { data: [] } }, {}, foreign)).request?.url).toBe('https://api.intercom.io/tags')
})

test('the operator’s stand-in takes the place of every host', async () => {
  const standIn = new Connector(intercom, { baseUrl: 'http://127.0.0.1:9000' })
  const vendor = scripted({ body: { data: [] } })
  await standIn.listPage({ ...session, identity: { variables: { site: 'EU' } } }, parseHubUrl('/tags'), vendor.http)
  expect(vendor.requests[0]?.url).toBe('http://127.0.0.1:9000/tags')
})

function seconds(date: string): number {
  return Date.parse(date) / 1000
}
