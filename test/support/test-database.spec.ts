import { migrations } from '#database'
import { testDatabase } from '#test'

test('a test database is migrated, private and gone after drop', async () => {
  const [one, two] = await Promise.all([testDatabase(), testDatabase()])
  await one.pool.query('create table mine (id int)')
  const { rows } = await two.pool.query(`select to_regclass('mine') as table`)
  expect(rows).toEqual([{ table: null }])
  const { rowCount } = await two.pool.query('select 1 from migration')
  expect(rowCount).toBe(migrations.length)
  await one.drop()
  await expect(
    two.pool.query('select 1 from pg_database where datname = $1', [new URL(one.url).pathname.slice(1)]),
  ).resolves.toMatchObject({ rowCount: 0 })
  await two.drop()
})
