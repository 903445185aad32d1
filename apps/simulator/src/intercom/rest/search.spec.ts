import { call, type Seen } from '../../../test/call.js'
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

const authorized = { authorization: `Bearer ${INTERCOM_DEMO.token}`, 'intercom-version': '2.14' }

function search(what: 'contacts' | 'conversations' | 'tickets', body: unknown): Promise<Seen> {
  return call('POST', `${simulator.url}/${what}/search`, { body, headers: authorized })
}

function since(seconds: number, operator = '>') {
  return { query: { field: 'updated_at', operator, value: seconds } }
}

const seconds = (iso: string) => Date.parse(iso) / 1000

describe('contacts are searched by the day of the workspace', () => {
  const noonInNewYork = seconds('2026-03-10T16:00:00Z')

  beforeEach(() => {
    const { contacts } = simulator.intercom.workspace()
    // Both are within the same day of New York; in UTC the second one is in the next.
    contacts.create({ name: 'afternoon', created_at: noonInNewYork + 3 * 3600 })
    contacts.create({ name: 'late evening', created_at: seconds('2026-03-11T03:30:00Z') })
    contacts.create({ name: 'tomorrow', created_at: seconds('2026-03-11T04:00:00Z') })
    contacts.create({ name: 'yesterday', created_at: seconds('2026-03-10T03:59:59Z') })
  })

  const namesFound = async (operator: string) =>
    (await search('contacts', since(noonInNewYork, operator))).json['data']!.map(contact => contact['name'])

  test('> begins with the next day', async () => {
    expect(await namesFound('>')).toEqual(['tomorrow'])
  })

  test('< ends before the day', async () => {
    expect(await namesFound('<')).toEqual(['yesterday'])
  })

  test('= is the whole day', async () => {
    expect(await namesFound('=')).toEqual(['late evening', 'afternoon'])
  })

  test.each(['>=', '<=', '!=', 'IN'])('%s is refused for dates', async operator => {
    const answer = await search('contacts', since(noonInNewYork, operator))
    expect(answer.status).toBe(400)
    expect(answer.json['errors']![0]!['code']).toBe('parameter_invalid')
  })

  test('sorting is by the second all the same', async () => {
    const body = { ...since(noonInNewYork, '='), sort: { field: 'updated_at', order: 'ascending' } }
    const answer = await search('contacts', body)
    expect(answer.json['data']!.map(contact => contact['name'])).toEqual(['afternoon', 'late evening'])
  })
})

test('a new contact is found only after the index has caught up, and a changed one shows its old state until then', async () => {
  simulator.intercom.settings.contactSearchLagMs = 120_000
  const { contacts } = simulator.intercom.workspace()
  const { id } = contacts.create({ name: 'before' })
  const names = async () =>
    (await search('contacts', since(0))).json['data']!.map(contact => contact['name'] as unknown as string)
  expect(await names()).toEqual([])
  simulator.clock.advance(121_000)
  expect(await names()).toEqual(['before'])
  contacts.update(id, { name: 'after' })
  expect(await names()).toEqual(['before'])
  const list = await call('GET', `${simulator.url}/contacts`, { headers: authorized })
  expect(list.json['data']![0]!['name']).toBe('after')
  simulator.clock.advance(121_000)
  expect(await names()).toEqual(['after'])
  contacts.delete(id)
  simulator.clock.advance(121_000)
  expect(await names()).toEqual([])
})

