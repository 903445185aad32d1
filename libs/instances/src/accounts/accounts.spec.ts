import { testDatabase, type TestDatabase } from '#test'
import { Fixture } from '../testing/fixture.js'
import { Accounts, type NewAccount } from './accounts.js'

let database: TestDatabase
let fixture: Fixture
let accounts: Accounts

beforeAll(async () => {
  database = await testDatabase()
  fixture = await Fixture.open(database)
  accounts = new Accounts(fixture.dataSource)
})

afterAll(async () => {
  await fixture.close()
  await database.drop()
})

test('secrets are 256 random bits, and only their hashes are stored', async () => {
  const { userSecret, organizationSecret } = await accounts.create({ name: 'A' })
  for (const secret of [userSecret, organizationSecret]) expect(secret).toMatch(/^[\w-]{43}$/)
  const { rows } = await database.pool.query(`select u::text || c::text as row from app_user u, company c`)
  for (const { row } of rows as { row: string }[]) expect(row).not.toContain(userSecret)
})

test('who has the right secrets is who they say, with the instance that their token names', async () => {
  const { userSecret, organizationSecret, accountId, companyId, userId } = fixture.account
  const instance = await fixture.create()
  const principal = { accountId, companyId, userId }
  expect(await accounts.authenticate({ userSecret, organizationSecret })).toEqual({ kind: 'authenticated', principal })
  expect(await accounts.authenticate({ userSecret, instanceToken: instance.token })).toEqual({
    kind: 'authenticated',
    principal: { ...principal, instanceId: instance.id },
  })
})

test('a wrong part is refused, and so are another’s organization or instance and a deleted instance', async () => {
  const other = await accounts.create()
  const { userSecret, organizationSecret } = fixture.account
  const theirs = await fixture.create({ accountId: other.accountId, companyId: other.companyId, userId: other.userId })
  const deleted = await fixture.create()
  await fixture.instances().delete(deleted.id)
  const refused = async (credentials: Parameters<Accounts['authenticate']>[0]) => {
    const outcome = await accounts.authenticate(credentials)
    return outcome.kind === 'refused' ? outcome.part : outcome
  }
  expect(await refused({ userSecret: 'x', organizationSecret })).toBe('user')
  expect(await refused({ userSecret })).toBe('organization')
  expect(await refused({ userSecret, organizationSecret: other.organizationSecret })).toBe('organization')
  expect(await refused({ userSecret, organizationSecret, instanceToken: 'x' })).toBe('element')
  expect(await refused({ userSecret, instanceToken: theirs.token })).toBe('element')
  expect(await refused({ userSecret, instanceToken: deleted.token })).toBe('element')
})

test('the first account is made once, however many start, and not at all where its secrets could not be kept', async () => {
  const empty = await testDatabase()
  const { dataSource } = await Fixture.open(empty)
  await empty.pool.query('truncate company, account, app_user cascade')
  const first = new Accounts(dataSource)
  await expect(first.createFirst(() => Promise.reject(new Error('disk full')))).rejects.toThrow('disk full')
  const kept: NewAccount[] = []
  const keep = async (account: NewAccount) => void kept.push(account)
  const made = await Promise.all([1, 2, 3].map(() => first.createFirst(keep)))
  expect(made.filter(account => account !== null)).toEqual(kept)
  expect(kept).toHaveLength(1)
  await dataSource.destroy()
  await empty.drop()
})

test('settings of an account are added to', async () => {
  const { accountId } = fixture.account
  expect(await accounts.settings(accountId)).toEqual({})
  await accounts.saveSettings(accountId, { 'notification.webhook.failure.policy': 'queue' })
  expect(await accounts.saveSettings(accountId, { other: 'x' })).toEqual({
    'notification.webhook.failure.policy': 'queue',
    other: 'x',
  })
})
