import { testDatabase, type TestDatabase } from '#test'
import { Fixture } from '../testing/fixture.js'
import { Accounts, type NewAccount } from './accounts.js'
import { authenticate } from './authentication.js'

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
  expect(await accounts.settings(accountId)).toEqual({ 'notification.webhook.failure.policy': 'retry' })
  await accounts.saveSettings(accountId, { 'notification.webhook.failure.policy': 'queue' })
  expect(await accounts.saveSettings(accountId, { other: 'x' })).toEqual({
    'notification.webhook.failure.policy': 'queue',
    other: 'x',
  })
})

test('an organization has several accounts, and an account several users, each with secrets of its own', async () => {
  const first = await accounts.create({ name: 'First' })
  const second = await accounts.createIn(first.companyId, { name: 'Second' })
  const user = await accounts.createUser(first.accountId, { name: 'Grace' })
  expect([second?.companyId, second?.organizationSecret, user?.accountId]).toEqual([
    first.companyId,
    null,
    first.accountId,
  ])
  const { organizationSecret } = first
  for (const each of [second!, user!]) {
    const { accountId, companyId, userId, userSecret } = each
    const principal = { accountId, companyId, userId }
    expect(await accounts.authenticate({ userSecret, organizationSecret })).toEqual({
      kind: 'authenticated',
      principal,
    })
  }
  expect(await accounts.createIn(999_999)).toBeNull()
  expect(await accounts.createUser(999_999)).toBeNull()
  const organization = (await accounts.organizations()).find(({ companyId }) => companyId === first.companyId)
  const date = expect.any(Date) as Date
  expect(organization).toEqual({
    ...{ companyId: first.companyId, name: 'First', createdDate: date },
    accounts: [
      {
        ...{ accountId: first.accountId, name: 'First', createdDate: date },
        users: [
          { userId: first.userId, name: 'User', createdDate: date },
          { userId: user!.userId, name: 'Grace', createdDate: date },
        ],
      },
      {
        ...{ accountId: second!.accountId, name: 'Second', createdDate: date },
        users: [{ userId: second!.userId, name: 'User', createdDate: date }],
      },
    ],
  })
})

test('an instance’s token is nothing to another account of the same organization', async () => {
  const { organizationSecret, companyId } = fixture.account
  const instance = await fixture.create()
  const sibling = await accounts.createIn(companyId)
  expect(
    await accounts.authenticate({
      userSecret: sibling!.userSecret,
      organizationSecret,
      instanceToken: instance.token,
    }),
  ).toEqual({ kind: 'refused', part: 'element' })
})

test('a deleted user’s secret opens nothing, the others’ do, and what it made stays', async () => {
  const { organizationSecret, accountId, companyId } = fixture.account
  const user = await accounts.createUser(accountId)
  const instance = await fixture.create({ accountId, companyId, userId: user!.userId })
  expect(await accounts.deleteUser(user!.userId)).toBe(true)
  expect(await accounts.deleteUser(user!.userId)).toBe(false)
  const { userSecret } = user!
  expect(await accounts.authenticate({ userSecret, organizationSecret })).toEqual({ kind: 'refused', part: 'user' })
  const others = { userSecret: fixture.account.userSecret, instanceToken: instance.token }
  expect(await accounts.authenticate(others)).toMatchObject({ kind: 'authenticated' })
  const listed = JSON.stringify(await accounts.organizations())
  expect(listed).not.toContain(`"userId":${user!.userId},`)
})

const opens = async (userSecret: string, organizationSecret: string) =>
  (await accounts.authenticate({ userSecret, organizationSecret })).kind === 'authenticated'

