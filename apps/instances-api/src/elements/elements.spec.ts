import { testDatabase, type TestDatabase } from '#test'
import { RunningApi } from '../testing/running-api.js'
import { contentIntercom, VendorStandIn } from '../testing/vendor-stand-in.js'
import type { ConfigurationEntry, ElementWithConfiguration } from './element.dto.js'

let database: TestDatabase
let api: RunningApi

beforeAll(async () => {
  database = await testDatabase()
  api = await RunningApi.start({ DATABASE_URL: database.url })
})

afterAll(async () => {
  await api.close()
  await database.drop()
})

test('the elements are listed with their configuration fields, and found by key and id', async () => {
  const { status, body } = await api.call('GET', '/elements')
  expect(status).toBe(200)
  const elements = body as ElementWithConfiguration[]
  expect(elements.map(({ key }) => key)).toEqual(expect.arrayContaining(['intercom', 'icontact']))
  for (const element of elements) {
    expect(element.configuration.length).toBeGreaterThan(0)
    expect((await api.call('GET', `/elements/${element.key}`)).body).toEqual(element)
    expect((await api.call('GET', `/elements/${element.id}`)).body).toEqual(element)
  }
  expect((await api.call('GET', '/elements/nothing')).status).toBe(404)
  expect((await api.call('GET', '/elements', { authorization: null })).status).toBe(401)
})

test('the configuration of iContact lists its four credentials as required', async () => {
  const { body } = await api.call('GET', '/elements/icontact/configuration')
  const required = (body as ConfigurationEntry[]).filter(entry => entry.required).map(({ key }) => key)
  expect(required).toEqual(['api.version', 'AppID', 'api.username', 'api.password'])
})

test('the metadata tells how events come', async () => {
  const { body } = await api.call('GET', '/elements/intercom/metadata')
  expect(body).toMatchObject({ key: 'intercom', events: { supported: true, methods: ['polling', 'webhook'] } })
})

test('the instances of one element are made, listed, read and deleted below it', async () => {
  const vendor = new VendorStandIn()
  contentIntercom(vendor)
  const running = await RunningApi.start({
    DATABASE_URL: database.url,
    CONNECTOR_INTERCOM_BASE_URL: await vendor.start(),
  })
  const path = '/elements/intercom/instances'
  const made = await running.call('POST', path, { body: { name: 'Below', configuration: { 'oauth.user.token': 't' } } })
  expect([made.status, made.body]).toMatchObject([200, { element: { key: 'intercom' }, name: 'Below' }])
  const { id } = made.body as { id: number }
  expect((await running.call('GET', path)).body).toEqual([made.body])
  expect((await running.call('GET', '/elements/icontact/instances')).body).toEqual([])
  expect((await running.call('GET', `${path}/${id}`)).body).toEqual(made.body)
  expect((await running.call('GET', `/elements/icontact/instances/${id}`)).status).toBe(404)
  expect((await running.call('DELETE', `/elements/nothing/instances/${id}`)).status).toBe(404)
  expect((await running.call('DELETE', `${path}/${id}`)).status).toBe(200)
  expect((await running.call('GET', `${path}/${id}`)).status).toBe(404)
  await running.close()
  await vendor.stop()
})
