import { testDatabase, type TestDatabase } from '#test'
import { Partitions, type Retention } from './partitions.js'

const now = new Date('2026-11-20T12:00:00Z')
const retention: Retention = { eventDays: 2, idDays: 5, undeliveredDays: 0 }

describe('partitions', () => {
  let db: TestDatabase
  let partitions: Partitions

  beforeEach(async () => {
    db = await testDatabase()
    partitions = new Partitions(db.pool)
  })
  afterEach(() => db.drop())

  const days = async (table: string) => {
    const { rows } = await db.pool.query<{ name: string }>(
      `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
       where i.inhparent = $1::regclass order by 1`,
      [table],
    )
    return rows.map(({ name }) => name.replace(`${table}_p202611`, ''))
  }

  test('days are made ahead, once, however many processes make them', async () => {
    await Promise.all([partitions.ensure(now), new Partitions(db.pool).ensure(now), partitions.ensure(now)])
    expect(await days('event')).toEqual(['20', '21', '22'])
    await partitions.ensure(new Date('2026-11-21T00:00:01Z'))
    expect(await days('attempt')).toEqual(['20', '21', '22', '23'])
  })

  test('days past retention go, but none that an undelivered notification needs', async () => {
    await partitions.ensure(new Date('2026-11-14T00:00:00Z'), 8)
    await db.pool.query(
      `insert into delivery (id, notification_id, day, account_id, instance_id, subscription_id, lane_id, state,
                             created_at, due_at)
       values (1, 1, '2026-11-16', 1, 1, 1, 1, 'queued', now(), now())`,
    )
    await db.pool.query(`insert into event_key values ('old', '2026-11-14'), ('known', '2026-11-15')`)
    await partitions.expire(now, retention)
    expect(await days('event')).toEqual(['16', '18', '19', '20', '21'])
    // Its attempts may have been made on any day since.
    expect(await days('attempt')).toEqual(['16', '17', '18', '19', '20', '21'])
    expect((await db.pool.query('select id from event_key')).rows).toEqual([{ id: 'known' }])
  })

  test('with a setting that says so, undelivered notifications are given up and counted', async () => {
    await partitions.ensure(new Date('2026-11-16T00:00:00Z'), 5)
    await db.pool.query(
      `insert into delivery (id, notification_id, day, account_id, instance_id, subscription_id, lane_id, state,
                             created_at, due_at)
       values (1, 1, '2026-11-16', 1, 1, 1, 1, 'queued', now(), now())`,
    )
    expect(await partitions.expire(now, { ...retention, undeliveredDays: 3 })).toMatchObject({ givenUp: 1 })
    expect(await days('event')).toEqual(['18', '19', '20'])
  })

  test('a day that somebody is reading is left to the next round, and inserts go on', async () => {
    await partitions.ensure(new Date('2026-11-14T00:00:00Z'), 8)
    const reader = await db.pool.connect()
    await reader.query('begin')
    await reader.query('select * from event_p20261114')
    const dropping = partitions.expire(now, retention)
    await db.pool.query(
      `insert into event values ('2026-11-20', 1, 0, 'e', 1, 1, 'contacts', 'c', 'CREATED', now(), '{}', '{}')`,
    )
    const { dropped } = await dropping
    await reader.query('commit')
    reader.release()
    expect(dropped).not.toContain('event_p20261114')
    expect(dropped).toContain('notification_p20261114')
    await partitions.expire(now, retention)
    expect(await days('event')).toEqual(['18', '19', '20', '21'])
    expect((await db.pool.query(`select to_regclass('event_p20261114') as table`)).rows).toEqual([{ table: null }])
  })

  test('nothing is dropped where events are kept for good', async () => {
    await partitions.ensure(new Date('2026-11-14T00:00:00Z'))
    expect(await partitions.expire(now, { ...retention, eventDays: 0 })).toEqual({
      ...{ dropped: [], givenUp: 0, forgotten: 0 },
    })
  })
})
