import { Accounts } from '#instances'
import { testDatabase, type TestDatabase } from '#test'
import type { InstanceBody } from '../instances/instance.dto.js'
import { authorizationOf, RunningApi, type Answer } from '../testing/running-api.js'
import { contentIContact, contentIntercom, VendorStandIn } from '../testing/vendor-stand-in.js'
import type { SwaggerDocument } from './swagger.js'

let database: TestDatabase
let api: RunningApi
let intercom: InstanceBody
let icontact: InstanceBody
const vendor = new VendorStandIn()

beforeAll(async () => {
  database = await testDatabase()
  const vendorUrl = await vendor.start()
  contentIntercom(vendor)
  contentIContact(vendor)
  api = await RunningApi.start({
    DATABASE_URL: database.url,
    CONNECTOR_INTERCOM_BASE_URL: vendorUrl,
    CONNECTOR_ICONTACT_BASE_URL: vendorUrl,
    PUBLIC_URL: 'https://tributary.example/below',
  })
  intercom = await create('intercom', { 'oauth.user.token': 'tok' })
  icontact = await create('icontact', { 'api.version': '2.2', AppID: 'a', 'api.username': 'u', 'api.password': 'p' })
})

afterAll(async () => {
  await api.close()
  await vendor.stop()
  await database.drop()
})

async function create(key: string, configuration: Record<string, unknown>): Promise<InstanceBody> {
  const { body } = await api.call('POST', '/instances', { body: { element: { key }, name: key, configuration } })
  return body as InstanceBody
}

function read({ token }: InstanceBody, path: string): Promise<Answer> {
  return api.call('GET', path, { authorization: `User ${api.account.userSecret}, Element ${token}` })
}

async function documentOf(key: string): Promise<SwaggerDocument> {
  const { status, body } = await api.call('GET', `/elements/${key}/docs`)
  expect(status).toBe(200)
  return body as SwaggerDocument
}

test('an element’s document says what its definition can answer, and the same of its instances', async () => {
  const document = await documentOf('intercom')
  expect(document).toMatchObject({
    ...{ swagger: '2.0', host: 'tributary.example', basePath: '/below/elements/api-v2/hubs/marketing' },
    definitions: { contacts: { properties: { id: {}, updated_at: {}, created_at: {} } } },
  })
  const parameters = (path: string) => document.paths[path]!.get.parameters.map(({ name }) => name)
  expect(parameters('/contacts')).toEqual(['where', 'orderBy', 'pageSize', 'nextPage', 'fields'])
  expect(parameters('/tags')).toEqual(['fields'])
  expect(parameters('/articles')).toEqual(['orderBy', 'pageSize', 'page', 'nextPage', 'fields'])
  expect(parameters('/contacts/{id}')).toEqual(['id', 'fields'])
  const [where, orderBy, pageSize] = document.paths['/contacts']!.get.parameters
  expect(where?.description).toContain('joined by AND and OR')
  expect(where?.description).toContain('updated_at (= < <= > >=)')
  expect(orderBy?.description).toContain('updated_at')
  expect(pageSize).toMatchObject({ default: 150, maximum: 150 })
  expect(Object.keys(document.paths)).not.toContain('/activity_logs/{id}')
  for (const answer of [
    await api.call('GET', `/instances/${intercom.id}/docs`),
    await read(intercom, '/instances/docs'),
    await api.call('GET', '/elements/13767/docs'),
  ]) {
    expect(answer.body).toEqual(document)
  }
  expect((await documentOf('icontact')).paths['/messages/{id}/opens']?.get.parameters[0]).toMatchObject({ in: 'path' })
  expect((await api.call('GET', '/elements/nothing/docs')).status).toBe(404)
})

test.each(['intercom', 'icontact'])('%s’s document holds together', async key => {
  const { paths, definitions } = await documentOf(key)
  const operations = Object.entries(paths).map(([path, { get }]) => ({ path, ...get }))
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length)
  for (const { path, parameters, responses } of operations) {
    const inPath = parameters.filter(parameter => parameter.in === 'path').map(({ name }) => `{${name}}`)
    expect([path, path.match(/\{\w+\}/g) ?? []]).toEqual([path, inPath])
    for (const [, name] of JSON.stringify(responses).matchAll(/#\/definitions\/(\w+)/g)) {
      expect(definitions).toHaveProperty(name!)
    }
  }
})

