import pg from 'pg'
import { testDatabase, type TestDatabase } from '#test'
import { done, Reading } from '../conformance/reading.js'
import { dropDays, ensureDays } from './days.js'
import { PostgresEventLog } from './postgres-event-log.js'

let database: TestDatabase
let log: PostgresEventLog
let client: pg.Client

beforeEach(async () => {
  database = await testDatabase()
  log = new PostgresEventLog({ pool: database.pool, directUrl: database.url })
  client = new pg.Client({ connectionString: database.url })
  await client.connect()
  await log.ensureTopics(['t'])
})
afterEach(async () => {
  await log.close()
  await client.end()
  await database.drop()
})

test('days are made ahead, by several processes at once, and an append makes its own where none did', async () => {
  await Promise.all([ensureDays(database.pool), ensureDays(database.pool), ensureDays(database.pool)])
  expect(await days()).toHaveLength(5)
  for (const table of await days()) await client.query(`drop table ${table}`)
  await log.publish('t', [{ key: 'a', value: 'appended' }])
  expect(await days()).toHaveLength(5)
})

test('records that fit on a page twice are stored as they are, larger ones compressed', async () => {
  await log.publish('t', [
    { key: 'a', value: 'x'.repeat(3_000) },
    { key: 'b', value: 'x'.repeat(30_000) },
  ])
  const { rows } = await client.query(
    `select convert_from(key, 'UTF8') as key, pg_column_compression(value) is not null as compressed
     from event_log_record order by key`,
  )
  expect(rows).toEqual([
    { key: 'a', compressed: false },
    { key: 'b', compressed: true },
  ])
})

test('a day is dropped when it is old and every group has read it, and not before', async () => {
  await log.publish('t', [{ key: 'a', value: 'old' }])
  const subscription = await log.subscribe({ topics: ['t'], readers: 'group', group: 'slow' }, async () => ({
    kind: 'retry',
    why: 'not yet',
  }))
  await makeOld(10)
  expect(await dropDays(client, 11)).toEqual([])
  expect(await dropDays(client, 7)).toEqual([])
  await subscription.close()

  const reading = new Reading(async () => done)
  await (await read(reading, ['old'])).close()
  expect(await dropDays(client, 7)).toHaveLength(1)
  expect(await days()).toHaveLength(5)

  await log.publish('t', [{ key: 'a', value: 'new' }])
  await (await read(reading, ['new'])).close()
})

test('what a group is to read is kept, even if it has never come', async () => {
  await log.ensureTopics(['e.events.x', 'e.instances'])
  await log.publish('e.instances', [{ key: 'a', value: 'read by nobody in a group' }])
  await makeOld(10)
  expect(await dropDays(client, 7, { group: 'g', topicPrefix: 'e.events.' })).toHaveLength(1)
  await log.publish('e.events.x', [{ key: 'a', value: 'unread' }])
  await makeOld(9)
  expect(await dropDays(client, 7, { group: 'g', topicPrefix: 'e.events.' })).toEqual([])
  expect(await dropDays(client, 7)).toHaveLength(1)
})

test('a record that was accepted earlier keeps that time, in a day of now', async () => {
  const accepted = Date.parse('2026-01-02T03:04:05Z')
  await log.publish('t', [
    { key: 'a', value: 'spooled', timestamp: accepted },
    { key: 'a', value: 'new' },
  ])
  const reading = new Reading()
  await (await read(reading, ['spooled', 'new'])).close()
  const [spooled, fresh] = reading.records
  expect(spooled?.timestamp).toBe(accepted)
  expect(fresh?.timestamp).toBeGreaterThan(accepted)
  const { rows } = await client.query(`select distinct day > '2026-01-02' as "isNew" from event_log_record`)
  expect(rows).toEqual([{ isNew: true }])
})

test('only what was appended until then is erased, of one key or of all that begin so', async () => {
  const old = Date.now() - 60_000
  const records = ['1:contacts:a', '1:contacts:a', '1:contacts:b', '12:contacts:a']
  await log.publish(
    't',
    records.map(key => ({ key, value: 'x', timestamp: old })),
  )
  await log.publish('t', [{ key: '1:contacts:a', value: 'later' }])
  const before = new Date(Date.now() - 1_000)
  expect(await log.erase({ key: '1:contacts:a', before })).toBe(2)
  expect(await log.erase({ keyPrefix: '1:', before })).toBe(1)
  expect((await client.query('select from event_log_record')).rowCount).toBe(2)
})

test('a reader goes on past what was erased', async () => {
  await log.publish('t', [
    { key: '1:contacts:a', value: 'erased' },
    { key: '1:contacts:a', value: 'erased too' },
    { key: '12:contacts:b', value: 'kept' },
  ])
  expect(await log.erase({ keyPrefix: '1:' })).toBe(2)
  const reading = new Reading()
  await (await read(reading, ['kept'])).close()
  expect(await log.remaining('slow', ['t'])).toBe(0)
  expect(reading.values).toEqual(['kept'])
})

test('a fetch reads what it returns and no more, also where a day is too young for statistics', async () => {
  await log.publish('t', [{ key: 'a', value: 'first' }])
  const fetch = `select record_offset from event_log_read(array(select id from event_log_partition), $1, 100, 1e9::bigint)`
  const from = Array.from({ length: 12 }, () => 0)
  // The plan is made, and kept, while there is next to nothing.
  for (let i = 0; i < 10; i++) await client.query({ name: 'fetch', text: fetch, values: [from] })
  await log.publish(
    't',
    Array.from({ length: 6_000 }, (_, i) => ({ key: `key-${i}`, value: 'x'.repeat(200) })),
  )
  const before = await rowsRead()
  expect((await client.query({ name: 'fetch', text: fetch, values: [from] })).rowCount).toBe(100)
  expect((await rowsRead()) - before).toBeLessThan(250)
})

/** Rows of the log that this session has read so far, by whatever way. */
async function rowsRead(): Promise<number> {
  await client.query('select pg_stat_force_next_flush()')
  const { rows } = await client.query<{ rows: string }>(
    `select sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) as rows from pg_stat_user_tables
     where relname ~ '^event_log_record_'`,
  )
  return Number(rows[0]?.rows)
}

async function read(reading: Reading, values: string[]): Promise<{ close(): Promise<void> }> {
  const subscription = await log.subscribe({ topics: ['t'], readers: 'group', group: 'slow' }, reading.handler)
  await reading.has(values)
  return subscription
}

async function days(): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select inhrelid::regclass::text as name from pg_inherits where inhparent = 'event_log_record'::regclass order by 1`,
  )
  return rows.map(({ name }) => name)
}

/** Lets today's records be of a day that long ago. */
async function makeOld(ago: number): Promise<void> {
  const { rows } = await client.query<{ day: string }>(
    `select ((now() at time zone 'UTC')::date - ${ago})::text as day`,
  )
  const day = rows[0]?.day ?? ''
  const table = `event_log_record_${day.replaceAll('-', '')}`
  await client.query(`create table ${table} partition of event_log_record
    for values from ('${day}') to (date '${day}' + 1)`)
  await client.query(`update event_log_record set day = '${day}'`)
}
