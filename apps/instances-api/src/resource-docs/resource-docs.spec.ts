import type { InstanceBody } from '../instances/instance.dto.js'
import { apiFixture } from '../testing/api-fixture.js'
import type { Answer } from '../testing/running-api.js'
import type { SwaggerDocument } from './swagger.js'

const here = apiFixture(() => ({ PUBLIC_URL: 'https://tributary.example/below' }))
let intercom: InstanceBody
let icontact: InstanceBody

beforeAll(async () => {
  intercom = await here.create()
  icontact = await here.createIContact()
})

function read(instance: InstanceBody, path: string): Promise<Answer> {
  return here.api.call('GET', path, { authorization: here.authorizationBy(instance) })
}

async function documentOf(key: string): Promise<SwaggerDocument> {
  const { status, body } = await here.api.call('GET', `/elements/${key}/docs`)
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
    await here.api.call('GET', `/instances/${intercom.id}/docs`),
    await read(intercom, '/instances/docs'),
    await here.api.call('GET', '/elements/13767/docs'),
  ]) {
    expect(answer.body).toEqual(document)
  }
  expect((await documentOf('icontact')).paths['/messages/{id}/opens']?.get.parameters[0]).toMatchObject({ in: 'path' })
  expect((await here.api.call('GET', '/elements/nothing/docs')).status).toBe(404)
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
      here.vendor.requests.length = 0
      await read(instance, `/hubs/any${path.replace(/\{\w+\}/g, '7')}`)
      expect([path, here.vendor.requests.length > 0]).toEqual([path, true])
    }
  }
})

test('one call can be had by itself, with what its bodies are made of', async () => {
  const path = `/instances/${icontact.id}/docs/getMessagesByIdOpens`
  const { body } = await here.api.call('GET', path)
  const { paths, definitions } = body as SwaggerDocument
  expect([Object.keys(paths), Object.keys(definitions)]).toEqual([['/messages/{id}/opens'], ['opens']])
  expect((await here.api.call('GET', `${path}/definitions`)).body).toEqual(definitions)
  expect((await read(icontact, '/instances/docs/getMessagesByIdOpens')).body).toEqual(body)
  expect((await read(icontact, '/instances/docs/getMessagesByIdOpens/definitions')).body).toEqual(definitions)
  const unknown = await here.api.call('GET', `/instances/${icontact.id}/docs/nothing`)
  expect([unknown.status, unknown.body]).toMatchObject([
    404,
    { message: expect.stringContaining('getContactsById') as unknown },
  ])
})

test('the resources’ names are told without asking the vendor, so a disabled instance’s too', async () => {
  const instance = await here.create()
  await here.api.call('DELETE', `/instances/${instance.id}/enabled`)
  here.vendor.requests.length = 0
  for (const path of ['/objects', '/hubs/crm/objects', '/instances/objects', `/instances/${instance.id}/objects`]) {
    const { status, body } = await read(instance, path)
    expect([path, status, body]).toEqual([path, 200, expect.arrayContaining(['contacts', 'conversations', 'tags'])])
  }
  expect((await read(instance, '/objects')).headers.get('elements-element-instance-id')).toBe(String(instance.id))
  expect((await read(instance, '/contacts')).status).toBe(403)
  expect(here.vendor.requests).toEqual([])
  expect((await here.api.call('GET', '/objects')).status).toBe(401)
  await here.api.call('DELETE', `/instances/${instance.id}`)
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
      await here.api.call('GET', `/instances/${intercom.id}${path}`),
      await read(intercom, `/instances${path}`),
    ]) {
      expect([status, body]).toMatchObject([404, { message: expect.stringContaining('no transformations') as unknown }])
    }
  }
  const authorization = here.stranger
  for (const path of ['/docs', '/docs/getObjects', '/objects', '/objects/contacts/definitions', '/transformations']) {
    const { body } = await here.api.call('GET', `/instances/${intercom.id}${path}`, { authorization })
    expect(body).toMatchObject({ message: `Instance ${intercom.id} was not found` })
  }
})
