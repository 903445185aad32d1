import type { VendorSession } from '#connectors'
import { Egress } from '#egress'
import { testDatabase, type TestDatabase } from '#test'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Fixture } from '../testing/fixture.js'
import type { TracedRequest } from './traced.js'
import { VendorSessions, type SessionListener } from './vendor-sessions.js'

/** A vendor whose access tokens end, and are renewed by refresh tokens. */
const definition = {
  key: 'renewing',
  id: 990_001,
  name: 'Renewing',
  description: 'A vendor for this spec',
  hub: 'crm',
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
        encoding: 'json',
        parameters: { code: '{code}' },
        accessToken: ['access_token'],
        refreshToken: ['refresh_token'],
        expiresIn: ['expires_in'],
      },
      refresh: { parameters: { refresh_token: '{refreshToken}', client_id: '{apiKey}' } },
    },
  },
  identify: [{ path: '/me', workspace: 'workspace' }],
  fields: [{ key: 'oauth.user.token', label: 'Access token', type: 'PASSWORD', secret: true }],
  resources: { things: { id: 'id', listings: [{ path: '/things', items: 'things', paging: { style: 'none' } }] } },
}

let database: TestDatabase
let fixture: Fixture
let egress: Egress
let folder: string
let origin: string
let answer: { status: number; body: object }
const requests: { path: string; body: string }[] = []
const vendor = createServer((request, response) => {
  let body = ''
  request.on('data', chunk => (body += String(chunk)))
  request.on('end', () => {
    requests.push({ path: request.url ?? '', body })
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body))
  })
})

