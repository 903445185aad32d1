import pg from 'pg'
import { testDatabase, type TestDatabase } from '#test'
import { inTransaction } from './transaction.js'

let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
  await db.pool.query('create table kept (n integer)')
})
afterAll(() => db.drop())

test('what was thrown is rolled back, and its connection goes on', async () => {
  const failing = inTransaction(db.pool, async client => {
    await client.query('insert into kept values (1)')
    throw new Error('on second thoughts')
  })
  await expect(failing).rejects.toThrow('on second thoughts')
  expect((await db.pool.query('select from kept')).rowCount).toBe(0)
})

test('a connection that does not answer is given up at once, and another one takes its place', async () => {
  const pool = new pg.Pool({ connectionString: db.url, max: 1, query_timeout: 500 })
  pool.on('error', () => undefined)
  const began = Date.now()
  await expect(inTransaction(pool, client => client.query('select pg_sleep(20)'))).rejects.toThrow('timeout')
  // A rollback would stand in line behind the statement, for a second time-out and more.
  await expect(pool.query('select 1')).resolves.toMatchObject({ rowCount: 1 })
  expect(Date.now() - began).toBeLessThan(5_000)
  await pool.end()
})
