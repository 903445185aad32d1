import { call, type Loose } from '../../../test/call.js'
import { startSimulator, type Simulator } from '../../simulator.js'
import { INTERCOM_DEMO } from '../intercom.js'

let simulator: Simulator

beforeAll(async () => {
  simulator = await startSimulator()
})

afterAll(async () => {
  await simulator.close()
})

beforeEach(async () => {
  await simulator.intercom.reset()
  simulator.clock.reset()
})

function ask(method: string, path: string, headers: Record<string, string> = {}) {
  const url = path.startsWith('http') ? path : simulator.url + path
  return call(method, url, { headers: { authorization: `Bearer ${INTERCOM_DEMO.token}`, ...headers } })
}

const codeOf = (json: Loose) => json['errors']![0]!['code']

describe('who may in', () => {
  test('/me tells the workspace, its region and its time zone', async () => {
    const answer = await ask('GET', '/me')
    expect(answer.json['app']).toMatchObject({ id_code: 'demo1234', region: 'US', timezone: 'America/New_York' })
  })

  test('an unknown token is unauthorized, a revoked one says so', async () => {
    const token = simulator.intercom.install()
    expect((await ask('GET', '/me', { authorization: `Bearer ${token}` })).status).toBe(200)
    simulator.intercom.revoke(token)
    const revoked = await ask('GET', '/me', { authorization: `Bearer ${token}` })
    expect([revoked.status, codeOf(revoked.json)]).toEqual([401, 'token_revoked'])
    const unknown = await ask('GET', '/me', { authorization: 'Bearer nobody' })
    expect([unknown.status, codeOf(unknown.json)]).toEqual([401, 'unauthorized'])
  })

  test('a closed workspace and a lapsed plan refuse every request', async () => {
    simulator.intercom.workspace().access = 'suspended'
    const suspended = await ask('GET', '/contacts')
    expect([suspended.status, codeOf(suspended.json)]).toEqual([401, 'token_suspended'])
    simulator.intercom.workspace().access = 'plan-restricted'
    const lapsed = await ask('GET', '/contacts')
    expect([lapsed.status, codeOf(lapsed.json)]).toEqual([403, 'api_plan_restricted'])
  })

  test('a version that there is not is refused, a missing one is not', async () => {
    const wrong = await ask('GET', '/me', { 'intercom-version': '3.7' })
    expect([wrong.status, codeOf(wrong.json)]).toEqual([400, 'intercom_version_invalid'])
    expect((await ask('GET', '/me', { 'intercom-version': '2.16' })).status).toBe(200)
  })

  test('each answer says what is left of the window, and nothing left is 429 until the next', async () => {
    simulator.intercom.settings.rateLimit = 2
    simulator.clock.set(Math.floor(Date.now() / 10_000) * 10_000 + 1_000)
    const first = await ask('GET', '/me')
    expect(first.headers.get('x-ratelimit-limit')).toBe('2')
    expect(first.headers.get('x-ratelimit-remaining')).toBe('1')
    await ask('GET', '/me')
    const third = await ask('GET', '/me')
    expect([third.status, codeOf(third.json)]).toEqual([429, 'rate_limit_exceeded'])
    expect(third.headers.get('x-ratelimit-remaining')).toBe('0')
    expect(Number(third.headers.get('x-ratelimit-reset')) * 1000).toBeGreaterThan(simulator.clock.now())
    simulator.clock.advance(10_000)
    expect((await ask('GET', '/me')).status).toBe(200)
  })
})

