import { findRunning, startEmbeddedPostgres } from '#database'
import { eventsTopic, instancesTopic, PostgresEventLog } from '#event-log'
import { Accounts, Instances, type NewAccount } from '#instances'
import { testDatabase, type TestDatabase } from '#test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RunningApi } from '../testing/running-api.js'
import { runCommand } from './run-command.js'

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

test('an account can be made in an organization that is there, whose secret stays its own', async () => {
  const first = JSON.parse((await run('accounts create --name First --json')).out) as NewAccount
  const { code, out, err } = await run(`accounts create --organization ${first.companyId} --name=Second --json`)
  expect([code, err]).toEqual([0, ''])
  const second = JSON.parse(out) as NewAccount
  expect(Object.keys(second)).toEqual(['accountId', 'companyId', 'userId', 'userSecret', 'organizationSecret'])
  expect([second.companyId, second.organizationSecret]).toEqual([first.companyId, null])
  const text = await run(`accounts create --organization ${first.companyId}`)
  expect(text.out).toContain(`Organization <the secret of organization ${first.companyId}, as it was>`)
})

test('accounts list shows organizations, accounts and users, and no secret', async () => {
  const account = JSON.parse((await run('accounts create --name Listed --json')).out) as NewAccount
  const { accountId, companyId, userId, userSecret, organizationSecret } = account
  const user = JSON.parse((await run(`users create --account ${accountId} --name Grace --json`)).out) as NewAccount
  expect(Object.keys(user)).toEqual(['accountId', 'companyId', 'userId', 'userSecret'])
  const { code, out, err } = await run('accounts list --json')
  expect([code, err, out.split('\n').length]).toEqual([0, '', 2])
  const createdDate = expect.stringMatching(/Z$/) as unknown
  expect(JSON.parse(out)).toContainEqual({
    ...{ companyId, name: 'Listed', createdDate },
    accounts: [
      {
        ...{ accountId, name: 'Listed', createdDate },
        users: [
          { userId, name: 'User', createdDate },
          { userId: user.userId, name: 'Grace', createdDate },
        ],
      },
    ],
  })
  expect(await run(`users delete --user ${user.userId}`)).toMatchObject({ code: 0, err: '' })
  const text = (await run('accounts list')).out
  expect(text).toMatch(new RegExp(`account ${accountId} "Listed" .*\n    user ${userId} "User"`))
  expect(text).not.toContain('Grace')
  for (const secret of [userSecret, user.userSecret, organizationSecret]) expect(out + text).not.toContain(secret)
})

test('accounts rotate-secrets prints the new secrets once; the old ones end, or go on for --overlap', async () => {
  const { accountId, companyId, userId } = JSON.parse((await run('accounts create --json')).out) as NewAccount
  const rotated = await run(`accounts rotate-secrets --account ${accountId} --user ${userId} --organization --json`)
  expect([rotated.code, rotated.err, JSON.parse(rotated.out)]).toEqual([
    0,
    '',
    {
      ...{ accountId, companyId, users: [{ userId, userSecret: expect.stringMatching(/^[\w-]{43}$/) as unknown }] },
      ...{ organizationSecret: expect.stringMatching(/^[\w-]{43}$/) as unknown, previousUntil: null },
    },
  ])
  const overlapping = await run(`accounts rotate-secrets --account ${accountId} --overlap 24h`)
  expect(overlapping.out).toMatch(new RegExp(`The old ones work until 2\\S+Z\\.\n\nUser ${userId}: \\S{43}\n$`))
  expect((await run(`accounts rotate-secrets --account ${accountId} --organization`)).out).toMatch(
    new RegExp(`The old ones have ended\\.\n\nOrganization ${companyId}: \\S{43}\n$`),
  )
})

test.each([
  [
    'accounts rotate-secrets --account x --overlap 2w',
    ['--account: is "x"; expected an id', '--overlap: is "2w"; exp'],
  ],
  ['accounts rotate-secrets --account 2147483648 --overlap 31d', ['--account: is "2147', '--overlap: is "31d"']],
  ['users create', ['--account: is missing; expected an id']],
  ['users create --account --json', ['--account: has no value']],
  ['users create --account 1 --account 2', ['--account: is given twice']],
  ['accounts create --name= --json=yes stray', ['"stray"', '--name: is ""; expected a name', '--json: is "yes"']],
  ['users delete --loud', ['--loud: there is no such option', '--user: is missing']],
])('every wrong option is named with what was expected: %s', async (words, faults) => {
  const { code, out, err } = await run(words)
  expect([code, out]).toEqual([2, ''])
  for (const fault of faults) expect(err).toContain(fault)
  expect(err).toContain(`Usage: tributary ${words.split(' ').slice(0, 2).join(' ')}`)
})

test.each([
  ['accounts create --organization 999999', '--organization: there is no organization 999999'],
  ['users create --account 999999', '--account: there is no account 999999'],
  ['users delete --user 999999', '--user: there is no user 999999'],
  ['accounts rotate-secrets --account 999999', '--account: there is no account 999999'],
  ['accounts rotate-secrets --account 1 --user 999999', '--user: there is no user 999999 of account 1'],
])('what isn’t there is named, and the exit code is 1: %s', async (words, fault) => {
  await run('accounts create')
  const { code, out, err } = await run(words)
  expect([code, out]).toEqual([1, ''])
  expect(err).toContain(`${fault}; "tributary accounts list" shows them`)
})

test('--help lists every command with its options, and one command’s its own', async () => {
  const { code, out } = await run('--help')
  expect(code).toBe(0)
  for (const line of [
    'accounts create [--name <name>] [--organization <id>] [--json]',
    'accounts list [--json]',
    'accounts rotate-secrets --account <id> [--user <id>] [--organization] [--overlap <duration>] [--json]',
    'users create --account <id> [--name <name>] [--json]',
    'users delete --user <id> [--json]',
    'erase --instance <id> [--object-type <text>] [--object-id <text>] [--json]',
    'rejected list [--json]',
    'rejected retry [--id <id>] [--json]',
    'migrate',
    'keys rotate',
    'openapi',
  ]) {
    expect(out.split('\n')).toContain(`  ${line}`)
  }
  expect((await run('users delete -h')).out).toMatch(/^Usage: tributary users delete --user <id> \[--json\]\n/)
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
