import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RotatingVendor } from '../../../../libs/instances/src/sessions/testing/rotating-vendor.js'
import { apiFixture } from '../testing/api-fixture.js'
import type { InstanceBody } from './instance.dto.js'

const rotating = new RotatingVendor()
const folder = mkdtempSync(join(tmpdir(), 'definitions-'))
let origin: string

beforeAll(async () => {
  origin = await rotating.start()
  writeFileSync(join(folder, 'rotating.json'), JSON.stringify(RotatingVendor.definition('rotating', 990_501)))
})

const here = apiFixture(() => ({ CONNECTORS_DIR: folder, CONNECTOR_ROTATING_BASE_URL: origin }))

afterAll(() => {
  rotating.stop()
  rmSync(folder, { recursive: true })
})

const configuration = {
  ...{ 'oauth.api.key': 'client', 'oauth.user.token': 'ended', 'oauth.user.refresh_token': 'dead' },
  ...{ 'event.notification.enabled': 'true', 'event.vendor.type': 'polling' },
  'event.poller.configuration': '{"things":{"url":"/things"}}',
}

async function create(): Promise<InstanceBody> {
  const body = { element: { key: 'rotating' }, name: 'Mine', configuration }
  const { status, body: created } = await here.api.call('POST', '/instances', { body })
  expect([status, created]).toMatchObject([200, { valid: true }])
  return created as InstanceBody
}

const things = (instance: InstanceBody) =>
  here.api.call('GET', '/things', { authorization: here.authorizationBy(instance) })

test('a renewal that the vendor refuses shows on the instance and pauses its polls, until it is authorized again', async () => {
  rotating.reset()
  const instance = await create()
  const { status, body } = await things(instance)
  expect([status, body]).toMatchObject([
    401,
    { providerMessage: expect.stringContaining('renewal was refused') as unknown },
  ])
  const words = expect.stringContaining('invalid_grant') as unknown
  const shown = (await here.api.call('GET', `/instances/${instance.id}`)).body
  expect(shown).toMatchObject({ valid: false, vendorRefusal: { since: expect.any(String) as unknown, message: words } })
  const paused = await here.api.call('GET', '/instances/polling-disabled')
  expect(paused.body).toMatchObject([{ instanceId: instance.id, resource: 'things', error: words }])
  // Nothing but other credentials mends it.
  await here.api.call('PATCH', `/instances/${instance.id}`, { body: { name: 'Still mine' } })
  expect((await here.api.call('GET', `/instances/${instance.id}`)).body).toMatchObject({ valid: false })
  const { 'oauth.user.token': _token, 'oauth.user.refresh_token': _refresh, ...rest } = configuration
  const authorized = await here.api.call('PUT', `/instances/${instance.id}`, {
    body: { element: { key: 'rotating' }, name: 'Mine', providerData: { code: 'abc' }, configuration: rest },
  })
  expect([authorized.status, authorized.body]).toMatchObject([200, { valid: true }])
  expect(authorized.body).not.toHaveProperty('vendorRefusal')
  expect((await here.api.call('GET', '/instances/polling-disabled')).body).toEqual([])
  expect((await things(instance)).status).toBe(200)
})

test('a token that another call renewed meanwhile is used without another renewal, in hub calls too', async () => {
  rotating.reset()
  const body = {
    ...{ element: { key: 'rotating' }, name: 'Mine' },
    configuration: { 'oauth.api.key': 'client', 'oauth.user.token': 'ended', 'oauth.user.refresh_token': 'first' },
  }
  const created = (await here.api.call('POST', '/instances', { body })).body as InstanceBody
  const answers = await Promise.all(Array.from({ length: 5 }, () => things(created)))
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
  expect(rotating.presented).toEqual(['first'])
})
