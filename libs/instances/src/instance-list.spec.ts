import { migrate } from '#database'
import { testDatabase, type TestDatabase } from '#test'
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { InstanceEntity } from './instance.entity.js'
import { countUpTo, pageQuery, type InstanceFilter } from './instance-list.js'
import { Fixture } from './testing/fixture.js'

let database: TestDatabase
let fixture: Fixture
let big: number

// One account among many, with as many instances as all others together, and all of its ids above theirs.
beforeAll(async () => {
  database = await testDatabase()
  fixture = await Fixture.open(database)
  big = fixture.account.accountId
  await database.pool.query(`insert into account (company_id, name) select 1, n::text from generate_series(1, 200) n`)
  await database.pool.query(
    `insert into instance (id, account_id, company_id, user_id, element_key, name, tags, search_text, configuration, secrets,
                           token_hash, door_key_hash, events)
     select n, case when n > 20000 then $1 else $1 + 1 + n % 200 end, 1, 1,
            case when n % 4 = 0 then 'icontact' else 'intercom' end, 'Customer ' || n,
            array['all', 'team' || n % 100, 'own' || n], 'customer ' || n, '{}', '', sha256(n::text::bytea), sha256(n::text::bytea), 'off'
     from generate_series(1, 40000) n`,
    [big],
  )
  await database.pool.query('vacuum analyze instance')
})

afterAll(async () => {
  await fixture.close()
  await database.drop()
})

async function explained(filter: Omit<InstanceFilter, 'accountId'>): Promise<string> {
  const repository = fixture.dataSource.getRepository(InstanceEntity)
  const [sql, parameters] = pageQuery(repository, { accountId: big, ...filter }, 201).getQueryAndParameters()
  const rows = await repository.query<{ 'QUERY PLAN': string }[]>(`explain (analyze, costs off) ${sql}`, parameters)
  return rows.map(row => row['QUERY PLAN']).join('\n')
}

test.each<[string, Omit<InstanceFilter, 'accountId'>, string]>([
  ['of all', {}, 'instance_account'],
  ['deep down', { afterId: 30_000 }, 'instance_account'],
  ['of an element', { elementKey: 'icontact' }, 'instance_element'],
  ['of an element that there is none of', { elementKey: 'other' }, 'Index Cond: ((account_id'],
  ['with a tag that all have', { tags: ['all'] }, 'instance_account'],
  ['with a rare tag', { tags: ['all', 'own31000'] }, 'instance_tags'],
  ['with a tag that nobody has', { tags: ['nobody'] }, 'instance_tags'],
])('a page %s reads no more than it needs of the account’s own', async (_what, filter, index) => {
  const plan = await explained(filter)
  expect(plan).toContain(index)
  expect(plan).not.toMatch(/Seq Scan|instance_pkey/)
  for (const [, passedBy] of plan.matchAll(/Rows Removed by Filter: (\d+)/g))
    expect(Number(passedBy)).toBeLessThan(1_000)
})

test.each<[string, string, RegExp]>([
  ['nobody has', 'nobody', /instance_search/],
  ['one has', 'ustomer 3100', /instance_search/],
  ['all have', 'customer', /account_id >= /],
  ['is too short for the index', '%_', /account_id >= /],
])('a text that %s is looked for where it may be, the account’s own instances at most', async (_what, text, index) => {
  const plan = await explained({ searchText: text })
  expect(plan).toMatch(index)
  expect(plan).not.toMatch(/Seq Scan|instance_pkey/)
  for (const [, passedBy] of plan.matchAll(/Rows Removed by (?:Filter|Index Recheck): (\d+)/g))
    expect(Number(passedBy)).toBeLessThanOrEqual(20_000)
})

test('without the extension, a text is looked for in the account’s own instances, one by one', async () => {
  await database.pool.query('alter index instance_search rename to taken_away')
  await database.pool.query('update pg_index set indisvalid = false where indexrelid = $1::regclass', ['taken_away'])
  const plan = await explained({ searchText: 'nobody' })
  expect(plan).not.toMatch(/Seq Scan|instance_pkey|taken_away/)
  expect(plan).toContain('account_id >= ')
})

test('pages are counted up to a bound', async () => {
  const repository = fixture.dataSource.getRepository(InstanceEntity)
  const count = (filter: Omit<InstanceFilter, 'accountId'>, most: number) =>
    countUpTo(repository, { accountId: big, ...filter }, most)
  expect(await count({}, 20_000)).toBe(20_000)
  expect(await count({}, 19_999)).toBeNull()
  expect(await count({ afterId: 39_000, tags: ['team7'] }, 1_000)).toBe(200)
  expect(await count({ elementKey: 'other' }, 1_000)).toBe(0)
})

test('where the extension may not be added, everything else is', async () => {
  const { pool, url } = database
  const name = `bare_${randomBytes(6).toString('hex')}`
  await pool.query(`create role ${name} login password 'bare'`)
  await pool.query(`create database ${name}`)
  const bare = new URL(url)
  bare.pathname = `/${name}`
  const owner = new pg.Pool({ connectionString: bare.href, max: 1 })
  owner.on('error', () => undefined)
  try {
    await owner.query(`grant create on schema public to ${name}`)
    Object.assign(bare, { username: name, password: 'bare' })
    await migrate(bare.href)
    const { rows } = await owner.query<{ indexname: string }>(
      `select indexname from pg_indexes where tablename = 'instance'`,
    )
    const names = rows.map(({ indexname }) => indexname)
    expect(names).toContain('instance_tags')
    expect(names).not.toContain('instance_search')
  } finally {
    await owner.end()
    await pool.query(`drop database ${name} with (force)`)
    await pool.query(`drop role ${name}`)
  }
})
