import { Accounts } from '#instances'
import { testDatabase, type TestDatabase } from '#test'
import { Fixture } from '../../../../libs/instances/src/testing/fixture.js'
import { listing, PolledResources, type ResourceFilter } from './polled-resources.js'
import { troubles, type Trouble } from './trouble.js'

const instances = 100_000

let database: TestDatabase
let fixture: Fixture
let resources: PolledResources
let big: number
/** Has every hundredth instance. */
let small: number

beforeAll(async () => {
  database = await testDatabase()
  fixture = await Fixture.open(database)
  resources = new PolledResources(database.pool)
  const { accountId, companyId, userId } = fixture.account
  big = accountId
  const query = (sql: string, values: unknown[] = []) => database.pool.query(sql, values)
  small = (await new Accounts(fixture.dataSource).create()).accountId
  await query(
    `insert into instance (id, account_id, company_id, user_id, element_key, name, configuration, secrets, token_hash,
                           door_key_hash, identity, events)
     select n, case when n % 100 = 0 then $4::integer else $1::integer end, $2, $3, 'intercom', 'x', '{}', '', int4send(n), int4send(n), '{}',
            'polling'
     from generate_series(1, $5::integer) n`,
    [accountId, companyId, userId, small, instances],
  )
  await query(
    `insert into polled_instance (instance_id, account_id, enabled, due_at, not_before)
     select id, account_id, true, now() + interval '10 minutes' - case when id = 41001 then interval '20 minutes' else '0' end,
            case when id % 20000 = 1 then now() + interval '1 hour' when id % 3 = 0 then now() - interval '1 day' end
     from instance`,
  )
  await query(
    `insert into polled_resource (instance_id, resource, next_due, since_ms, watermark_ms, read_until, failures, overrunning,
                                  paused_at)
     select id, resource, now() + interval '10 minutes' - case when id = 41001 then interval '20 minutes' else '0' end, 0, 0,
            now() - interval '5 minutes', (id % 5000 = 1)::integer, id % 7000 = 1,
            case when id % 9000 = 1 then now() end
     from instance, unnest('{contacts,conversations}'::text[]) resource`,
  )
  await query('vacuum analyze instance, polled_instance, polled_resource')
}, 120_000)

afterAll(async () => {
  await fixture.close()
  await database.drop()
})

async function explained(accountId: number, filter: Partial<ResourceFilter> = {}): Promise<string> {
  const { troubles: asked, minLagSeconds = null, after } = filter
  const { rows } = await database.pool.query<{ 'QUERY PLAN': string }>(
    `explain (analyze, costs off) ${listing(asked)}`,
    [accountId, after?.instanceId ?? 0, after?.resource ?? '', null, null, null, minLagSeconds, 201],
  )
  return rows.map(row => row['QUERY PLAN']).join('\n')
}

/** How many rows the statement looked at in vain. */
function inVain(plan: string): number {
  return [...plan.matchAll(/Rows Removed by (?:Filter|Join Filter|Index Recheck): (\d+)/g)].reduce(
    (sum, [, removed]) => sum + Number(removed),
    0,
  )
}

const tables = /Seq Scan on (?:polled_resource|polled_instance|instance|poll_run)/
const finders: Record<Trouble, RegExp> = {
  paused: /polled_resource_troubled/,
  failing: /polled_resource_troubled/,
  overrunning: /polled_resource_troubled/,
  throttled: /polled_instance_not_before/,
  overdue: /polled_instance_due/,
}

test.each([...troubles])('of 100,000 instances, those that are %s are found by an index of few', async trouble => {
  const plan = await explained(big, { troubles: [trouble] })
  expect(plan).toMatch(finders[trouble])
  expect(plan).not.toMatch(tables)
  expect(inVain(plan)).toBeLessThan(500)
})

test('a page of all, of any trouble, and one deep down read no more than they need', async () => {
  const pages = [{}, { troubles }, { after: { instanceId: 90_000, resource: 'contacts' } }]
  for (const filter of pages) {
    const plan = await explained(big, filter)
    expect(plan).not.toMatch(tables)
    expect(inVain(plan)).toBeLessThan(500)
  }
  for (const filter of pages) {
    const plan = await explained(small, filter)
    expect(plan).not.toMatch(tables)
    expect(inVain(plan)).toBeLessThan(5_000)
  }
})

test('what lags is looked for among the account’s own only', async () => {
  expect(await resources.list(big, { minLagSeconds: 3_600, limit: 201 })).toEqual([])
  const plan = await explained(small, { minLagSeconds: 3_600 })
  expect(plan).not.toMatch(tables)
  expect(inVain(plan)).toBeLessThanOrEqual((2 * instances) / 100)
})

test('where everything of the others fails, a small account finds its own at once', async () => {
  await database.pool.query(
    'update polled_resource set failures = 1 where instance_id % 100 <> 0 or instance_id % 10000 = 0',
  )
  await database.pool.query('analyze polled_resource')
  const started = performance.now()
  expect(await resources.list(small, { troubles, limit: 201 })).toHaveLength(20)
  expect(await resources.list(big, { troubles: ['failing'], limit: 201 })).toHaveLength(201)
  expect(performance.now() - started).toBeLessThan(2_000)
})
