import { testDatabase, type TestDatabase } from '#test'
import { despiteDeadlocks } from './deadlock.js'
import { inTransaction } from './transaction.js'

let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
  await db.pool.query('create table counted (id integer, n integer default 0)')
  await db.pool.query('insert into counted values (1), (2)')
})
afterAll(() => db.drop())

test('two that want the same rows in different orders both get them', async () => {
  let arrived = 0
  let bothHere = () => {}
  const both = new Promise<void>(resolve => (bothHere = resolve))
  let oneEnded = () => {}
  const one = new Promise<void>(resolve => (oneEnded = resolve))
  let tries = 0
  const add = (...ids: number[]) =>
    despiteDeadlocks(() =>
      inTransaction(db.pool, async client => {
        // Again only once the other is through: it might be overtaken, and meet this one a second time.
        if (++tries > 2) await one
        for (const [nth, id] of ids.entries()) {
          await client.query('update counted set n = n + 1 where id = $1', [id])
          if (nth === 0 && ++arrived === 2) bothHere()
          if (nth === 0) await both
        }
      }),
    ).then(oneEnded)
  await Promise.all([add(1, 2), add(2, 1)])
  expect((await db.pool.query('select n from counted')).rows).toEqual([{ n: 2 }, { n: 2 }])
  expect(tries).toBe(3)
})

test('other failures are passed on at once, and deadlocks without end in the end', async () => {
  let tries = 0
  const failing = (code: string) =>
    despiteDeadlocks(() => {
      tries++
      return Promise.reject(Object.assign(new Error(code), { code }))
    })
  await expect(failing('23505')).rejects.toThrow('23505')
  expect(tries).toBe(1)
  await expect(failing('40P01')).rejects.toThrow('40P01')
  expect(tries).toBe(6)
})
