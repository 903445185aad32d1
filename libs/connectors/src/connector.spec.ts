import { standardWebhookSignature } from '#signing'
import { queryOf, scripted } from '../test/scripted-vendor.js'
import { icontact } from './definitions/icontact/index.js'
import { intercom } from './definitions/intercom/index.js'
import {
  Connector,
  parseHubUrl,
  type Definition,
  type ListingDefinition,
  type Page,
  type PageOutcome,
  type WebhookDefinition,
} from './index.js'

const plain: Definition = {
  key: 'plain',
  id: 1,
  name: 'Plain',
  description: 'As little as a definition needs',
  hub: 'general',
  api: { sites: [{ name: 'main', api: 'https://api.plain.example/' }] },
  authentication: { type: 'none' },
  fields: [],
  resources: {},
}
const nobody = { configuration: {}, identity: { variables: {} } }
const instance = { id: 1, name: 'i', tags: [], accountId: 1, companyId: 1, userId: 1 }

describe('what an element shows of itself', () => {
  test('its fields, then those of events, each once, and secrets marked', () => {
    const { fields } = new Connector(intercom)
    const keys = fields.map(({ key }) => key)
    expect(new Set(keys).size).toBe(keys.length)
    expect(fields.filter(({ secret }) => secret).map(({ key }) => key)).toEqual([
      'oauth.api.key',
      'oauth.api.secret',
      'oauth.user.token',
      'oauth.user.refresh_token',
      'event.notification.signature.key',
      'event.notification.basic.password',
      'event.notification.callback.client.key',
      'event.vendor.signature.key',
    ])
    expect(keys).toEqual(
      expect.arrayContaining([
        'event.notification.enabled',
        'event.vendor.type',
        'event.notification.callback.url',
        'event.objects',
        'event.poller.refresh_interval',
        'event.poller.configuration',
        'filter.response.nulls',
      ]),
    )
  })

  test('the four credentials of iContact are required, and it can only be polled', () => {
    const { fields } = new Connector(icontact)
    expect(fields.filter(({ required }) => required).map(({ key }) => key)).toEqual([
      'api.version',
      'AppID',
      'api.username',
      'api.password',
    ])
    expect(fields.find(({ key }) => key === 'event.vendor.type')).toMatchObject({
      options: ['polling'],
      default: 'polling',
    })
    expect(fields.some(({ key }) => key === 'event.vendor.signature.key')).toBe(false)
  })

  test('the default poller configuration is the documented one, as JSON', () => {
    const connector = new Connector(intercom)
    const text = connector.fields.find(({ key }) => key === 'event.poller.configuration')?.default ?? ''
    expect(JSON.parse(text)).toEqual(connector.defaultPolling)
    expect(connector.defaultPolling).toEqual({
      conversations: {
        url: '/hubs/marketing/conversations?orderBy=updated_at desc',
        idField: 'id',
        datesConfiguration: {
          updatedDateField: 'updated_at',
          updatedDateFormat: 'timestamp',
          updatedDateTimezone: 'GMT',
          createdDateField: 'created_at',
          createdDateFormat: 'timestamp',
          createdDateTimezone: 'GMT',
        },
      },
    })
  })

  test('which events it has, by either way', () => {
    const { metadata } = new Connector(intercom)
    expect(metadata).toMatchObject({ supported: true, methods: ['polling', 'webhook'] })
    expect(metadata.polling.conversations?.eventTypes).toEqual(['CREATED', 'UPDATED', 'DELETED'])
    expect(metadata.polling.contacts?.eventTypes).toEqual(['CREATED', 'UPDATED'])
    expect(metadata.polling.tags?.eventTypes).toEqual(['CREATED', 'UPDATED', 'DELETED'])
    expect(metadata.webhook.conversations?.eventTypes).toEqual(['CREATED', 'UPDATED', 'DELETED'])
    expect(metadata.webhook.contacts?.topics).toContain('contact.merged')
    expect(new Connector(icontact).metadata.polling.contacts?.eventTypes).toEqual(['CREATED'])
    expect(new Connector(plain).metadata).toEqual({ supported: false, methods: [], polling: {}, webhook: {} })
  })

  test('a resource by any spelling', () => {
    const connector = new Connector(intercom)
    expect(connector.resource('Activity-Logs')?.name).toBe('activity_logs')
    expect(connector.resource('events')).toBeUndefined()
    expect(connector.resource('contacts')).toMatchObject({ overlapSeconds: 600, canDelete: false, snapshotOnly: false })
    expect(connector.resource('conversations')).toMatchObject({ overlapSeconds: 0, canDelete: true, canGet: true })
    expect(connector.resource('tags')).toMatchObject({ snapshotOnly: true })
  })
})