describe('single records', () => {
  test('dates in REST are Unix seconds, of contacts too', async () => {
    const { id } = simulator.intercom.workspace().contacts.create({ email: 'ann@example.com' })
    const { json } = await ask('GET', `/contacts/${id}`)
    expect(id).toMatch(/^[0-9a-f]{24}$/)
    expect(json).toMatchObject({ type: 'contact', id, email: 'ann@example.com' })
    expect(Number.isInteger(json['updated_at'])).toBe(true)
  })

  test('a merged contact has left every list, and its id answers 410 with where it went', async () => {
    const { contacts } = simulator.intercom.workspace()
    const [from, into] = [contacts.create(), contacts.create()]
    contacts.merge(from.id, into.id)
    const list = await ask('GET', '/contacts')
    expect(list.json['data']!.map(({ id }) => id)).toEqual([into.id])
    const gone = await ask('GET', `/contacts/${from.id}`)
    expect([gone.status, codeOf(gone.json)]).toEqual([410, 'contact_merged'])
    expect(gone.headers.get('link')).toBe(`</contacts/${into.id}>; rel="canonical"`)
  })

  test.each([
    ['/contacts/none', 'not_found'],
    ['/conversations/1', 'not_found'],
    ['/companies/none', 'company_not_found'],
    ['/admins/1', 'admin_not_found'],
    ['/nowhere', 'not_found'],
  ])('%s is 404 %s', async (path, code) => {
    const answer = await ask('GET', path)
    expect([answer.status, codeOf(answer.json)]).toEqual([404, code])
  })

  test('a conversation shows its parts alone and not in lists', async () => {
    const { conversations } = simulator.intercom.workspace()
    const { id } = conversations.userCreated()
    conversations.userReplied(id, { body: 'again' })
    expect((await ask('GET', `/conversations/${id}`)).json['conversation_parts']).toMatchObject({ total_count: 1 })
    expect((await ask('GET', '/conversations')).json['conversations']![0]).not.toHaveProperty('conversation_parts')
  })
})

describe('lists', () => {
  test('contacts come newest first, fifty at a time, the last page with next null', async () => {
    simulator.intercom.populate({ contacts: 60 })
    const first = await ask('GET', '/contacts')
    const dates = first.json['data']!.map(contact => Number(contact['updated_at']))
    expect(dates).toEqual([...dates].sort((a, b) => b - a))
    expect(dates).toHaveLength(50)
    const cursor = encodeURIComponent(String(first.json['pages']!['next']!['starting_after']))
    const second = await ask('GET', `/contacts?starting_after=${cursor}`)
    expect(second.json['data']).toHaveLength(10)
    expect(second.json['pages']!['next']).toBeNull()
  })

  test('deleted conversations are listed with the time of their deletion, over pages whose next is a URL', async () => {
    const { conversations } = simulator.intercom.workspace()
    for (let n = 0; n < 3; n++) conversations.delete(conversations.userCreated().id)
    const first = await ask('GET', '/conversations/deleted?per_page=2&order=asc')
    expect(first.json).toMatchObject({ type: 'conversations.list', total_count: 3 })
    expect(first.json['conversations']![0]).toEqual({
      type: 'conversation',
      id: conversations.deleted[0]!.id,
      metrics_retained: true,
      deleted_at: conversations.deleted[0]!.deleted_at,
    })
    const second = await ask('GET', String(first.json['pages']!['next']))
    expect(second.json['conversations']!.map(({ id }) => id)).toEqual([conversations.deleted[2]!.id])
    expect((await ask('GET', '/conversations/deleted?per_page=61')).status).toBe(400)
  })

  test('companies without users are in no list, and lists end at ten thousand', async () => {
    const { companies } = simulator.intercom.workspace()
    const shown = companies.create({ name: 'Seen' })
    companies.create({ name: 'Unseen', user_count: 0 })
    const list = await ask('POST', '/companies/list')
    expect(list.json['data']!.map(({ id }) => id)).toEqual([shown.id])
    const beyond = await ask('POST', '/companies/list?page=201&per_page=50')
    expect(beyond.json['errors']![0]!['message']).toBe('page limit reached, please use scroll API')
  })

  test('one scroll is open at a time; it ends empty, or by a minute of silence', async () => {
    simulator.intercom.populate({ companies: 101 })
    const first = await ask('GET', '/companies/scroll')
    expect(first.json['data']).toHaveLength(100)
    const other = await ask('GET', '/companies/scroll')
    expect([other.status, codeOf(other.json)]).toEqual([400, 'scroll_exists'])
    const param = String(first.json['scroll_param'])
    expect((await ask('GET', `/companies/scroll?scroll_param=${param}`)).json['data']).toHaveLength(1)
    expect((await ask('GET', `/companies/scroll?scroll_param=${param}`)).json['data']).toHaveLength(0)
    expect((await ask('GET', '/companies/scroll')).status).toBe(200)
    simulator.clock.advance(61_000)
    expect((await ask('GET', '/companies/scroll')).status).toBe(200)
  })

  test.each([
    ['/admins', 'admin.list', 'admins'],
    ['/teams', 'team.list', 'teams'],
    ['/tags', 'list', 'data'],
    ['/segments', 'segment.list', 'segments'],
    ['/data_attributes', 'list', 'data'],
    ['/articles', 'list', 'data'],
  ])('%s is a %s', async (path, type, key) => {
    const { catalogue, articles } = simulator.intercom.workspace()
    catalogue.addTag('vip')
    catalogue.addSegment('Active')
    articles.create()
    const { json } = await ask('GET', path)
    expect(json['type']).toBe(type)
    expect(json[key]!.length).toBeGreaterThan(0)
  })

  test('attributes have an id only where they are custom, and share names across what they are of', async () => {
    const { catalogue } = simulator.intercom.workspace()
    for (const model of ['contact', 'company'] as const) catalogue.addDataAttribute(model, 'plan')
    const { json } = await ask('GET', '/data_attributes')
    const listed = json['data']!.map(({ id, model, full_name: name }) => [typeof id, model, name] as unknown)
    expect(listed).toContainEqual(['undefined', 'contact', 'name'])
    expect(listed).toContainEqual(['undefined', 'company', 'name'])
    expect(listed).toContainEqual(['number', 'contact', 'custom_attributes.plan'])
    expect(listed).toContainEqual(['number', 'company', 'custom_attributes.plan'])
  })

  test('archived contacts are in no list, until they are taken out again', async () => {
    const { contacts } = simulator.intercom.workspace()
    const { id } = contacts.create()
    const shown = async () => (await ask('GET', '/contacts')).json['data']!.length
    contacts.archive(id)
    expect(await shown()).toBe(0)
    expect((await ask('GET', `/contacts/${id}`)).status).toBe(200)
    contacts.unarchive(id)
    expect(await shown()).toBe(1)
  })

  test('activity logs are asked for by time', async () => {
    const { catalogue } = simulator.intercom.workspace()
    const log = catalogue.log('admin_login_success', 'Ada logged in')
    const after = (seconds: number) => ask('GET', `/admins/activity_logs?created_at_after=${String(seconds)}`)
    expect((await after(log.created_at)).json['activity_logs']).toMatchObject([{ id: log.id }])
    expect((await after(log.created_at + 1)).json['activity_logs']).toEqual([])
    expect((await ask('GET', '/admins/activity_logs')).status).toBe(400)
  })
})

