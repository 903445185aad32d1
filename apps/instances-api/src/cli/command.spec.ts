import { findRunning, startEmbeddedPostgres } from '#database'
import { eventsTopic, instancesTopic, PostgresEventLog } from '#event-log'
import { Accounts, Instances, type NewAccount } from '#instances'
import { testDatabase, type TestDatabase } from '#test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RunningApi } from '../testing/running-api.js'
import { runCommand } from './command.js'

let database: TestDatabase

beforeAll(async () => {
  database = await testDatabase()
})

afterAll(() => database.drop())

const key = (id: string, byte: number) => `${id}:${Buffer.alloc(32, byte).toString('base64')}`

async function run(words: string, environment: Record<string, string> = {}) {
  let out = ''
  let err = ''
  const code = await runCommand(
    words.split(' ').filter(Boolean),
    { DATABASE_URL: database.url, ...environment },
    { out: text => (out += text), err: text => (err += text) },
  )
  return { code, out, err }
}

test('accounts create --json prints the account as one line and nothing else; its secrets open the API', async () => {
  const { code, out, err } = await run('accounts create --name Ada --json')
  expect([code, err, out.trim().split('\n').length]).toEqual([0, '', 1])
  const account = JSON.parse(out) as NewAccount
  expect(Object.keys(account)).toEqual(['accountId', 'companyId', 'userId', 'userSecret', 'organizationSecret'])
  const api = await RunningApi.start({ DATABASE_URL: database.url })
  expect(await api.app.get(Accounts).authenticate(account)).toMatchObject({ kind: 'authenticated' })
  await api.close()
  expect((await run('accounts create')).out).toMatch(/Authorization: User \S+, Organization \S+/)
})

test('an account can be made beside a running embedded database, which goes on running', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'tributary-cli-'))
  const embedded = await startEmbeddedPostgres({ dataDir })
  try {
    const { code, out } = await run('accounts create --json', { DATABASE_URL: '', DATA_DIR: dataDir })
    expect([code, JSON.parse(out)]).toMatchObject([0, { accountId: 1 }])
    expect(await findRunning(dataDir)).toBe(embedded.url)
  } finally {
    await embedded.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
})

test('migrate makes the topics of all elements and of instance changes', async () => {
  expect(await run('migrate', { MASTER_KEYS: key('a', 1), TOPIC_PREFIX: 'cli' })).toMatchObject({ code: 0, err: '' })
  const log = new PostgresEventLog({ pool: database.pool })
  await log.probe([instancesTopic('cli'), eventsTopic('cli', 'intercom'), eventsTopic('cli', 'icontact')])
  await log.close()
})

test('after keys rotate, the old master key can be taken out', async () => {
  const withOld = await RunningApi.start({ DATABASE_URL: database.url, MASTER_KEYS: key('old', 1) })
  const { accountId, companyId, userId } = withOld.account
  const { id } = await withOld.app.get(Instances).create({
    ...{ accountId, companyId, userId, elementKey: 'intercom', name: 'x', tags: [], identity: null },
    ...{ configuration: { 'oauth.user.token': 'tok' }, vendorTokenExpiresAt: null },
  })
  await withOld.close()
  const both = `${key('new', 2)},${key('old', 1)}`
  expect(await run('keys rotate', { MASTER_KEYS: both })).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^1 /) as unknown,
  })
  expect((await run('keys rotate', { MASTER_KEYS: both })).out).toMatch(/^0 /)
  const withNew = await RunningApi.start({ DATABASE_URL: database.url, MASTER_KEYS: key('new', 2) })
  expect((await withNew.app.get(Instances).byId(id))?.configuration['oauth.user.token']).toBe('tok')
  await withNew.close()
})

test.each(['', 'accounts', 'accounts delete', 'migrate --json', 'accounts create --loud'])(
  'wrong words ("%s") get the usage on standard error and exit code 2',
  async words => {
    const { code, out, err } = await run(words)
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain('Usage: tributary')
  },
)

test('a failure says what it is, without a stack, and exits with 1', async () => {
  expect(await run('--help')).toMatchObject({ code: 0, err: '' })
  const refused = await run('accounts create', { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' })
  expect([refused.code, refused.out]).toEqual([1, ''])
  expect(refused.err).toMatch(/ECONNREFUSED/)
  expect(refused.err).not.toMatch(/\n\s+at /)
  const settings = await run('migrate', { PORT: 'none' })
  expect([settings.code, settings.err]).toEqual([1, expect.stringContaining('PORT must be')])
})
