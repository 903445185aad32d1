import { testDatabase, type TestDatabase } from '#test'
import { Accounts } from '../accounts/accounts.js'
import type { Instance, NewInstance } from '../instance.js'
import type { Instances } from '../instances.js'
import { Fixture } from '../testing/fixture.js'
import { InstanceFinder, matchingSql } from './instance-finder.js'
import { readFinder, signsIn } from './signs.js'

let database: TestDatabase
let fixture: Fixture
let instances: Instances
let finder: InstanceFinder

beforeAll(async () => {
  database = await testDatabase()
  fixture = await Fixture.open(database)
  instances = fixture.instances()
  finder = new InstanceFinder(fixture.pool, instances, fixture.connectors)
  instances.onChange((manager, instance) => finder.sync(manager, instance))
})

afterAll(async () => {
  await fixture.close()
  await database.drop()
})

const events = { 'event.notification.enabled': 'true', 'event.vendor.type': 'webhooks' }

function create(configuration: Record<string, string>, change: Partial<NewInstance> = {}): Promise<Instance> {
  return instances.create(fixture.draft({ configuration: { ...events, ...configuration }, ...change }))
}

async function found(body: unknown, workspace: string | null = null, limit = 100): Promise<number[]> {
  return (await finder.matching({ elementKey: 'intercom', body, workspace }, limit)).map(({ id }) => id)
}

test('an instance is found by what its finder points at, and so are all others that it fits', async () => {
  const byName = {
    'github.organization': 'acme',
    'event.notification.instance.finder': 'github.organization|org.login',
  }
  const [one, two] = [await create(byName), await create(byName)]
  await create({ ...byName, 'github.organization': 'other' })
  await create({ ...byName, 'event.notification.instance.finder': 'github.organization|org.name' })
  expect(await found({ org: { login: 'acme' } })).toEqual([one.id, two.id])
  expect(await found({ org: { login: 'ACME' } })).toEqual([])
  expect(await found({ login: 'acme' })).toEqual([])
  expect(
    await finder.matching({ elementKey: 'icontact', body: { org: { login: 'acme' } }, workspace: null }, 9),
  ).toEqual([])
})

test('the path leads through lists, and numbers are compared as texts', async () => {
  const { id } = await create({ shop: '4711', 'event.notification.instance.finder': ' shop | $.orders.1.shop ' })
  expect(await found({ orders: [{ shop: 1 }, { shop: 4711 }] })).toEqual([id])
  expect(await found({ orders: [{ shop: 4711 }] })).toEqual([])
})

test('an instance is found by its workspace', async () => {
  const { id } = await create({}, { identity: { workspace: 'w-1', variables: {} } })
  expect(await found({}, 'w-1')).toEqual([id])
  expect(await found({ app_id: 'w-1' }, null)).toEqual([])
})

test('what an instance is found by changes with it', async () => {
  const finding = (org: string) => ({ ...events, org, 'event.notification.instance.finder': 'org|org' })
  const { id } = await create(finding('first'))
  await instances.update(id, { configuration: finding('second') })
  expect([await found({ org: 'first' }), await found({ org: 'second' })]).toEqual([[], [id]])
  await instances.update(id, { configuration: { ...finding('second'), 'event.vendor.type': 'polling' } })
  expect(await found({ org: 'second' })).toEqual([])
})

test('a secret is nothing to be found by', async () => {
  await create({ 'api.password': 'hunter2', 'event.notification.instance.finder': 'api.password|key' })
  expect(await found({ key: 'hunter2' })).toEqual([])
})

test('each account has its first instance before any has its second, and deleted ones come last', async () => {
  const org = { org: 'crowded', 'event.notification.instance.finder': 'org|org' }
  const many = [await create(org), await create(org), await create(org)]
  const { accountId, companyId, userId } = await new Accounts(fixture.dataSource).create()
  const other = await create(org, { accountId, companyId, userId })
  await instances.delete(many[0]!.id)
  const [gone, first, second] = many.map(({ id }) => id)
  expect(await found({ org: 'crowded' })).toEqual([first, other.id, second, gone])
  expect(await found({ org: 'crowded' }, null, 2)).toEqual([first, other.id])
})

test('where finders look in very many places, what stands near a body’s top is found all the same', async () => {
  const { id } = await create({ org: 'deep', 'event.notification.instance.finder': 'org|z.org' })
  const filler = { a: { a: Array.from({ length: 50_000 }, (_, n) => ({ n })) } }
  expect(await found({ ...filler, z: { org: 'deep' } })).toEqual([id])
  const places = `insert into instance_sign select 'intercom', sha256(('p' || n)::bytea), account_id, false, instance_id, 'p.' || n
                  from instance_sign, generate_series(1, 200) n where instance_id = $1`
  await database.pool.query(places, [id])
  expect(await found({ ...filler, z: { org: 'deep' } })).toEqual([id])
})

test('what one account has very many of is neither read whole nor in another’s way', async () => {
  const org = { org: 'flooded', 'event.notification.instance.finder': 'org|org' }
  const many = await create(org)
  const { accountId, companyId, userId } = await new Accounts(fixture.dataSource).create()
  const other = await create(org, { accountId, companyId, userId })
  await database.pool.query(
    `with copy as (
       insert into instance (account_id, company_id, user_id, element_key, name, configuration, secrets, token_hash, door_key_hash, events)
       select account_id, company_id, user_id, element_key, name, configuration, secrets,
              sha256(('t' || n)::bytea), sha256(('d' || n)::bytea), events
       from instance, generate_series(1, 20000) n where id = $1 returning id)
     insert into instance_sign select element_key, sign, account_id, deleted, copy.id, path from instance_sign, copy where instance_id = $1`,
    [many.id],
  )
  await database.pool.query('analyze instance_sign')
  await database.pool.query('analyze instance_sign')
  expect(await found({ org: 'flooded' }, null, 2)).toEqual([many.id, other.id])
  const signs = signsIn({ org: 'flooded', rest: Array.from({ length: 1_000 }, (_, n) => n) }, null, null)
  const { rows } = await database.pool.query<{ 'QUERY PLAN': string }>(`explain analyze ${matchingSql}`, [
    ...['intercom', signs, 10],
  ])
  const plan = rows.map(row => row['QUERY PLAN']).join('\n')
  expect(plan).not.toContain('Seq Scan')
  const most = Math.max(...[...plan.matchAll(/actual time=\S+ rows=([\d.]+)/g)].map(([, count]) => Number(count)))
  expect(most).toBeLessThan(3_000)
})

test.each([undefined, null, '', 'org', 'org|', '|path', 'a|b|c', 'org|$', `org|${'x'.repeat(257)}`])(
  '%p is no finder',
  text => {
    expect(readFinder(text)).toBeNull()
  },
)
