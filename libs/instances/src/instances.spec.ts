import { testDatabase, type TestDatabase } from '#test'
import type { Instance } from './instance.js'
import { Fixture } from './testing/fixture.js'

let database: TestDatabase
let fixture: Fixture

beforeAll(async () => {
  database = await testDatabase()
  fixture = await Fixture.open(database)
})

afterAll(async () => {
  await fixture.close()
  await database.drop()
})

async function outbox(instanceId: number): Promise<{ version: number; deleted: boolean }[]> {
  const sql = 'select version, deleted from outbox where instance_id = $1 order by id'
  return (await database.pool.query<{ version: number; deleted: boolean }>(sql, [instanceId])).rows
}

test('many are read in one statement, deleted ones included, and what has not changed is not decrypted again', async () => {
  const created = await Promise.all(Array.from({ length: 20 }, () => fixture.create()))
  const ids = created.map(({ id }) => id)
  const instances = fixture.instances()
  await instances.delete(ids[0]!)
  const query = jest.spyOn(database.pool, 'query')
  const open = jest.spyOn(fixture.vault, 'open')
  try {
    const first = await instances.byIds([...ids, ...ids, 999_999])
    expect([first.size, query.mock.calls.length, open.mock.calls.length]).toEqual([20, 1, 20])
    expect(first.get(ids[0]!)?.deletedAt).toBeInstanceOf(Date)
    expect(first.get(ids[1]!)).toMatchObject({ configuration: { 'oauth.user.token': 'tok' }, tags: ['a'] })
    const second = await instances.byIds(ids)
    expect([query.mock.calls.length, open.mock.calls.length]).toEqual([2, 20])
    expect(second).toEqual(first)
  } finally {
    query.mockRestore()
    open.mockRestore()
  }
})

test('a change made by another process is seen by the next read', async () => {
  const { id } = await fixture.create()
  const here = fixture.instances()
  await here.byId(id)
  await fixture.instances().update(id, { configuration: { 'event.notification.callback.url': 'https://new.example' } })
  expect((await here.byId(id))?.configuration).toEqual({ 'event.notification.callback.url': 'https://new.example' })
  await fixture.instances().delete(id)
  expect((await here.byId(id))?.deletedAt).toBeInstanceOf(Date)
})

test('reads that overlap with changes never end with an older instance than one they saw', async () => {
  const { id } = await fixture.create()
  const here = fixture.instances()
  const seen: number[] = []
  const reading = (async () => {
    for (let at = 0; at < 100; at++) seen.push((await here.byId(id))!.version)
  })()
  for (let at = 0; at < 20; at++) await fixture.instances().update(id, { name: `Name ${at}` })
  await reading
  expect(seen).toEqual([...seen].sort((a, b) => a - b))
  expect((await here.byId(id))?.name).toBe('Name 19')
})

test('every change is in the outbox, with a higher version; token renewals are nobody else’s business', async () => {
  const { id } = await fixture.create()
  const instances = fixture.instances()
  await instances.update(id, { name: 'Renamed' })
  await instances.update(id, { configuration: { 'oauth.user.token': 'new' } }, { quiet: true })
  await instances.delete(id)
  expect(await instances.delete(id)).toBe(false)
  expect(await instances.update(id, { name: 'Too late' })).toBeNull()
  expect(await outbox(id)).toEqual([
    { version: 1, deleted: false },
    { version: 2, deleted: false },
    { version: 4, deleted: true },
  ])
})

test('a revision counts what clients change: not renewed tokens, nor what the vendor tells of itself', async () => {
  const { id, revision } = await fixture.create()
  const instances = fixture.instances()
  await instances.update(id, { configuration: { 'oauth.user.token': 'new' } }, { quiet: true })
  await instances.update(id, { identity: { workspace: 'w', variables: {} } })
  await instances.update(id, () => null)
  expect(await instances.byId(id)).toMatchObject({ revision, version: 3 })
  await instances.update(id, { configuration: { 'oauth.user.token': 'another' } })
  expect(await instances.update(id, { traceLogging: true })).toMatchObject({ revision: revision + 2, version: 5 })
  expect(await instances.delete(id, current => current.revision === revision)).toBe(false)
  expect(await instances.delete(id, current => current.revision === revision + 2)).toBe(true)
})

