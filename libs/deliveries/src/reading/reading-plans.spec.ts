import { testDatabase, type TestDatabase } from '#test'
import pg from 'pg'
import { Partitions } from '../partitions/partitions.js'
import { Dispositions } from './dispositions.js'
import { EventCounts } from './event-counts.js'
import { Events } from './events.js'

const dayMs = 86_400_000
const today = new Date(Math.floor(Date.now() / dayMs) * dayMs)
const daysAgo = (days: number) => new Date(today.getTime() - days * dayMs)

describe('what reads events, among many days of them', () => {
  let db: TestDatabase
  let plan: string
  let pool: pg.Pool

  beforeAll(async () => {
    db = await testDatabase()
    await new Partitions(db.pool).ensure(daysAgo(3), 4)
    // 10,000 a day, of 50 accounts with 10 instances each; a notification has one attempt.
    const rows = `from generate_series(1, 40000) n, lateral (
      select ($1::timestamptz + (n - 1) * interval '8.64 s') as at, n % 50 + 1 as account, n % 500 + 1 as instance) x`
    await db.pool.query(
      `insert into event select (x.at at time zone 'utc')::date, n, 0, 'e' || n, x.account, x.instance, 'contacts', 'c',
         'CREATED', x.at, '{}', '{}' ${rows}`,
      [daysAgo(3)],
    )
    await db.pool.query(
      `insert into notification
       select (x.at at time zone 'utc')::date, n, x.account, x.instance, 'webhook', x.at ${rows}`,
      [daysAgo(3)],
    )
    await db.pool.query(
      `insert into attempt select (x.at at time zone 'utc')::date, n, 1, x.account, x.instance, 1, x.at, 5, 'delivered', 200
       ${rows}`,
      [daysAgo(3)],
    )
    await db.pool.query('vacuum analyze')
    pool = new pg.Pool({ connectionString: db.url, max: 1 })
    const query = pool.query.bind(pool) as (text: string, values: unknown[]) => Promise<pg.QueryResult>
    const explain = async (text: string, values: unknown[]) => {
      const { rows: lines } = await query(`explain (analyze, costs off, timing off, summary off) ${text}`, values)
      plan = (lines as { 'QUERY PLAN': string }[]).map(line => line['QUERY PLAN']).join('\n')
      return { rows: [] }
    }
    Object.defineProperty(pool, 'query', { value: explain })
  })
  afterAll(async () => {
    await pool.end()
    await db.drop()
  })

  /** The day partitions of a table that were looked into. */
  const daysRead = (table: string) => {
    const scans = plan.split('\n').filter(line => line.includes(` on ${table}_p`) && !line.includes('never executed'))
    return new Set(scans.map(line => /_p(\d{8}) /.exec(line)?.[1])).size
  }
  const nothingIsReadWhole = () => expect(plan).not.toMatch(/Seq Scan on (event|attempt|notification)/)

  test('a page of a list reads one page, however deep it lies', async () => {
    const day = daysAgo(2).toISOString().slice(0, 10)
    await new Events(pool).ofInstance(7, { limit: 5, after: { day, notificationId: '15000', ordinal: '0' } })
    nothingIsReadWhole()
    expect(plan).toMatch(/Index (Only )?Scan Backward using event_p\d+_instance_id_day.* \(actual rows=6/)
    expect(daysRead('event')).toBe(1)
  })

  test('a filter looks into the index, not at the events', async () => {
    await new Events(pool).ofInstance(7, { objectType: 'tickets', from: daysAgo(2), to: daysAgo(1) })
    nothingIsReadWhole()
    expect(plan).toContain('Index Only Scan Backward using event_p')
    expect(daysRead('event')).toBe(1)
  })

  test('counting reads indexes of the days that are asked for, and no event', async () => {
    const counting = { accountId: 7, from: daysAgo(1), to: today, interval: 'hour' as const }
    const counts = new EventCounts(pool)
    for (const count of [
      () => counts.ofAccount(counting),
      () => counts.judged(counting),
      () => counts.perInstance(counting, 100),
    ]) {
      await count()
      nothingIsReadWhole()
      expect(plan).toMatch(/Index Only Scan using event_p\d+_account_id/)
      expect(plan).not.toMatch(/(Index|Heap) Scan .*on event_p/)
      expect(daysRead('event')).toBe(1)
    }
  })

  test('dispositions are found from the last attempt on', async () => {
    const after = { toMs: today.getTime(), triedAt: daysAgo(2).toISOString(), notificationId: '1', ordinal: '0' }
    await new Dispositions(pool).ofAccount(7, { limit: 5, after })
    nothingIsReadWhole()
    expect(plan).toMatch(/Index Scan Backward using attempt_p\d+_account_id/)
    expect(plan).not.toMatch(/Rows Removed by (Join )?Filter: \d{3,}/)
  })
})