test('every call that a document lists is one that the vendor is asked', async () => {
  for (const instance of [intercom, icontact]) {
    const { paths } = await documentOf(instance.element!.key)
    for (const path of Object.keys(paths).filter(each => each !== '/objects')) {
      vendor.requests.length = 0
      await read(instance, `/hubs/any${path.replace(/\{\w+\}/g, '7')}`)
      expect([path, vendor.requests.length > 0]).toEqual([path, true])
    }
  }
})

test('one call can be had by itself, with what its bodies are made of', async () => {
  const path = `/instances/${icontact.id}/docs/getMessagesByIdOpens`
  const { body } = await api.call('GET', path)
  const { paths, definitions } = body as SwaggerDocument
  expect([Object.keys(paths), Object.keys(definitions)]).toEqual([['/messages/{id}/opens'], ['opens']])
  expect((await api.call('GET', `${path}/definitions`)).body).toEqual(definitions)
  expect((await read(icontact, '/instances/docs/getMessagesByIdOpens')).body).toEqual(body)
  expect((await read(icontact, '/instances/docs/getMessagesByIdOpens/definitions')).body).toEqual(definitions)
  const unknown = await api.call('GET', `/instances/${icontact.id}/docs/nothing`)
  expect([unknown.status, unknown.body]).toMatchObject([
    404,
    { message: expect.stringContaining('getContactsById') as unknown },
  ])
})

test('the resources’ names are told without asking the vendor, so a disabled instance’s too', async () => {
  const instance = await create('intercom', { 'oauth.user.token': 'tok' })
  await api.call('DELETE', `/instances/${instance.id}/enabled`)
  vendor.requests.length = 0
  for (const path of ['/objects', '/hubs/crm/objects', '/instances/objects', `/instances/${instance.id}/objects`]) {
    const { status, body } = await read(instance, path)
    expect([path, status, body]).toEqual([path, 200, expect.arrayContaining(['contacts', 'conversations', 'tags'])])
  }
  expect((await read(instance, '/objects')).headers.get('elements-element-instance-id')).toBe(String(instance.id))
  expect((await read(instance, '/contacts')).status).toBe(403)
  expect(vendor.requests).toEqual([])
  expect((await api.call('GET', '/objects')).status).toBe(401)
  await api.call('DELETE', `/instances/${instance.id}`)
  expect((await read(instance, '/objects')).status).toBe(401)
})

test('of a resource’s records ids and dates are known', async () => {
  const fields = [
    { path: 'contactId', type: 'string' },
    { path: 'createDate', type: 'date', format: "yyyy-MM-dd' 'HH:mm:ss" },
  ]
  for (const path of [
    `/instances/${icontact.id}/objects/contacts/definitions`,
    '/instances/objects/contacts/definitions',
  ]) {
    expect((await read(icontact, path)).body).toEqual({ fields })
  }
  for (const path of ['/objects/opens/metadata', '/hubs/any/objects/opens/metadata']) {
    expect((await read(icontact, path)).body).toMatchObject({
      fields: [{ vendorPath: 'messageId' }, { vendorPath: 'contactId' }, { vendorPath: 'openTime', type: 'date' }],
    })
  }
  expect((await read(icontact, '/objects/nothing/metadata')).status).toBe(404)
})

test('transformations are 404 and say so; another account’s instance is 404 in all of it', async () => {
  for (const path of ['/transformations', '/transformations/contacts']) {
    for (const { status, body } of [
      await api.call('GET', `/instances/${intercom.id}${path}`),
      await read(intercom, `/instances${path}`),
    ]) {
      expect([status, body]).toMatchObject([404, { message: expect.stringContaining('no transformations') as unknown }])
    }
  }
  const authorization = authorizationOf(await api.app.get(Accounts).create())
  for (const path of ['/docs', '/docs/getObjects', '/objects', '/objects/contacts/definitions', '/transformations']) {
    const { body } = await api.call('GET', `/instances/${intercom.id}${path}`, { authorization })
    expect(body).toMatchObject({ message: `Instance ${intercom.id} was not found` })
  }
})
