import { call } from '../../../test/call.js'
import { startSimulator, type Simulator } from '../../simulator.js'
import { INTERCOM_DEMO } from '../intercom.js'

const { clientId, clientSecret } = INTERCOM_DEMO
const callback = 'https://events.example.com/oauth/callback'
let simulator: Simulator

beforeAll(async () => {
  simulator = await startSimulator()
})

afterAll(async () => {
  await simulator.close()
})

beforeEach(() => simulator.intercom.reset())

function authorize(parameters: Record<string, string>) {
  return call('GET', `${simulator.url}/oauth?${new URLSearchParams(parameters).toString()}`)
}

function exchange(fields: Record<string, string>, form = false) {
  const headers = { 'content-type': form ? 'application/x-www-form-urlencoded' : 'application/json' }
  const body = form ? new URLSearchParams(fields).toString() : JSON.stringify(fields)
  return call('POST', `${simulator.url}/auth/eagle/token`, { body, headers })
}

test('the authorize page sends the person back with code and state, and the code buys a token once', async () => {
  const page = await authorize({ client_id: clientId, state: 'a b', redirect_uri: callback })
  expect(page.status).toBe(302)
  const back = new URL(page.headers.get('location') ?? '')
  expect(back.origin + back.pathname).toBe(callback)
  expect(back.searchParams.get('state')).toBe('a b')
  const code = back.searchParams.get('code') ?? ''
  expect(code).toMatch(/=$/)
  const bought = await exchange({ code, client_id: clientId, client_secret: clientSecret })
  expect(bought.status).toBe(200)
  expect(bought.json).toEqual({
    token_type: 'Bearer',
    token: bought.json['token'],
    access_token: bought.json['token'],
  })
  const me = await call('GET', `${simulator.url}/me`, {
    headers: { authorization: `Bearer ${String(bought.json['token'])}` },
  })
  expect(me.json['app']!['id_code']).toBe(INTERCOM_DEMO.workspace)
  const again = await exchange({ code, client_id: clientId, client_secret: clientSecret })
  expect([again.status, again.json['errors']![0]!['message']]).toEqual([401, 'Unauthorized Code'])
})

test('a code that lost its = is refused, and so is a wrong client secret', async () => {
  const code = simulator.intercom.app().issueCode(INTERCOM_DEMO.workspace)
  const cut = await exchange({ code: code.replace(/=+$/, ''), client_id: clientId, client_secret: clientSecret })
  expect(cut.status).toBe(401)
  const wrong = await exchange({ code, client_id: clientId, client_secret: 'guess' })
  expect([wrong.status, wrong.json['type']]).toEqual([401, 'error.list'])
  const whole = await exchange({ code, client_id: clientId, client_secret: clientSecret }, true)
  expect(whole.status).toBe(200)
})

test('a code registered beforehand works as often as it is used', async () => {
  for (let n = 0; n < 2; n++) {
    const answer = await exchange({ code: INTERCOM_DEMO.code, client_id: clientId, client_secret: clientSecret })
    expect(answer.status).toBe(200)
  }
})

test('with several workspaces the person chooses one', async () => {
  simulator.intercom.addWorkspace({ id: 'second', name: 'A <second> one' })
  const parameters = { client_id: clientId, redirect_uri: callback }
  const page = await authorize(parameters)
  expect(page.status).toBe(200)
  expect(page.text).toContain('A &#60;second&#62; one')
  expect((await authorize({ ...parameters, workspace: 'second' })).status).toBe(302)
})

test('people are sent only to where the app has registered', async () => {
  simulator.intercom.addApp({ clientId: 'strict', redirectUris: [callback] })
  expect((await authorize({ client_id: 'strict', redirect_uri: 'https://evil.example' })).status).toBe(400)
  expect((await authorize({ client_id: 'strict' })).headers.get('location')).toContain(callback)
  expect((await authorize({ client_id: 'unknown', redirect_uri: callback })).status).toBe(404)
})

test('uninstalling revokes the token', async () => {
  const headers = { authorization: `Bearer ${INTERCOM_DEMO.token}` }
  expect((await call('POST', `${simulator.url}/auth/uninstall`, { headers })).status).toBe(200)
  const refused = await call('GET', `${simulator.url}/me`, { headers })
  expect(refused.json['errors']![0]!['code']).toBe('token_revoked')
})
