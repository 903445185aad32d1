import { testDatabase, type TestDatabase } from '#test'
import pg from 'pg'
import { PostgresEventLog } from './postgres-event-log.js'

describe('while the tables of the log are locked', () => {
  let db: TestDatabase
  beforeAll(async () => (db = await testDatabase()), 30_000)
  afterAll(() => db.drop())

  test('publishes and probes of a process that has just started leave connections to others', async () => {
    const pool = new pg.Pool({ connectionString: db.url, max: 4 })
    const log = new PostgresEventLog({ pool })
    await log.ensureTopics(['t'])
    const locking = await db.pool.connect()
    await locking.query('begin')
    await locking.query('lock table event_log_partition in access exclusive mode')
    const published = Array.from({ length: 20 }, (_, n) => log.publish('t', [{ key: `k${n}`, value: 'v' }]))
    const probed = Array.from({ length: 20 }, () => log.probe(['t']))
    const counted = pool.query<{ n: number }>('select 1 as n')
    await expect(Promise.race([counted, Promise.race([...published, ...probed])])).resolves.toMatchObject({
      rows: [{ n: 1 }],
    })
    await locking.query('commit')
    locking.release()
    await Promise.all([...published, ...probed])
    await expect(log.probe(['another'])).rejects.toThrow('another')
    await log.close()
    await pool.end()
  }, 20_000)
})
