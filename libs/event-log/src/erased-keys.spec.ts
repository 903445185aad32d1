import { testDatabase, type TestDatabase } from '#test'
import { withoutErased } from './erased-keys.js'

let database: TestDatabase

beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.drop())

test('what was accepted before its object or instance was erased is left out, and nothing else', async () => {
  const erase = (instance: number, object: string | null, at: string) =>
    database.pool.query(
      `insert into erased (account_id, instance_id, object_type, object_id, key, erased_at)
       values (1, $1, $2, $3, $4, $5)`,
      [instance, object && 'contacts', object, Buffer.from(`${instance}:${object ? `contacts:${object}` : ''}`), at],
    )
  await erase(1, 'a', '2026-11-20T10:00:00Z')
  await erase(1, 'a', '2026-11-20T12:00:00Z')
  await erase(2, null, '2026-11-20T10:00:00Z')
  const at = (time: string) => Date.parse(`2026-11-20T${time}Z`)
  const records = [
    { key: '1:contacts:a', timestamp: at('11:00:00') },
    { key: '1:contacts:a', timestamp: at('12:00:01') },
    { key: '1:contacts:b', timestamp: at('09:00:00') },
    { key: '2:contacts:a', timestamp: at('10:00:00') },
    { key: '2:contacts:a', timestamp: at('10:00:01') },
    { key: '21:contacts:a', timestamp: at('09:00:00') },
    { key: 'not one of ours', timestamp: at('09:00:00') },
  ]
  expect(await withoutErased(database.pool, records)).toEqual([1, 2, 4, 5, 6].map(index => records[index]))
})
