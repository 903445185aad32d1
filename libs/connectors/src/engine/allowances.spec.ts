import { Connectors, type Connector, type VendorSession } from '../index.js'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

let connectors: Connectors
let intercom: Connector
let icontact: Connector
let dir: string

beforeAll(async () => {
  connectors = await Connectors.load({})
  intercom = connectors.get('intercom')!
  icontact = connectors.get('icontact')!
  dir = await mkdtemp(join(tmpdir(), 'definitions-'))
})

afterAll(async () => {
  await rm(dir, { recursive: true })
})

function session(configuration: Record<string, string>, variables: Record<string, string> = {}, workspace?: string) {
  return { configuration, identity: { variables, ...(workspace !== undefined && { workspace }) } }
}

const accounts = (connector: Connector, of: VendorSession) => connector.allowances(of).map(({ account }) => account)

test('instances of one OAuth client share its budget over workspaces, and those of one workspace that workspace’s', () => {
  const client = { 'oauth.api.key': 'client', 'oauth.api.secret': 'hush' }
  const [app, workspace] = accounts(intercom, session({ ...client, 'oauth.user.token': 'a' }, {}, 'w1'))
  expect(accounts(intercom, session({ ...client, 'oauth.user.token': 'b' }, {}, 'w2'))).toEqual([
    app,
    expect.not.stringMatching(workspace!) as unknown,
  ])
  const ofToken = accounts(intercom, session({ 'oauth.user.token': 'c' }, {}, 'w1'))
  expect(ofToken[1]).toBe(workspace)
  expect(ofToken[0]).not.toBe(app)
  expect(JSON.stringify([app, workspace, ofToken])).toMatch(/^[\[\],"\da-f]+$/)
})

test('who names another’s account, without a secret of it or the vendor’s word, has a budget of their own', () => {
  const own = { 'api.version': '2.2', AppID: 'app', 'api.username': 'u', 'api.password': 'p' }
  const theirs = accounts(icontact, session(own, { accountId: '1', clientFolderId: '2' }))
  const strangers = [
    session({ ...own, 'api.password': 'guessed' }),
    session({ ...own, 'api.password': 'guessed', accountId: '1', workspace: '1' }),
    session(own, { accountId: '9', clientFolderId: '2' }),
  ]
  for (const stranger of strangers) {
    for (const account of accounts(icontact, stranger)) expect(theirs).not.toContain(account)
  }
  const guessing = session({ 'oauth.api.key': 'client', 'oauth.api.secret': 'guessed', workspace: 'w1' })
  const real = session({ 'oauth.api.key': 'client', 'oauth.api.secret': 'hush' }, {}, 'w1')
  for (const account of accounts(intercom, guessing)) expect(accounts(intercom, real)).not.toContain(account)
})

test('any stretch as long as a window holds no more than is allowed, whenever the vendor’s begins', () => {
  const of = session({ AppID: 'app', 'api.username': 'u', 'api.password': 'p' }, { accountId: '1' })
  const [hour, day] = icontact.allowances(of)
  for (const [part, windowMs, requests] of [
    [hour!, 3_600_000, 10_000],
    [day!, 86_400_000, 70_000],
  ] as const) {
    const touched = Math.ceil(windowMs / part.windowMs) + 1
    expect(touched * part.requests!).toBeLessThanOrEqual(requests)
    expect(touched * part.requests!).toBeGreaterThan(requests * 0.9)
  }
  // Intercom says when its window ends, so all of it can be had at once.
  expect(intercom.allowances(session({ 'oauth.user.token': 't' }))[0]).toMatchObject({ requests: 1_666, told: true })
})

test('a vendor that states nothing is known by its workspace or the credentials, and by neither where there are none', async () => {
  const definition = {
    ...{ key: 'silent', id: 990_100, name: 'Silent', description: 'A vendor', hub: 'crm' },
    api: { sites: [{ name: 'main', api: 'https://silent.example' }] },
    authentication: { type: 'apiKey', headers: { 'x-key': '{key}' } },
    fields: [
      { key: 'key', label: 'Key', type: 'PASSWORD', secret: true },
      { key: 'name', label: 'Name', type: 'TEXTFIELD_32' },
    ],
    resources: { things: { id: 'id', listings: [{ path: '/things', items: 'things', paging: { style: 'none' } }] } },
  }
  const file = join(dir, 'silent.json')
  await writeFile(file, JSON.stringify(definition))
  const silent = (await Connectors.load({ dir })).get('silent')!
  expect(silent.allowances(session({}))).toEqual([])
  expect(accounts(silent, session({ key: 'k' }))).toEqual(accounts(silent, session({ key: 'k', name: 'n' })))
  expect(accounts(silent, session({ key: 'k' }))).not.toEqual(accounts(silent, session({ key: 'l' })))
  expect(accounts(silent, session({ key: 'k' }, {}, 'w'))).toEqual(accounts(silent, session({ key: 'l' }, {}, 'w')))
  const limits = [{ requests: 5, windowSeconds: 60, per: ['{name}', '{nobody}'] }]
  const open = { ...definition, api: { ...definition.api, rateLimit: { limits } } }
  await writeFile(file, JSON.stringify(open, null, 1))
  const faults = await Connectors.load({ dir }).catch((error: unknown) => (error as Error).message)
  expect(faults).toMatch(/api\.rateLimit\.limits\.0\.per\.0 could be named by strangers/)
  expect(faults).toMatch(/per\.1 names \{nobody\}/)
})