describe('paging', () => {
  async function answer(listing: Partial<ListingDefinition>, body: unknown, cursor?: string): Promise<PageOutcome> {
    const listings: [ListingDefinition] = [{ path: '/things', items: '', paging: { style: 'none' }, ...listing }]
    const connector = new Connector({ ...plain, resources: { things: { id: 'id', listings } } })
    const request = { ...parseHubUrl('/things'), ...(cursor !== undefined && { cursor }) }
    return connector.listPage(nobody, request, scripted({ body }).http)
  }

  async function next(listing: Partial<ListingDefinition>, body: unknown, cursor?: string): Promise<string | null> {
    return ((await answer(listing, body, cursor)) as Page).next
  }

  test('by counted pages ends with one that isn’t full, where the vendor doesn’t say how many there are', async () => {
    const paging = { style: 'page', into: 'query', parameter: 'p', first: 0 } as const
    const pageSize = { into: 'query', parameter: 'n', default: 2, max: 2 } as const
    expect(await next({ paging, pageSize }, [{}, {}])).toBe('1')
    expect(await next({ paging, pageSize }, [{}, {}], '4')).toBe('5')
    expect(await next({ paging, pageSize }, [{}], '4')).toBeNull()
    expect(await next({ paging }, [{}])).toBe('1')
    expect(await next({ paging }, [])).toBeNull()
  })

  test('a cursor may be a number, and a body a list', async () => {
    const paging = { style: 'cursor', next: 'next', into: 'query', parameter: 'c' } as const
    expect(await next({ paging, items: 'x' }, { x: [], next: 7 })).toBe('7')
    expect(await next({}, [{}])).toBeNull()
  })

  const byCursor = { style: 'cursor', next: 'to.next', into: 'query', parameter: 'next' } as const
  const byUrl = { style: 'next-url', next: 'to' } as const
  const byScroll = { style: 'scroll', next: 'to', into: 'query', parameter: 's' } as const
  const url = 'https://api.plain.example/things'

  test.each([
    ['an object for a cursor', byCursor, { next: { a: 1 } }, '"to.next" in its answer is {"a":1}'],
    ['a list for a cursor', byCursor, { next: ['p2'] }, '"to.next" in its answer is ["p2"]'],
    ['a boolean for a cursor', byCursor, { next: false }, '"to.next" in its answer is false'],
    ['a list for what holds the cursor', byCursor, ['p2'], '"to" in its answer is ["p2"]'],
    ['a URL without the cursor', byCursor, `${url}?token=t`, `"to" in its answer is "${url}?…"`],
    ['a list for a URL', byUrl, [`${url}?page=2`], `"to" in its answer is ["${url}?…"]`],
    ['a number for a URL', byUrl, 2, '"to" in its answer is 2'],
    ['a URL without a query', byUrl, url, `"to" in its answer is "${url}"`],
    ['a parameter that is none', byUrl, { page: { is: 2 } }, '"to" in its answer is {"page":{"is":2}}'],
    ['an object for a scroll', byScroll, { a: 1 }, '"to" in its answer is {"a":1}'],
  ])('%s is no end of the listing, but a failure', async (_case, paging, to, message) => {
    const failure = await answer({ paging, items: 'x' }, { x: [{ id: 1 }], to })
    const expected = { kind: 'unavailable', message: failure.kind === 'page' ? '' : failure.message }
    expect(failure).toEqual(expected)
    expect(expected.message).toContain(message)
  })

  test.each([
    ['nothing', byCursor, undefined],
    ['null', byCursor, { next: null }],
    ['an empty text', byCursor, { next: '' }],
    ['an object without the cursor', byCursor, {}],
    ['an object that is written as a list', byCursor, []],
    ['null for a URL', byUrl, null],
    ['no parameters', byUrl, { page: null }],
    ['null for a scroll', byScroll, null],
  ])('%s is the end of the listing', async (_case, paging, to) => {
    expect(await next({ paging, items: 'x' }, { x: [{ id: 1 }], to })).toBeNull()
  })

  test('a listing of deletions fails likewise', async () => {
    const listings: [ListingDefinition] = [{ path: '/things', items: '', paging: { style: 'none' } }]
    const deletions = { path: '/gone', items: 'x', id: 'id', paging: byUrl }
    const connector = new Connector({ ...plain, resources: { things: { id: 'id', listings, deletions } } })
    const { http } = scripted({ body: { x: [], to: true } })
    expect(await connector.deletionsPage(nobody, { resource: 'things' }, http)).toMatchObject({ kind: 'unavailable' })
  })

  test('what isn’t an object in a list has no id, and is still shown', async () => {
    const things = { id: 'id', listings: [{ path: '/things', items: '', paging: { style: 'none' } }] } as const
    const connector = new Connector({ ...plain, resources: { things: { ...things, listings: [things.listings[0]] } } })
    const page = (await connector.listPage(nobody, parseHubUrl('/things'), scripted({ body: [null, 7] }).http)) as Page
    expect(page.records).toEqual([
      { id: null, fields: {}, raw: 'null' },
      { id: null, fields: {}, raw: '7' },
    ])
  })
})

