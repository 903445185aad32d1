import { scripted, sent } from '../../../test/scripted-vendor.js'
import { Connector, OAuthUnsupportedError, SiteAddressError } from '../../index.js'
import { icontact } from '../icontact/index.js'
import { intercom } from './index.js'

const connector = new Connector(intercom)
const standIn = new Connector(intercom, { baseUrl: 'http://127.0.0.1:9000' })
const start = { apiKey: 'client-1', callbackUrl: 'https://mycoolapp.com/oauth', state: 'intercom' }
const exchange = {
  code: 'oiu3gr=',
  apiKey: 'client-1',
  apiSecret: 's3cret',
  callbackUrl: 'https://mycoolapp.com/oauth',
}

test.each([
  [undefined, 'https://app.intercom.com/oauth'],
  ['', 'https://app.intercom.com/oauth'],
  ['US', 'https://app.intercom.com/oauth'],
  ['eu', 'https://app.eu.intercom.com/oauth'],
  ['app.eu.intercom.com', 'https://app.eu.intercom.com/oauth'],
  ['https://app.au.intercom.com/', 'https://app.au.intercom.com/oauth'],
])('with siteAddress %p people grant access at %s', (siteAddress, page) => {
  const url = new URL(connector.authorizeUrl({ ...start, ...(siteAddress !== undefined && { siteAddress }) }))
  expect(url.origin + url.pathname).toBe(page)
  expect(Object.fromEntries(url.searchParams)).toEqual({
    client_id: 'client-1',
    state: 'intercom',
    redirect_uri: 'https://mycoolapp.com/oauth',
  })
})

test('a siteAddress outside the definition’s list is refused, whatever it looks like', () => {
  for (const siteAddress of ['evil.example', 'app.intercom.com.evil.example', 'http://169.254.169.254'])
    expect(() => connector.authorizeUrl({ ...start, siteAddress })).toThrow(SiteAddressError)
  expect(() => connector.authorizeUrl({ ...start, siteAddress: 'mars' })).toThrow(
    'siteAddress: "mars" is unknown to Intercom; expected one of US, app.intercom.com',
  )
})

test('the operator’s stand-in takes the authorize page’s place too, and its path is kept', () => {
  expect(standIn.authorizeUrl(start)).toMatch(/^http:\/\/127\.0\.0\.1:9000\/oauth\?client_id=client-1&/)
})

test('an element without OAuth says so', () => {
  expect(() => new Connector(icontact).authorizeUrl(start)).toThrow(OAuthUnsupportedError)
})

test('a code is exchanged with its trailing "=" kept', async () => {
  const vendor = scripted({ body: { token_type: 'Bearer', token: 'dG9r', access_token: 'dG9r' } })
  expect(await connector.exchangeCode(exchange, vendor.http)).toEqual({ kind: 'tokens', accessToken: 'dG9r' })
  const [request] = vendor.requests
  expect([request?.method, request?.url]).toEqual(['POST', 'https://api.intercom.io/auth/eagle/token'])
  expect(sent(request)).toEqual({ code: 'oiu3gr=', client_id: 'client-1', client_secret: 's3cret' })
})

test('the older answer, and another region’s endpoint, do as well', async () => {
  const vendor = scripted({ body: { token: 'dG9r' } })
  const outcome = await connector.exchangeCode({ ...exchange, siteAddress: 'EU' }, vendor.http)
  expect(outcome).toEqual({ kind: 'tokens', accessToken: 'dG9r' })
  expect(vendor.requests[0]?.url).toBe('https://api.eu.intercom.io/auth/eagle/token')
})

test.each([
  [
    { status: 401, body: { errors: [{ code: 'unauthorized', message: 'Unauthorized Code' }] } },
    'refused',
    'Unauthorized Code',
  ],
  [{ status: 400, body: { error: 'invalid_grant', error_description: 'Expired' } }, 'refused', 'Expired'],
  [{ status: 200, body: {} }, 'refused', 'no access token'],
  [{ status: 503, body: '' }, 'unavailable', '503'],
  [{ status: 429, body: '' }, 'unavailable', '429'],
  [{ status: 200, body: '' }, 'unavailable', 'an empty body'],
])('an exchange answered by %j is %s', async (answer, kind, words) => {
  const outcome = await connector.exchangeCode(exchange, scripted(answer).http)
  expect(outcome).toMatchObject({ kind, message: expect.stringContaining(words) as unknown })
})

test('there is nothing to refresh', async () => {
  expect(connector.refreshes).toBe(false)
  const refresh = { refreshToken: 'r', apiKey: 'k', apiSecret: 's' }
  expect(await connector.refresh(refresh, scripted().http)).toMatchObject({ kind: 'refused', status: 0 })
})

const me = (region: string, timezone = 'America/New_York') => ({
  body: { type: 'admin', id: '1', app: { type: 'app', id_code: 'vne310wv', region, timezone } },
})
const refused = { status: 401, body: { errors: [{ code: 'unauthorized', message: 'Access Token Invalid' }] } }
const configuration = { 'oauth.user.token': 'dG9r' }

test('a token tells its workspace, region and time zone', async () => {
  const vendor = scripted(me('US'))
  expect(await connector.identify({ configuration }, vendor.http)).toEqual({
    kind: 'identified',
    identity: { workspace: 'vne310wv', timeZone: 'America/New_York', variables: { site: 'US' } },
  })
  expect(vendor.requests[0]).toMatchObject({
    method: 'GET',
    url: 'https://api.intercom.io/me',
    headers: { authorization: 'Bearer dG9r' },
  })
})

test('a token that one region refuses is tried at the others, unless the region is configured', async () => {
  const vendor = scripted(refused, me('EU', 'Dublin'))
  expect(await connector.identify({ configuration }, vendor.http)).toEqual({
    kind: 'identified',
    identity: { workspace: 'vne310wv', variables: { site: 'EU' } },
  })
  expect(vendor.requests.map(({ url }) => url)).toEqual(['https://api.intercom.io/me', 'https://api.eu.intercom.io/me'])
  const alone = scripted(refused)
  expect(
    await connector.identify({ configuration: { ...configuration, siteAddress: 'AU' } }, alone.http),
  ).toMatchObject({
    kind: 'refused',
    status: 401,
  })
  expect(alone.requests.map(({ url }) => url)).toEqual(['https://api.au.intercom.io/me'])
})

test('a token that nobody knows is refused in the first region’s words, and a stand-in is asked once', async () => {
  const words = 'Intercom answered 401: Access Token Invalid (unauthorized)'
  const everywhere = scripted(refused, refused, refused)
  expect(await connector.identify({ configuration }, everywhere.http)).toEqual({
    kind: 'refused',
    status: 401,
    message: words,
  })
  const once = scripted(refused)
  expect(await standIn.identify({ configuration }, once.http)).toMatchObject({ kind: 'refused' })
  expect(once.requests.map(({ url }) => url)).toEqual(['http://127.0.0.1:9000/me'])
})

test('a vendor that can’t be asked is no refusal, and neither is a missing token a request', async () => {
  expect(await connector.identify({ configuration }, scripted(new Error('ECONNRESET')).http)).toMatchObject({
    kind: 'unavailable',
  })
  expect(await connector.identify({ configuration: {} }, scripted().http)).toEqual({
    kind: 'refused',
    status: 0,
    message: 'Intercom can\'t be asked: there is no value for "oauth.user.token"',
  })
})