test('rotated secrets end the old ones at once; only what was named is rotated', async () => {
  const old = await accounts.create()
  const other = await accounts.createUser(old.accountId)
  const rotate = async (users: 'all' | 'none' | number, organization: boolean) => {
    const outcome = await accounts.rotateSecrets({ accountId: old.accountId, users, organization, overlapMs: 0 })
    if (outcome.kind !== 'rotated') throw new Error(outcome.kind)
    return outcome.secrets
  }
  const one = await rotate(old.userId, false)
  expect(one).toMatchObject({ users: [{ userId: old.userId }], organizationSecret: null, previousUntil: null })
  expect(await opens(old.userSecret, old.organizationSecret)).toBe(false)
  expect(await opens(one.users[0]!.userSecret, old.organizationSecret)).toBe(true)
  expect(await opens(other!.userSecret, old.organizationSecret)).toBe(true)

  const { users, organizationSecret } = await rotate('none', true)
  expect(users).toEqual([])
  expect(await opens(other!.userSecret, old.organizationSecret)).toBe(false)
  expect(await opens(other!.userSecret, organizationSecret!)).toBe(true)

  const all = await rotate('all', false)
  expect(all.users.map(({ userId }) => userId)).toEqual([old.userId, other!.userId])
  expect(await opens(other!.userSecret, organizationSecret!)).toBe(false)
  for (const { userSecret } of all.users) expect(await opens(userSecret, organizationSecret!)).toBe(true)
})

test('with an overlap the old secrets go on working until their end, one generation of them', async () => {
  const first = await accounts.create()
  const { accountId, userId, companyId } = first
  const rotate = async () => {
    const outcome = await accounts.rotateSecrets({ accountId, users: 'all', organization: true, overlapMs: 3_600_000 })
    if (outcome.kind !== 'rotated') throw new Error(outcome.kind)
    const { users, organizationSecret, previousUntil } = outcome.secrets
    expect(Math.abs(previousUntil!.getTime() - Date.now() - 3_600_000)).toBeLessThan(60_000)
    return { userSecret: users[0]!.userSecret, organizationSecret: organizationSecret! }
  }
  const second = await rotate()
  for (const { userSecret } of [first, second]) {
    for (const { organizationSecret } of [first, second]) expect(await opens(userSecret, organizationSecret)).toBe(true)
  }
  const third = await rotate()
  expect(await opens(first.userSecret, third.organizationSecret)).toBe(false)
  expect(await opens(second.userSecret, second.organizationSecret)).toBe(true)
  const ends = `previous_secret_until = now() - interval '1 second'`
  await database.pool.query(`update app_user set ${ends} where id = $1`, [userId])
  expect(await opens(second.userSecret, third.organizationSecret)).toBe(false)
  await database.pool.query(`update company set ${ends} where id = $1`, [companyId])
  expect(await opens(third.userSecret, second.organizationSecret)).toBe(false)
  expect(await opens(third.userSecret, third.organizationSecret)).toBe(true)
})

test('a rotation of what isn’t there changes nothing', async () => {
  const { accountId, userId, userSecret, organizationSecret } = await accounts.create()
  const other = await accounts.create()
  const rotate = { users: other.userId, organization: true, overlapMs: 0 } as const
  expect(await accounts.rotateSecrets({ ...rotate, accountId })).toEqual({ kind: 'unknown-user' })
  expect(await accounts.rotateSecrets({ ...rotate, accountId: 999_999, users: userId })).toEqual({
    kind: 'unknown-account',
  })
  expect(await opens(userSecret, organizationSecret)).toBe(true)
  expect(await opens(other.userSecret, other.organizationSecret)).toBe(true)
})

test('who calls is found by indexes alone, in one statement', async () => {
  const { dataSource } = fixture
  const statements: string[] = []
  const query = dataSource.query.bind(dataSource)
  const counted = { query: (text: string, values: unknown[]) => (statements.push(text), query(text, values)) }
  const { userSecret, organizationSecret } = fixture.account
  const instanceToken = (await fixture.create()).token
  const outcome = await authenticate(counted as unknown as typeof dataSource, {
    ...{ userSecret, organizationSecret, instanceToken },
  })
  expect([outcome.kind, statements.length]).toEqual(['authenticated', 1])
  const client = await database.pool.connect()
  await client.query('begin; set local enable_seqscan = off')
  const { rows } = await client.query(`explain ${statements[0]}`, [Buffer.alloc(32), Buffer.alloc(32)])
  await client.query('rollback')
  client.release()
  expect(JSON.stringify(rows)).toMatch(/BitmapOr/)
  expect(JSON.stringify(rows)).not.toMatch(/Seq Scan/)
})