describe('faults', () => {
  test('come as often as asked for, on the paths asked for', async () => {
    simulator.intercom.faults.inject({ fault: { kind: 'status', status: 503 }, path: '/contacts', times: 2 })
    const statuses = []
    for (const path of ['/contacts', '/admins', '/contacts', '/contacts'])
      statuses.push((await ask('GET', path)).status)
    expect(statuses).toEqual([503, 200, 503, 200])
  })

  test('an empty 200 has no body, a malformed one is no JSON', async () => {
    simulator.intercom.faults.inject({ fault: { kind: 'empty' }, times: 1 })
    const empty = await ask('GET', '/me')
    expect([empty.status, empty.text]).toEqual([200, ''])
    simulator.intercom.faults.inject({ fault: { kind: 'malformed' }, times: 1 })
    const malformed = await ask('GET', '/me')
    expect(malformed.status).toBe(200)
    expect(() => JSON.parse(malformed.text) as unknown).toThrow()
  })

  test('a hanging request never ends, a reset one breaks', async () => {
    simulator.intercom.faults.inject({ fault: { kind: 'hang' }, times: 1 })
    const signal = AbortSignal.timeout(300)
    await expect(call('GET', `${simulator.url}/me`, { signal })).rejects.toThrow(/time/)
    simulator.intercom.faults.inject({ fault: { kind: 'reset' }, times: 1 })
    await expect(ask('GET', '/me')).rejects.toThrow('fetch failed')
    expect((await ask('GET', '/me')).status).toBe(200)
  })

  test('the requests that came are remembered', async () => {
    await ask('GET', '/contacts?per_page=5')
    expect(simulator.intercom.faults.requests('/contacts')).toMatchObject([
      { method: 'GET', path: '/contacts', query: 'per_page=5' },
    ])
  })
})
