import { testDatabase, type TestDatabase } from '#test'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'
import { RunningApi } from '../testing/running-api.js'
import { VendorStandIn } from '../testing/vendor-stand-in.js'

/** A vendor that wants the redirect URL in both legs, as OAuth 2 has it. */
const redirecting = {
  ...{ key: 'redirecting', id: 990_002, name: 'Redirecting', description: 'A vendor for this spec', hub: 'crm' },
  api: {
    sites: [{ name: 'main', api: 'https://r.example', authorize: 'https://r.example/o', token: 'https://r.example/t' }],
  },
  authentication: {
    type: 'oauth2',
    headers: { authorization: 'Bearer {oauth.user.token}' },
    oauth2: {
      authorize: { client_id: '{apiKey}', redirect_uri: '{callbackUrl}', state: '{state}' },
      token: {
        encoding: 'json',
        parameters: { code: '{code}', redirect_uri: '{callbackUrl}' },
        accessToken: ['token'],
      },
    },
  },
  fields: [{ key: 'oauth.user.token', label: 'Access token', type: 'PASSWORD', secret: true }],
  resources: {},
}

let database: TestDatabase
let api: RunningApi
let folder: string
const vendor = new VendorStandIn()

beforeAll(async () => {
  database = await testDatabase()
  folder = await mkdtemp(join(tmpdir(), 'definitions-'))
  await writeFile(join(folder, 'redirecting.json'), JSON.stringify(redirecting))
  api = await RunningApi.start({
    DATABASE_URL: database.url,
    CONNECTORS_DIR: folder,
    CONNECTOR_REDIRECTING_BASE_URL: await vendor.start(),
  })
})

afterAll(async () => {
  await api.close()
  await vendor.stop()
  await database.drop()
  await rm(folder, { recursive: true })
})

test("the vendor's page for access needs no secrets; its state is the element's key unless given", async () => {
  const query = new URLSearchParams({ apiKey: 'client', apiSecret: 's', callbackUrl: 'https://x.example/cb' })
  const { status, body } = await api.call('GET', `/elements/intercom/oauth/url?${query.toString()}`, {
    authorization: null,
  })
  expect([status, body]).toEqual([200, { element: 'intercom', oauthUrl: expect.any(String) as unknown }])
  const url = new URL((body as { oauthUrl: string }).oauthUrl)
  expect(url.origin + url.pathname).toBe('https://app.intercom.com/oauth')
  expect(Object.fromEntries(url.searchParams)).toMatchObject({
    client_id: 'client',
    state: 'intercom',
    redirect_uri: 'https://x.example/cb',
  })
  expect(url.href).not.toContain('apiSecret')
  const posted = await api.call('POST', '/elements/intercom/oauth/url', {
    body: { apiKey: 'client', callbackUrl: 'https://x.example/cb', state: 'mine', siteAddress: 'EU' },
  })
  expect((posted.body as { oauthUrl: string }).oauthUrl).toMatch(
    /^https:\/\/app\.eu\.intercom\.com\/oauth\?.*state=mine/,
  )
})

test.each<[string, number]>([
  ['/elements/nothing/oauth/url?apiKey=a&callbackUrl=https://x.example', 404],
  ['/elements/icontact/oauth/url?apiKey=a&callbackUrl=https://x.example', 400],
  ['/elements/intercom/oauth/url', 400],
  ['/elements/intercom/oauth/url?apiKey=a&callbackUrl=nowhere', 400],
  ['/elements/intercom/oauth/url?apiKey=a&callbackUrl=https://x.example&siteAddress=evil.example', 400],
])('%s is %i', async (path, status) => {
  expect((await api.call('GET', path)).status).toBe(status)
})

test('without a callback URL both legs have this service’s own page; with one, that', async () => {
  const ours = 'https://tributary.example/oauth/callback'
  const begun = await api.call('GET', '/elements/redirecting/oauth/url?apiKey=a&callbackProxy=x&requestToken=y')
  const url = new URL((begun.body as { oauthUrl: string }).oauthUrl)
  expect(url.searchParams.get('redirect_uri')).toBe(ours)
  vendor.answers.set('/t', { status: 200, body: { token: 'tok' } })
  const create = (configuration: object) =>
    api.call('POST', '/instances', {
      body: { element: { key: 'redirecting' }, name: 'R', providerData: { code: 'c' }, configuration },
    })
  expect((await create({})).status).toBe(200)
  expect(JSON.parse(vendor.requests.at(-1)?.body ?? '')).toEqual({ code: 'c', redirect_uri: ours })
  expect((await create({ 'oauth.callback.url': 'https://x.example/cb' })).status).toBe(200)
  expect(JSON.parse(vendor.requests.at(-1)?.body ?? '')).toMatchObject({ redirect_uri: 'https://x.example/cb' })
})

test('every fault of a beginning is told at once', async () => {
  const { status, body } = await api.call('POST', '/elements/intercom/oauth/url', {
    body: { callbackUrl: 'nowhere', siteAddress: 'evil.example' },
  })
  expect(status).toBe(400)
  const lines = (body as { message: string }).message.split('\n')
  expect(lines.map(line => line.split(':')[0])).toEqual(['apiKey', 'callbackUrl', 'siteAddress'])
})