describe('conversations are searched by the second', () => {
  test('> includes the second itself, as documented, unless the simulator is told to be strict', async () => {
    const { conversations } = simulator.intercom.workspace()
    conversations.userCreated({}, { created_at: 1_768_000_000 })
    conversations.userCreated({}, { created_at: 1_768_000_001 })
    const count = async () => (await search('conversations', since(1_768_000_000))).json['total_count']
    expect(await count()).toBe(2)
    simulator.intercom.settings.searchComparison = 'strict'
    expect(await count()).toBe(1)
  })

  test('the whole set comes over pages of a keyset cursor, twenty at a time unless asked for more', async () => {
    simulator.intercom.populate({ conversations: 45 })
    const ids: unknown[] = []
    const sizes: number[] = []
    let cursor: unknown = null
    do {
      const answer = await search('conversations', {
        ...since(0),
        sort: { field: 'updated_at', order: 'ascending' },
        pagination: { starting_after: cursor },
      })
      expect(answer.json['type']).toBe('conversation.list')
      expect(answer.json['pages']!['total_pages']).toBe(3)
      sizes.push(answer.json['conversations']!.length)
      ids.push(...answer.json['conversations']!.map(conversation => conversation['id']))
      cursor = answer.json['pages']!['next']?.['starting_after'] ?? null
    } while (cursor !== null)
    expect(sizes).toEqual([20, 20, 5])
    expect(new Set(ids).size).toBe(45)
  })

  test('a cursor holds the sort value in milliseconds, the id and the page', async () => {
    simulator.intercom.populate({ conversations: 3 })
    const answer = await search('conversations', { ...since(0), pagination: { per_page: 1 } })
    const first = answer.json['conversations']![0]!
    const cursor = String(answer.json['pages']!['next']!['starting_after'])
    expect(JSON.parse(Buffer.from(cursor, 'base64').toString())).toEqual([
      Number(first['updated_at']) * 1000,
      Number(first['id']),
      2,
    ])
  })

  test('a conversation that is updated between two descending pages is missed, since cursors keep no state', async () => {
    simulator.intercom.populate({ conversations: 3 })
    const all = (await search('conversations', since(0))).json['conversations']!.map(({ id }) => String(id))
    const first = await search('conversations', { ...since(0), pagination: { per_page: 2 } })
    simulator.intercom.workspace().conversations.closed(all[2]!)
    const cursor = first.json['pages']!['next']!['starting_after']
    const second = await search('conversations', {
      ...since(0),
      pagination: { per_page: 2, starting_after: cursor },
    })
    expect(second.json['conversations']).toEqual([])
  })

  test('filters combine, by ids inside the record too', async () => {
    const { conversations } = simulator.intercom.workspace()
    conversations.userCreated({ contactId: 'c1' })
    conversations.closed(conversations.userCreated({ contactId: 'c1' }).id)
    const answer = await search('conversations', {
      query: {
        operator: 'AND',
        value: [
          { field: 'contact_ids', operator: '=', value: 'c1' },
          { field: 'state', operator: '!=', value: 'closed' },
        ],
      },
    })
    expect(answer.json['total_count']).toBe(1)
  })

  test.each([
    [
      'an order that there is not',
      { ...since(0), sort: { field: 'updated_at', order: 'asc' } },
      400,
      'invalid_sort_order',
    ],
    ['a field that there is not', { query: { field: 'colour', operator: '=', value: 1 } }, 400, 'parameter_invalid'],
    ['a page too big', { ...since(0), pagination: { per_page: 151 } }, 400, 'parameter_invalid'],
    ['no query', {}, 400, 'missing_parameter'],
    ['an empty cursor', { ...since(0), pagination: { starting_after: '' } }, 500, 'server_error'],
    [
      'sixteen filters',
      { query: { operator: 'AND', value: Array(16).fill(since(0).query) } },
      400,
      'parameter_invalid',
    ],
  ])('%s is refused', async (_what, body, status, code) => {
    const answer = await search('conversations', body)
    expect(answer.status).toBe(status)
    expect(answer.json['type']).toBe('error.list')
    expect(answer.json['errors']![0]!['code']).toBe(code)
  })
})

test('tickets take >= on their dates', async () => {
  const { tickets } = simulator.intercom.workspace()
  const { id, ticket_id: number } = tickets.create({ created_at: 1_768_000_000 })
  const answer = await search('tickets', { query: { field: 'created_at', operator: '>=', value: 1_768_000_000 } })
  expect(answer.json).toMatchObject({ type: 'ticket.list', tickets: [{ id, ticket_id: number }], total_count: 1 })
})
