import type { InstanceBody } from '../instances/instance.dto.js'
import { apiFixture } from '../testing/api-fixture.js'
import { configurationId } from './configuration-id.js'
import type { InstanceConfigurationEntry } from './configuration.dto.js'

const here = apiFixture()

let instance: InstanceBody

beforeAll(async () => {
  const configuration = { 'event.notification.signature.key': 'hush', extra: 'mine' }
  instance = await here.create({}, configuration)
})

test('the configuration is listed with what is in force, unknown keys too, and secrets masked', async () => {
  const { status, body } = await here.api.call('GET', `/instances/${instance.id}/configuration`)
  expect(status).toBe(200)
  const entries = body as InstanceConfigurationEntry[]
  const byKey = new Map(entries.map(entry => [entry.key, entry]))
  expect(byKey.get('event.notification.enabled')).toEqual({
    id: configurationId('event.notification.enabled'),
    ...{ name: 'Events Enabled', key: 'event.notification.enabled', propertyValue: 'false', type: 'BOOLEAN' },
    description: 'Identifies that events are enabled for the element instance',
    ...{ hideFromConsole: false, required: false, active: true },
  })
  expect(byKey.get('event.notification.signature.key')).toMatchObject({ propertyValue: '********', type: 'PASSWORD' })
  expect(byKey.get('oauth.user.token')).toMatchObject({ propertyValue: '********' })
  expect(byKey.get('event.notification.callback.url')).toMatchObject({ propertyValue: null })
  expect(byKey.get('filter.response.nulls')).toMatchObject({ propertyValue: 'true' })
  expect(byKey.get('extra')).toMatchObject({ name: 'extra', propertyValue: 'mine' })
  expect(new Set(entries.map(({ id }) => id)).size).toBe(entries.length)
  expect(JSON.stringify(body)).not.toContain('hush')
  const authorization = here.authorizationBy(instance)
  expect((await here.api.call('GET', '/instances/configuration', { authorization })).body).toEqual(body)
})

test('the ids follow from the keys and never change', () => {
  expect(configurationId('event.notification.enabled')).toBe(893505904)
  expect(configurationId('event.notification.callback.url')).toBe(782900315)
})

test('one entry is found by id and by key, and changed by the rules of the whole', async () => {
  const key = 'event.notification.callback.url'
  const path = `/instances/${instance.id}/configuration/${configurationId(key)}`
  const changed = await here.api.call('PATCH', path, { body: { propertyValue: 'https://a.example/hook' } })
  expect([changed.status, changed.body]).toMatchObject([200, { key, propertyValue: 'https://a.example/hook' }])
  expect((await here.api.call('GET', path)).body).toEqual(changed.body)
  expect((await here.api.call('GET', `/instances/${instance.id}/configuration/${key}`)).body).toEqual(changed.body)
  const { rows } = await here.database.pool.query('select 1 from outbox where instance_id = $1', [instance.id])
  expect(rows.length).toBeGreaterThan(0)
  const refused = await here.api.call('PATCH', path, { body: { propertyValue: 'http://127.0.0.1/' } })
  expect([refused.status, refused.body]).toMatchObject([400, { message: expect.stringContaining(key) as unknown }])
  const missing = await here.api.call('PATCH', path, { body: { value: 'x' } })
  expect([missing.status, missing.body]).toMatchObject([
    400,
    { message: expect.stringContaining('propertyValue') as unknown },
  ])
  expect((await here.api.call('GET', path)).body).toEqual(changed.body)
})

test('a mask that comes back keeps the secret; a boolean is taken for its text', async () => {
  const authorization = here.authorizationBy(instance)
  const path = (key: string) => `/instances/configuration/${configurationId(key)}`
  const secret = 'event.notification.signature.key'
  const masked = await here.api.call('PATCH', path(secret), { authorization, body: { propertyValue: '********' } })
  expect([masked.status, masked.body]).toMatchObject([200, { propertyValue: '********' }])
  const flag = path('event.notification.enabled')
  const enabled = await here.api.call('PATCH', flag, { authorization, body: { propertyValue: true } })
  expect([enabled.status, enabled.body]).toMatchObject([200, { propertyValue: 'true' }])
  expect((await here.api.call('GET', flag, { authorization })).body).toEqual(enabled.body)
  const stored = await here.stored(instance.id)
  expect(stored?.configuration).toMatchObject({ [secret]: 'hush', 'event.notification.enabled': 'true', extra: 'mine' })
})

test('an unknown entry, and another account’s instance, is 404', async () => {
  const path = `/instances/${instance.id}/configuration`
  expect((await here.api.call('GET', `${path}/1`)).status).toBe(404)
  expect((await here.api.call('PATCH', `${path}/nothing`, { body: { propertyValue: 'x' } })).status).toBe(404)
  const authorization = here.stranger
  expect((await here.api.call('GET', path, { authorization })).status).toBe(404)
  expect((await here.api.call('GET', '/instances/configuration')).status).toBe(401)
})