beforeAll(async () => {
  await new Promise<void>(resolve => vendor.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(vendor.address() as AddressInfo).port}`
  folder = await mkdtemp(join(tmpdir(), 'definitions-'))
  await writeFile(join(folder, 'renewing.json'), JSON.stringify(definition))
  database = await testDatabase()
  fixture = await Fixture.open(database, { dir: folder, baseUrls: { renewing: origin } })
  egress = new Egress({ allow: [], publicUrl: 'http://tributary.example' })
})

afterAll(async () => {
  await egress.close()
  await fixture.close()
  await database.drop()
  await rm(folder, { recursive: true })
  vendor.closeAllConnections()
  vendor.close()
})

beforeEach(() => {
  requests.length = 0
  answer = { status: 200, body: { access_token: 'new', refresh_token: 'next', expires_in: 3_600 } }
})

/** As another process has them. */
function sessions(listener: Partial<SessionListener> = {}): VendorSessions {
  const { connectors, pool } = fixture
  return new VendorSessions({
    ...{ instances: fixture.instances(), connectors, egress, pool, baseUrls: { renewing: origin }, listener },
  })
}

function ended() {
  return fixture.create({
    elementKey: 'renewing',
    configuration: { 'oauth.user.token': 'old', 'oauth.user.refresh_token': 'first', 'oauth.api.key': 'client' },
    vendorTokenExpiresAt: new Date(Date.now() - 1_000),
  })
}

test('a token that holds is used as it is', async () => {
  const instance = await fixture.create({ elementKey: 'renewing', configuration: { 'oauth.user.token': 'old' } })
  expect((await sessions().session(instance)).configuration['oauth.user.token']).toBe('old')
  expect(requests).toEqual([])
})

test('a call whose token is refused is repeated once with a new one, and the calls after it begin with that', async () => {
  const instance = await fixture.create({
    elementKey: 'renewing',
    configuration: { 'oauth.user.token': 'old', 'oauth.user.refresh_token': 'first', 'oauth.api.key': 'client' },
  })
  const tokens: unknown[] = []
  const refusing = (accepted: string) => (session: VendorSession) => {
    const token = session.configuration['oauth.user.token']
    tokens.push(token)
    return Promise.resolve(
      token === accepted
        ? ({ kind: 'fine' } as const)
        : ({ kind: 'unauthorized', message: 'no', permanent: false, status: 401 } as const),
    )
  }
  const calls = sessions().calls(instance)
  expect(await calls.call(refusing('new'))).toEqual({ kind: 'fine' })
  expect(await calls.call(refusing('new'))).toEqual({ kind: 'fine' })
  expect(tokens).toEqual(['old', 'new', 'new'])
  expect(requests.map(({ path }) => path)).toEqual(['/token'])
  answer = { status: 503, body: {} }
  expect(await calls.call(refusing('other'))).toMatchObject({ kind: 'unavailable' })
  answer = { status: 400, body: { error: 'invalid_grant' } }
  const refused = { kind: 'unauthorized', permanent: true, message: expect.stringContaining('renewal') as unknown }
  expect(await calls.call(refusing('other'))).toMatchObject(refused)
})

test('without a refresh token, the vendor’s refusal of the access token is what it is: perhaps not for good', async () => {
  const instance = await fixture.create({ elementKey: 'renewing', configuration: { 'oauth.user.token': 'old' } })
  const refused = { kind: 'unauthorized', message: 'no', permanent: false, status: 401 } as const
  expect(
    await sessions()
      .calls(instance)
      .call(() => Promise.resolve(refused)),
  ).toEqual(refused)
  expect(requests).toEqual([])
  expect((await fixture.instances().byId(instance.id))?.vendorRefusal).toBeNull()
})

test('an instance whose vendor could not be asked is identified before its first request', async () => {
  const instance = await fixture.create({ elementKey: 'renewing', identity: null })
  answer = { status: 503, body: {} }
  expect((await sessions().session(instance)).identity).toEqual({ variables: {} })
  answer = { status: 200, body: { workspace: 'w1' } }
  expect((await sessions().session(instance)).identity).toMatchObject({ workspace: 'w1' })
  expect(await fixture.instances().byId(instance.id)).toMatchObject({ identified: true, identity: { workspace: 'w1' } })
})

test('while its trace logging is on, every request for an instance is told of, and nothing secret with it', async () => {
  const lines: TracedRequest[] = []
  const telling = sessions({ traced: line => lines.push(line) })
  const silent = await ended()
  await telling.session(silent)
  await telling.http(silent)({ method: 'GET', url: `${origin}/things?token=hush`, headers: {} })
  expect(lines).toEqual([])
  const { id } = await ended()
  const instance = (await fixture.instances().update(id, { traceLogging: true, identity: null }))!
  await telling.session(instance)
  await telling.http(instance)({
    method: 'GET',
    url: `${origin}/things?token=hush`,
    headers: { authorization: 'hush' },
  })
  const elsewhere = telling.http(instance)({ method: 'GET', url: 'http://127.0.0.1:1/gone?token=hush', headers: {} })
  await expect(elsewhere).rejects.toThrow()
  const line = { instanceId: id, elementKey: 'renewing', ms: expect.any(Number) as unknown }
  expect(lines).toEqual([
    { ...line, method: 'POST', path: '/token', status: 200 },
    { ...line, method: 'GET', path: '/me', status: 200 },
    { ...line, method: 'GET', path: '/things', status: 200 },
    { ...line, method: 'GET', path: '/gone', status: null, error: expect.any(String) as unknown },
  ])
  expect(JSON.stringify(lines)).not.toMatch(/hush|first|old/)
})

test('only the origin that the operator named may be private', async () => {
  const http = sessions().http('renewing')
  expect(await http({ method: 'GET', url: `${origin}/me`, headers: {} })).toMatchObject({ status: 200 })
  const elsewhere = sessions().http('intercom')
  await expect(elsewhere({ method: 'GET', url: `${origin}/me`, headers: {} })).rejects.toThrow()
  await expect(http({ method: 'GET', url: 'http://127.0.0.1:1/me', headers: {} })).rejects.toThrow()
})

test('an answer that is too long is an error, not half an answer', async () => {
  answer = { status: 200, body: { long: 'x'.repeat(10_000) } }
  const http = sessions().http('renewing', { maxBytes: 1_000 })
  await expect(http({ method: 'GET', url: `${origin}/me`, headers: {} })).rejects.toThrow('longer than 1000 bytes')
})
