import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { apiFixture } from '../testing/api-fixture.js'
import type { InstanceBody } from './instance.dto.js'

/** A vendor whose access tokens end, and are renewed by refresh tokens. */
const definition = {
  ...{ key: 'renewing', id: 990_002, name: 'Renewing', description: 'A vendor for this spec', hub: 'crm' },
  api: {
    sites: [
      {
        name: 'main',
        api: 'https://api.renewing.example',
        authorize: 'https://renewing.example/oauth',
        token: 'https://api.renewing.example/token',
      },
    ],
  },
  authentication: {
    type: 'oauth2',
    headers: { authorization: 'Bearer {oauth.user.token}' },
    oauth2: {
      authorize: { client_id: '{apiKey}' },
      token: {
        ...{ encoding: 'json', parameters: { code: '{code}' } },
        ...{ accessToken: ['access_token'], refreshToken: ['refresh_token'], expiresIn: ['expires_in'] },
      },
      refresh: { parameters: { refresh_token: '{refreshToken}', client_id: '{apiKey}' } },
    },
  },
  fields: [
    { key: 'oauth.user.token', label: 'Access token', type: 'PASSWORD', secret: true },
    { key: 'oauth.api.key', label: 'Client id', type: 'TEXTFIELD_128', secret: true },
  ],
  resources: { things: { id: 'id', listings: [{ path: '/things', items: 'things', paging: { style: 'none' } }] } },
}

const folder = mkdtempSync(join(tmpdir(), 'definitions-'))
writeFileSync(join(folder, 'renewing.json'), JSON.stringify(definition))
afterAll(() => rmSync(folder, { recursive: true }))

const here = apiFixture(vendorUrl => ({ CONNECTORS_DIR: folder, CONNECTOR_RENEWING_BASE_URL: vendorUrl }))

beforeEach(() => {
  const given = { access_token: 'given', refresh_token: 'next', expires_in: 3_600 }
  here.vendor.answers.set('/token', { status: 200, body: given })
  here.vendor.requests.length = 0
})

async function faultsOf(body: Record<string, unknown>): Promise<string[]> {
  const answer = await here.api.call('POST', '/instances', { body: { name: 'Mine', ...body } })
  expect(answer.status).toBe(400)
  return (answer.body as { message: string }).message.split('\n')
}

const initial = { element: { key: 'renewing' }, name: 'Mine', externalAuthentication: 'initial' }
const refreshToken = { 'oauth.user.refresh_token': 'first', 'oauth.api.key': 'client' }

test('with a refresh token alone, an access token is fetched; that it was brought is shown, and outlives changes', async () => {
  const made = await here.api.call('POST', '/instances', { body: { ...initial, configuration: refreshToken } })
  const masked = { 'oauth.user.token': '********', 'oauth.user.refresh_token': '********' }
  expect([made.status, made.body]).toMatchObject([
    200,
    { externalAuthentication: 'initial', valid: true, configuration: masked },
  ])
  expect(here.vendor.requests).toMatchObject([{ path: '/token', body: expect.stringContaining('first') as unknown }])
  const { id } = made.body as InstanceBody
  expect((await here.stored(id))?.configuration).toMatchObject({
    'oauth.user.token': 'given',
    'oauth.user.refresh_token': 'next',
  })
  const path = `/instances/${id}`
  const renamed = await here.api.call('PATCH', path, { body: { name: 'Renamed' } })
  expect(renamed.body).toMatchObject({ externalAuthentication: 'initial', configuration: masked })
  const put = await here.api.call('PUT', path, {
    body: { name: 'Put', configuration: { 'oauth.api.key': '********' } },
  })
  expect([put.status, put.body]).toMatchObject([200, { externalAuthentication: 'initial' }])
  expect(here.vendor.requests).toHaveLength(1)
})

test('an access token is as good, also for a vendor that renews none', async () => {
  const configuration = { 'oauth.user.token': 'tok' }
  for (const key of ['renewing', 'intercom']) {
    const { externalAuthentication } = await here.create({ ...initial, element: { key }, configuration })
    expect(externalAuthentication).toBe('initial')
  }
  expect((await here.create({ configuration })).externalAuthentication).toBe('none')
})

test('a code that is exchanged later takes the place of what was brought', async () => {
  const { id } = await here.create({ ...initial, configuration: { 'oauth.user.token': 'tok' } })
  const again = await here.api.call('PATCH', `/instances/${id}`, { body: { providerData: { code: 'code' } } })
  expect([again.status, again.body]).toMatchObject([200, { externalAuthentication: 'none' }])
  expect((await here.stored(id))?.configuration).toMatchObject({ 'oauth.user.token': 'given' })
})

test('what is missing is named, and nothing is asked of the vendor', async () => {
  expect(await faultsOf({ ...initial, configuration: { 'oauth.api.key': 'client' } })).toEqual([
    expect.stringMatching(/^configuration\."oauth.user.refresh_token": is missing, .*"initial".*oauth\.user\.token/),
  ])
  const intercom = { ...initial, element: { key: 'intercom' }, configuration: refreshToken }
  expect((await faultsOf(intercom)).join()).toMatch(/configuration\."oauth.user.token": is missing, .*"initial"/)
  expect(await faultsOf({ ...initial, externalAuthentication: 'later', configuration: refreshToken })).toEqual([
    'externalAuthentication: "later" is not "none" or "initial"',
  ])
  const { id } = await here.create({ configuration: { 'oauth.user.token': 'tok' } })
  const body = { externalAuthentication: 'initial', configuration: { 'oauth.user.token': null } }
  expect((await here.api.call('PATCH', `/instances/${id}`, { body })).status).toBe(400)
  expect(here.vendor.requests.map(({ path }) => path)).not.toContain('/token')
})

test('a refresh token that the vendor refuses is a 400 with its words', async () => {
  here.vendor.answers.set('/token', { status: 400, body: { error: 'invalid_grant' } })
  const answer = await here.api.call('POST', '/instances', { body: { ...initial, configuration: refreshToken } })
  expect([answer.status, answer.body]).toMatchObject([
    400,
    {
      message: 'Renewing refused the refresh token',
      providerMessage: expect.stringContaining('invalid_grant') as unknown,
    },
  ])
})
