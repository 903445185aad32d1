import { testDatabase, type TestDatabase } from '#test'
import type { Pool } from 'pg'
import { objectHash, type ToldChange } from './told-change.js'
import { ToldChanges, type Remembered } from './told-changes.js'

let database: TestDatabase
let told: ToldChanges

beforeAll(async () => {
  database = await testDatabase()
  told = new ToldChanges(database.pool)
})

afterAll(() => database.drop())
beforeEach(() => database.pool.query(`truncate told_change; delete from erased`))

const today = '2026-11-21'

function change(objectId: string, more: Partial<ToldChange> = {}): ToldChange {
  const object = objectHash('contacts', objectId)
  return { instanceId: 1, object, changedAt: 1_768_033_204, deleted: false, polled: false, ...more }
}

function remembered(objectId: string, more: Partial<Remembered> = {}): Remembered {
  const { instanceId = 1 } = more
  return { ...change(objectId, more), key: `${instanceId}:contacts:${objectId}`, appendedAt: Date.now(), ...more }
}

async function toldOf(objectId: string, more: Partial<ToldChange> = {}): Promise<boolean | undefined> {
  return (await told.look([change(objectId, { polled: true, ...more })]))[0]?.told
}

test('looks a page up at once, and answers in its order', async () => {
  await told.remember([remembered('a'), remembered('c')], today)
  const page = ['a', 'b', 'c', 'a'].map((id, at) =>
    change(id, { polled: true, changedAt: 1_768_033_204 + (at > 2 ? 1 : 0) }),
  )
  expect(await told.look(page)).toEqual([
    { told: true, object: true },
    { told: false, object: false },
    { told: true, object: true },
    { told: false, object: true },
  ])
  expect(await told.look([])).toEqual([])
})

test('what the same side told, and what another instance was told, is no match', async () => {
  await told.remember([remembered('a', { polled: true }), remembered('b', { instanceId: 2 })], today)
  expect(await toldOf('a')).toBe(false)
  expect(await toldOf('b')).toBe(false)
})

test('the same again changes nothing', async () => {
  await told.remember([remembered('a')], today)
  await told.remember([remembered('a')], today)
  expect((await database.pool.query(`select 1 from told_change`)).rowCount).toBe(1)
})

test('erased is what is remembered of an object, or of an instance', async () => {
  await told.remember([remembered('a'), remembered('b'), remembered('c'), remembered('a', { instanceId: 2 })], today)
  expect(await told.forget(1, { objectType: 'contacts', objectId: 'a' })).toBe(1)
  expect([await toldOf('a'), await toldOf('b')]).toEqual([false, true])
  expect(await told.forget(1, null)).toBe(2)
  expect([await toldOf('b'), await toldOf('a', { instanceId: 2 })]).toEqual([false, true])
})

test('of what was erased since it was appended, nothing is remembered', async () => {
  const erase = (key: string, object: (string | null)[]) =>
    database.pool.query(
      `insert into erased (account_id, instance_id, object_type, object_id, key) values (1, 1, $2, $3, $1)`,
      [Buffer.from(key), ...object],
    )
  const appendedAt = Date.now() - 60_000
  await erase('1:contacts:a', ['contacts', 'a'])
  await erase('2:', [null, null])
  await told.remember(
    [
      remembered('a', { appendedAt }),
      remembered('b', { appendedAt }),
      remembered('b', { instanceId: 2, appendedAt }),
      remembered('c', { instanceId: 2, appendedAt: Date.now() + 60_000 }),
    ],
    today,
  )
  expect([await toldOf('a'), await toldOf('b')]).toEqual([false, true])
  expect([await toldOf('b', { instanceId: 2 }), await toldOf('c', { instanceId: 2 })]).toEqual([false, true])
})

test('days past are forgotten', async () => {
  await told.remember([remembered('a')], '2026-10-21')
  await told.remember([remembered('b')], today)
  await told.expire(today)
  expect([await toldOf('a'), await toldOf('b')]).toEqual([false, true])
})

test('however much is remembered, a page is looked up by the index', async () => {
  await database.pool.query(`
    insert into told_change select 1 + n % 20, hashtextextended(n::text, 0), false, n, false, '2026-11-21'
    from generate_series(1, 40000) n`)
  await database.pool.query(`analyze told_change`)
  const asked: { text: string; values: unknown[] }[] = []
  const pool = {
    query(statement: { text: string; values: unknown[] }) {
      asked.push(statement)
      return database.pool.query(statement)
    },
  }
  const page = Array.from({ length: 150 }, (_, n) => change(String(n), { polled: true, deleted: n % 2 === 0 }))
  await new ToldChanges(pool as unknown as Pool).look(page)
  const [{ text, values } = { text: '', values: [] }] = asked
  const { rows } = await database.pool.query<Record<string, string>>(`explain (costs off) ${text}`, values)
  const plan = rows.flatMap(row => Object.values(row)).join('\n')
  expect(plan).toMatch(/told_change_pkey/)
  expect(plan).not.toMatch(/Seq Scan/)
})