test.each<[string, string, number, string]>([
  ['GET', '/elements/intercom/oauth/url/default', 404, 'oauth/callback'],
  ['POST', '/elements/intercom/oauth/url/default', 404, 'register one'],
  ['GET', '/elements/icontact/oauth/url/default', 400, 'has no OAuth'],
  ['GET', '/elements/nothing/oauth/url/default', 404, 'There is no element'],
  ['GET', '/elements/intercom/oauth/token?apiKey=a&apiSecret=b&callbackUrl=https://x.example', 400, 'OAuth 1'],
  ['GET', '/elements/nothing/oauth/token', 404, 'There is no element'],
])('%s %s is %i and says why', async (method, path, status, words) => {
  const answer = await api.call(method, path, { authorization: null })
  expect([answer.status, (answer.body as { message: string }).message]).toEqual([
    status,
    expect.stringContaining(words),
  ])
})

test('the page that a vendor sends people back to runs nothing but its own script, and is kept nowhere', async () => {
  const { status, body, headers } = await api.call('GET', '//oauth/callback?code=%3Cscript%3E&state=intercom', {
    authorization: null,
  })
  expect(status).toBe(200)
  expect(body).not.toContain('<script>&')
  expect(body).toBe((await api.call('GET', '//oauth/callback', { authorization: null })).body)
  const policy = headers.get('content-security-policy')
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("frame-ancestors 'none'")
  for (const tag of ['script', 'style']) {
    const hash = createHash('sha256')
      .update(inside(String(body), tag))
      .digest('base64')
    expect(policy).toContain(`${tag}-src 'sha256-${hash}'`)
  }
  expect(String(body)).not.toMatch(/src=|href=|https?:/)
  expect(headers.get('cache-control')).toBe('no-store')
  expect(headers.get('referrer-policy')).toBe('no-referrer')
})

test('it hands what came to the window of this origin that opened it, and to no other', async () => {
  const given = await opened('?code=c&state=intercom', 'https://t.example')
  expect(given.messages).toEqual([
    [
      { type: 'tributary.oauth', code: 'c', state: 'intercom', error: null, errorDescription: null },
      'https://t.example',
    ],
  ])
  expect([given.closed, given.shown.has('code'), given.address]).toEqual([true, false, '/oauth/callback'])
  const refused = await opened('?error=access_denied&error_description=No&state=s', 'https://t.example')
  expect(refused.messages[0]?.[0]).toMatchObject({ code: null, error: 'access_denied', errorDescription: 'No' })
  const foreign = await opened('?code=c&state=intercom', 'https://evil.example')
  expect([foreign.messages, foreign.closed, foreign.shown.get('code')]).toEqual([[], false, 'c'])
})

test('opened alone, it shows the code and a command that a shell takes as it is, whoever wrote the address', async () => {
  const { shown } = await opened('?code=abc%3D&state=intercom', null)
  expect(shown.get('code')).toBe('abc=')
  expect(argumentsOf(shown.get('command')!)).toEqual([
    ...['-X', 'POST', 'https://t.example/elements/api-v2/instances'],
    ...['-H', 'Authorization: User <user secret>, Organization <organization secret>'],
    ...['-H', 'Content-Type: application/json', '-d', expect.stringContaining('"code":"abc="') as unknown],
  ])
  const evil = `'; touch /tmp/x; echo $(id) \`id\` "\n\u2028\u009b\\'`
  const { shown: shownOfEvil } = await opened(
    `?code=${encodeURIComponent(evil)}&state=${encodeURIComponent("';id'")}`,
    null,
  )
  const [data = ''] = argumentsOf(shownOfEvil.get('command')!).slice(-1)
  expect(data).toMatch(/^[\x20-\x7e]*$/)
  expect(JSON.parse(data)).toMatchObject({ element: { key: '<element key>' }, providerData: { code: evil } })
  expect((await opened('?error=access_denied', null)).shown.get('code')).toBe('access_denied')
  expect((await opened('', null)).shown.get('said')).toContain('Nothing came')
})

/** The page's script, run in a window without a browser around it. */
async function opened(search: string, openerOrigin: string | null) {
  const { body } = await api.call('GET', '//oauth/callback', { authorization: null })
  const found = { messages: [] as unknown[][], shown: new Map<string, string>(), closed: false, address: '' }
  const opener =
    openerOrigin === null
      ? null
      : {
          get location() {
            // As a browser keeps one origin's windows from another's.
            if (openerOrigin !== 'https://t.example') throw new Error('SecurityError')
            return { origin: openerOrigin }
          },
          postMessage: (message: object, target: string) => found.messages.push([{ ...message }, target]),
        }
  const element = (id: string) => ({
    set textContent(text: string) {
      found.shown.set(id, text)
    },
    hidden: true,
  })
  runInNewContext(inside(String(body), 'script'), {
    URLSearchParams,
    location: { search, pathname: '/oauth/callback', origin: 'https://t.example' },
    history: { replaceState: (_: null, __: string, address: string) => (found.address = address) },
    window: { opener, close: () => (found.closed = true) },
    document: { getElementById: element },
  })
  return found
}

function inside(html: string, tag: string): string {
  return html.slice(html.indexOf(`<${tag}>`) + tag.length + 2, html.indexOf(`</${tag}>`))
}

/** What a shell would give to curl. */
function argumentsOf(command: string): string[] {
  const script = `curl() { for each; do printf '%s\\0' "$each"; done; }\n${command}`
  return execFileSync('sh', ['-c', script]).toString().split('\0').slice(0, -1)
}
