import { testDatabase, type TestDatabase } from '#test'
import type { NormalizedEvent } from '#events'
import { EventStore, isMissingPartition, type PlannedNotification } from '../storing/event-store.js'
import { dayOf, Partitions, type Retention } from './partitions.js'

const now = new Date('2026-11-20T12:00:00Z')
const retention: Retention = { eventDays: 2, idDays: 5, undeliveredDays: 0 }

let lastNotification = 0

function planned(id: string, text = ''): PlannedNotification {
  const event = {
    ...{ id, accountId: 1, instanceId: 1, objectType: 'contacts', objectId: 'c', eventType: 'CREATED' },
    ...{ source: 'webhook', raw: '{}' },
  } as NormalizedEvent
  const incoming = {
    event,
    head: Buffer.from('{"a":1'),
    raw: Buffer.from(JSON.stringify({ text })),
    appendedAt: Date.now(),
  }
  return { id: String(++lastNotification), events: [incoming], deliveries: [] }
}

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

  test('events that fit on a page twice are stored as they are, larger ones compressed', async () => {
    await partitions.ensure(now)
    const batch = [planned('small', 'x'.repeat(3_000)), planned('large', 'x'.repeat(30_000))]
    await new EventStore(db.pool).store(batch, dayOf(now), now)
    const { rows } = await db.pool.query(
      `select id, pg_column_compression(raw) is not null as compressed from event order by id`,
    )
    expect(rows).toEqual([
      { id: 'large', compressed: true },
      { id: 'small', compressed: false },
    ])
  })

  test('days past retention go, but none that an undelivered notification needs', async () => {
    await partitions.ensure(new Date('2026-11-14T00:00:00Z'), 8)
    await db.pool.query(
      `insert into delivery (id, notification_id, day, account_id, instance_id, subscription_id, lane_id, state,
                             created_at, due_at)
       values (1, 1, '2026-11-16', 1, 1, 1, 1, 'queued', now(), now())`,
    )
    await db.pool.query(`insert into event_key values ('old', '2026-11-14', 1, 1), ('known', '2026-11-15', 1, 2)`)
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

  test('intake goes on, never held up for long, while a reader keeps the old day from going', async () => {
    const today = new Date()
    await partitions.ensure(new Date(today.getTime() - 10 * 86_400_000), 12)
    const reader = await db.pool.connect()
    await reader.query('begin')
    await reader.query(`select * from event where day = $1`, [dayOf(today, -10)])
    let [stored, longest, isOver] = [0, 0, false]
    const intake = (async () => {
      const store = new EventStore(db.pool)
      while (!isOver) {
        const begun = Date.now()
        await store.store([planned(`e${++stored}`)], dayOf(today), today)
        longest = Math.max(longest, Date.now() - begun)
      }
    })()
    await partitions.expire(today, retention)
    isOver = true
    await intake
    await reader.query('commit')
    reader.release()
    // The lock is waited for two seconds for each of the tables; whoever came behind it would have waited, too.
    expect(longest).toBeLessThan(1_500)
    expect(stored).toBeGreaterThan(20)
  })

  test('a day that was detached, and not dropped since somebody read it, goes in the next round', async () => {
    await partitions.ensure(new Date('2026-11-14T00:00:00Z'), 8)
    await db.pool.query('alter table event detach partition event_p20261114')
    expect((await partitions.expire(now, retention)).dropped).toContain('event_p20261114')
    expect((await db.pool.query(`select to_regclass('event_p20261114') as table`)).rows).toEqual([{ table: null }])
  })

  test('a machine that slept for ten days has its days as soon as it looks, and stores', async () => {
    await partitions.ensure(new Date('2026-11-10T23:00:00Z'))
    const awake = new Date('2026-11-20T23:00:00Z')
    const store = () => new EventStore(db.pool).store([planned('first')], dayOf(awake), awake)
    const asleep = await store().catch((error: unknown) => error)
    expect(isMissingPartition(asleep)).toBe(true)
    await partitions.ensure(awake)
    expect(await store()).toEqual({ kind: 'stored', fresh: new Set(['first']) })
    const { dropped } = await partitions.expire(awake, retention)
    expect(dropped).toEqual(expect.arrayContaining(['event_p20261110', 'event_p20261112']))
  })

  test('records that could not be stored end with the events they would have become', async () => {
    const reject = (offset: number, at: string) =>
      db.pool.query(
        `insert into rejected_record (topic, partition, record_offset, key, value, error, rejected_at)
         values ('t', 0, $1, '', '', '', $2)`,
        [offset, at],
      )
    await reject(1, '2026-11-17T23:59:59Z')
    await reject(2, '2026-11-18T00:00:00Z')
    expect(await partitions.expire(now, { ...retention, eventDays: 0 })).toMatchObject({ forgotten: 0 })
    expect(await partitions.expire(now, retention)).toMatchObject({ forgotten: 1 })
    expect((await db.pool.query('select record_offset::int as at from rejected_record')).rows).toEqual([{ at: 2 }])
  })

  test('nothing is dropped where events are kept for good', async () => {
    await partitions.ensure(new Date('2026-11-14T00:00:00Z'))
    expect(await partitions.expire(now, { ...retention, eventDays: 0 })).toEqual({
      ...{ dropped: [], givenUp: 0, forgotten: 0 },
    })
  })
})