test('HTTP Basic is made from two configuration keys', async () => {
  const things = { id: 'id', listings: [{ path: '/things', items: '', paging: { style: 'none' } }] } as const
  const connector = new Connector({
    ...plain,
    authentication: { type: 'basic', basic: { username: '{username}', password: '{password}' } },
    resources: { things: { ...things, listings: [things.listings[0]] } },
  })
  const vendor = scripted({ body: [] })
  const session = { ...nobody, configuration: { username: 'né', password: 'p:w' } }
  await connector.listPage(session, parseHubUrl('/things'), vendor.http)
  expect(vendor.requests[0]).toMatchObject({
    url: 'https://api.plain.example/things',
    headers: { authorization: `Basic ${Buffer.from('né:p:w').toString('base64')}` },
  })
  expect(queryOf(vendor.requests[0])).toEqual({})
})

describe('webhooks of other kinds', () => {
  function connectorWith(webhooks: Partial<WebhookDefinition>): Connector {
    return new Connector({ ...plain, webhooks: { item: '', topics: {}, ...webhooks } })
  }

  test('a header may hold the secret itself', () => {
    const connector = connectorWith({ verification: { scheme: 'token', keys: ['secret'], header: 'x-token' } })
    const message = { rawBody: Buffer.from('{}'), configuration: { secret: 'hush' } }
    expect(connector.verify({ ...message, headers: { 'x-token': 'hush' } })).toBe(true)
    expect(connector.verify({ ...message, headers: { 'x-token': 'hushh' } })).toBe(false)
    expect(connector.verify({ ...message, headers: {} })).toBe(false)
  })

  test('Standard Webhooks are verified', () => {
    const connector = connectorWith({ verification: { scheme: 'standard-webhooks', keys: ['secret'] } })
    const timestampSeconds = Math.floor(Date.now() / 1000)
    const signature = standardWebhookSignature({ id: 'm', timestampSeconds, body: '{}', keys: ['hush'] })
    const headers = { 'webhook-id': 'm', 'webhook-timestamp': String(timestampSeconds), 'webhook-signature': signature }
    expect(connector.verify({ rawBody: Buffer.from('{}'), headers, configuration: { secret: 'hush' } })).toBe(true)
    expect(connector.verify({ rawBody: Buffer.from('{ }'), headers, configuration: { secret: 'hush' } })).toBe(false)
  })

  test('a body that is a list, its topic in a header, and nothing to make an id of', () => {
    const connector = connectorWith({
      batch: '',
      topic: 'headers.x-topic',
      topics: { '*': ['contacts', 'UPDATED', 'item.contact.contactId'] },
    })
    const body = [{ contact: { contactId: 1 } }, { contact: { contactId: 2 } }]
    const reading = connector.read(body, { 'x-topic': 'contact_updated' })
    if (reading.kind !== 'notification') throw new Error(reading.kind)
    expect(reading.topic).toBe('contact_updated')
    const events = connector.normalize(reading, instance, JSON.stringify(body))
    expect(events.map(({ objectId }) => objectId)).toEqual(['1', '2'])
    const again = connector.normalize(reading, instance, JSON.stringify(body))
    expect(new Set([...events, ...again].map(({ id }) => id)).size).toBe(4)
    expect(connector.read(body, {})).toEqual({ kind: 'unreadable', why: 'expected a topic at "headers.x-topic"' })
  })
})
