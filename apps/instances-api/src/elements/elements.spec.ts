import { Connectors, parseHubUrl } from '#connectors'
import { apiFixture } from '../testing/api-fixture.js'
import type { ConfigurationEntry, ElementWithConfiguration } from './element.dto.js'

const here = apiFixture()

test('the elements are listed with their configuration fields, and found by key and id', async () => {
  const { status, body } = await here.api.call('GET', '/elements')
  expect(status).toBe(200)
  const elements = body as ElementWithConfiguration[]
  expect(elements.map(({ key }) => key)).toEqual(expect.arrayContaining(['intercom', 'icontact']))
  for (const element of elements) {
    expect(element.configuration.length).toBeGreaterThan(0)
    expect((await here.api.call('GET', `/elements/${element.key}`)).body).toEqual(element)
    expect((await here.api.call('GET', `/elements/${element.id}`)).body).toEqual(element)
  }
  expect((await here.api.call('GET', '/elements/nothing')).status).toBe(404)
  expect((await here.api.call('GET', '/elements', { authorization: null })).status).toBe(401)
})

test('the configuration of iContact lists its four credentials as required', async () => {
  const { body } = await here.api.call('GET', '/elements/icontact/configuration')
  const required = (body as ConfigurationEntry[]).filter(entry => entry.required).map(({ key }) => key)
  expect(required).toEqual(['api.version', 'AppID', 'api.username', 'api.password'])
})

test('elements come page by page, without their fields where those aren’t wanted, and by words', async () => {
  const first = await here.api.call('GET', '/elements?pageSize=1&hydrate=false')
  expect(first.body).toEqual([expect.objectContaining({ key: 'icontact' })])
  expect(first.body).not.toEqual([expect.objectContaining({ configuration: expect.anything() as unknown })])
  expect(first.headers.get('elements-total-count')).toBe('2')
  const token = first.headers.get('elements-next-page-token')
  const second = await here.api.call('GET', `/elements?pageSize=1&nextPage=${token}`)
  expect(second.body).toEqual([expect.objectContaining({ key: 'intercom' })])
  expect(second.headers.get('elements-next-page-token')).toBeNull()
  expect((await here.api.call('GET', '/elements?searchText=TICKETS')).body).toEqual(second.body)
  expect((await here.api.call('GET', '/elements?searchText=nothing-like-it')).status).toBe(404)
  const { status, body } = await here.api.call('GET', '/elements?pageSize=0&nextPage=x&hydrate=maybe')
  expect([status, (body as { message: string }).message.split('\n')]).toEqual([400, expect.any(Array)])
  expect((body as { message: string }).message.split('\n')).toHaveLength(3)
})

test('the configuration has what a form is drawn from, at both of its addresses', async () => {
  const { status, body } = await here.api.call('GET', '/elements/intercom/configuration')
  expect(status).toBe(200)
  for (const address of ['intercom.configuration', '13767.configuration', '13767/configuration']) {
    expect([address, (await here.api.call('GET', `/elements/${address}`)).body]).toEqual([address, body])
  }
  expect((await here.api.call('GET', '/elements/nothing.configuration')).status).toBe(404)
  const entries = body as ConfigurationEntry[]
  expect(entries.map(({ displayOrder }) => displayOrder)).toEqual(entries.map((_, at) => at))
  for (const entry of entries) {
    expect(entry).toEqual({
      ...{ id: expect.any(Number) as unknown, name: expect.stringMatching(/./) as unknown, key: entry.key },
      ...{ description: expect.any(String) as unknown, type: expect.stringMatching(/^[A-Z_0-9]+$/) as unknown },
      ...{ defaultValue: entry.defaultValue, resellerConfig: false, companyConfig: false, active: true },
      ...{ internal: false, groupControl: false, displayOrder: entry.displayOrder, hideFromConsole: false },
      required: expect.any(Boolean) as unknown,
      ...(entry.type === 'COMBO' && { options: expect.arrayContaining([expect.any(String)]) as unknown }),
    })
  }
  expect(entries.find(({ key }) => key === 'siteAddress')?.options).toEqual(['US', 'EU', 'AU'])
  expect(entries.find(({ key }) => key === 'event.poller.refresh_interval')?.defaultValue).toBe('15')
})

test('the metadata tells how events come, and of which resources which', async () => {
  const { body } = await here.api.call('GET', '/elements/intercom/metadata')
  expect(body).toMatchObject({
    key: 'intercom',
    events: {
      ...{ supported: true, methods: ['polling', 'webhook'] },
      polling: {
        conversations: {
          eventTypes: ['CREATED', 'UPDATED', 'DELETED'],
          pollUrl: '/hubs/marketing/conversations?orderBy=updated_at desc',
        },
        contacts: { eventTypes: ['CREATED', 'UPDATED'] },
        activity_logs: { eventTypes: ['CREATED'], pollUrl: '/hubs/marketing/activity_logs' },
        // Without dates they are compared as a whole.
        tags: { eventTypes: ['CREATED', 'UPDATED', 'DELETED'] },
      },
      webhook: {
        contacts: { eventTypes: expect.arrayContaining(['CREATED', 'UPDATED', 'DELETED']) as unknown },
        conversations: { topics: expect.arrayContaining(['conversation.deleted']) as unknown },
      },
    },
  })
  const icontact = await here.api.call('GET', '/elements/icontact/metadata')
  expect(icontact.body).toMatchObject({
    events: {
      ...{ supported: true, methods: ['polling'], webhook: {} },
      polling: { contacts: { eventTypes: ['CREATED'] }, lists: { eventTypes: ['CREATED', 'UPDATED', 'DELETED'] } },
    },
  })
})

test('each way of polling that the metadata names can be configured as it stands', async () => {
  for (const key of ['intercom', 'icontact']) {
    const { body } = await here.api.call('GET', `/elements/${key}/metadata`)
    const { polling } = (body as { events: { polling: Record<string, { pollUrl: string }> } }).events
    const { body: element } = await here.api.call('GET', `/elements/${key}`)
    const connector = here.api.app.get(Connectors).get(key)!
    expect(Object.keys(polling)).toEqual(connector.resources.map(({ name }) => name))
    for (const { pollUrl } of Object.values(polling)) {
      expect(connector.faults(parseHubUrl(pollUrl))).toEqual([])
      expect(pollUrl).toContain(`/hubs/${(element as ElementWithConfiguration).hub}/`)
    }
  }
})

test('the instances of one element are made, listed, read and deleted below it', async () => {
  const path = '/elements/intercom/instances'
  const made = await here.api.call('POST', path, {
    body: { name: 'Below', configuration: { 'oauth.user.token': 't' } },
  })
  expect([made.status, made.body]).toMatchObject([200, { element: { key: 'intercom' }, name: 'Below' }])
  const { id } = made.body as { id: number }
  expect((await here.api.call('GET', path)).body).toEqual([made.body])
  expect((await here.api.call('GET', '/elements/icontact/instances')).body).toEqual([])
  expect((await here.api.call('GET', `${path}/${id}`)).body).toEqual(made.body)
  expect((await here.api.call('GET', `/elements/icontact/instances/${id}`)).status).toBe(404)
  expect((await here.api.call('DELETE', `/elements/nothing/instances/${id}`)).status).toBe(404)
  expect((await here.api.call('DELETE', `${path}/${id}`)).status).toBe(200)
  expect((await here.api.call('GET', `${path}/${id}`)).status).toBe(404)
})