test('an instance and what listens to its changes change together or not at all', async () => {
  const { id } = await fixture.create()
  const instances = fixture.instances()
  const heard: Instance[] = []
  instances.onChange(async (manager, instance) => {
    heard.push(instance)
    await manager.query(`insert into company (name, organization_secret_hash) values ('side', $1)`, [Buffer.from('x')])
    throw new Error('the listener fails')
  })
  await expect(instances.update(id, { name: 'Lost' })).rejects.toThrow('the listener fails')
  expect(heard).toMatchObject([{ name: 'Lost', version: 2 }])
  expect(await fixture.instances().byId(id)).toMatchObject({ name: 'Mine', version: 1 })
  expect(await outbox(id)).toHaveLength(1)
  const { rowCount } = await database.pool.query(`select 1 from company where name = 'side'`)
  expect(rowCount).toBe(0)
})

test('secrets that are copied into another row do not open', async () => {
  const [mine, theirs] = await Promise.all([fixture.create(), fixture.create()])
  await database.pool.query(
    'update instance set secrets = (select secrets from instance where id = $1), version = 2 where id = $2',
    [theirs.id, mine.id],
  )
  await expect(fixture.instances().byId(mine.id)).rejects.toThrow(`instance:${mine.id}:secrets`)
})

test('a notification of another workspace goes to the account’s instances of that client and workspace alone', async () => {
  const enabled = { 'event.notification.enabled': 'true', 'oauth.api.secret': 's' }
  const webhook = { ...enabled, 'event.vendor.type': 'webhook', 'oauth.api.key': 'client' }
  const inB = { identity: { workspace: 'b', variables: {} } }
  const wanted = await fixture.create({ configuration: webhook, ...inB })
  await fixture.create({ configuration: webhook, identity: { workspace: 'a', variables: {} } })
  await fixture.create({ configuration: { ...webhook, 'oauth.api.key': 'other' }, ...inB })
  await fixture.create({ configuration: { ...webhook, 'event.vendor.type': 'polling' }, ...inB })
  const deleted = await fixture.create({ configuration: webhook, ...inB })
  const instances = fixture.instances()
  await instances.delete(deleted.id)
  const { accountId } = fixture.account
  const ids = async (...route: Parameters<typeof instances.routed>) =>
    (await instances.routed(...route)).map(({ id }) => id)
  expect(await ids(accountId, 'intercom', 'client', 'b')).toEqual([wanted.id])
  expect(await ids(accountId, 'intercom', 'client', 'c')).toEqual([])
  expect(await ids(accountId + 1, 'intercom', 'client', 'b')).toEqual([])
  expect(await ids(accountId, 'intercom', null, 'b')).toEqual([])
})

test('the routing look-up uses its index', async () => {
  const client = await database.pool.connect()
  try {
    await client.query('set enable_seqscan = off')
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(
      `explain select 1 from instance where account_id = 1 and element_key = 'intercom'
       and oauth_client_hash = '\\x00' and workspace = 'b' and deleted_at is null`,
    )
    expect(rows.map(row => row['QUERY PLAN']).join('\n')).toContain('instance_route')
  } finally {
    client.release(true)
  }
})

test('a door key stands only for an instance whose webhooks nothing verifies', async () => {
  const open = await fixture.create({ configuration: { 'event.vendor.type': 'webhook' } })
  const closed = await fixture.create({ configuration: { 'oauth.api.secret': 's' } })
  const instances = fixture.instances()
  expect(closed.doorKey).toBeUndefined()
  expect(await instances.byDoorKey(open.doorKey ?? '')).toMatchObject({ id: open.id })
  expect(await instances.byDoorKey('another')).toBeNull()
  expect(await instances.update(open.id, { configuration: { 'event.vendor.signature.key': 'k' } })).not.toHaveProperty(
    'doorKey',
  )
})
