import { testDatabase, type TestDatabase } from '#test'
import { Partitions } from '../partitions/partitions.js'
import { over, type RunSql } from '../sql.js'
import { choose, count, type Chosen, type Cursor, type Selected } from './choose.js'

const dayMs = 86_400_000
const today = new Date(Math.floor(Date.now() / dayMs) * dayMs)
const yesterday = new Date(today.getTime() - dayMs)
const beginning: Cursor = { day: '-infinity', id: '0' }
const all: Selected = {
  ...{ accountId: 7, instanceId: 1, notificationIds: null, from: '-infinity', to: 'infinity' },
  ...{ objectType: null, undelivered: false, subscriptionId: null },
}

describe('what a replay sends', () => {
  let db: TestDatabase
  let run: RunSql

  beforeAll(async () => {
    db = await testDatabase()
    run = over(db.pool)
    await new Partitions(db.pool).ensure(yesterday, 3)
    // 20,000 notifications of two events each, on two days, half of them another instance's.
    const rows = `from generate_series(1, 20000) n,
      lateral (select ($1::timestamptz + n * interval '8 s') as at, n % 2 + 1 as instance) x`
    await db.pool.query(
      `insert into event select (x.at at time zone 'utc')::date, n, ordinal, 'e' || n || '-' || ordinal, 7, x.instance,
         case when n % 1000 = 1 then 'rare' else 'contacts' end, 'c', 'CREATED', x.at, '{}', '{}'
       ${rows}, generate_series(0, 1) ordinal`,
      [yesterday],
    )
    await db.pool.query(
      `insert into notification select (x.at at time zone 'utc')::date, n, 7, x.instance, 'webhook', x.at ${rows}`,
      [yesterday],
    )
    await db.pool.query(
      `insert into attempt select (x.at at time zone 'utc')::date, n, 1, 7, x.instance, 1, x.at, 5, 'delivered', 200
       ${rows} where n <= 19900`,
      [yesterday],
    )
    await db.pool.query('vacuum analyze')
  })
  afterAll(() => db.drop())

  const everything = async (selection: Selected, limit: number): Promise<Chosen[]> => {
    const found: Chosen[] = []
    for (let after = beginning; ;) {
      const { chosen, last, isEnd } = await choose(run, selection, after, limit)
      expect(chosen.length).toBeLessThanOrEqual(limit)
      found.push(...chosen)
      if (isEnd) return found
      after = last!
    }
  }
  const numbers = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, n) => from + n).filter(n => n % 2 === 0)
  const idsOf = (chosen: readonly Chosen[]) => chosen.map(({ id }) => Number(id))

  test('portions hold every notification once, in the order of storing, each with its own instant', async () => {
    const found = await everything(all, 700)
    expect(idsOf(found)).toEqual(numbers(1, 20_001))
    expect(found[0]).toEqual({
      ...{ day: yesterday.toISOString().slice(0, 10), id: '2', instanceId: 1 },
      createdAt: new Date(yesterday.getTime() + 16_000),
    })
    expect(await count(run, all)).toEqual({ notifications: 10_000, exact: true })
  })

  test('a range ends before its end, also at midnight', async () => {
    const from = new Date(yesterday.getTime() + 10_000 * 8_000)
    const range = { ...all, from: from.toISOString(), to: today.toISOString() }
    expect(idsOf(await everything(range, 150))).toEqual(numbers(10_000, 10_800))
    expect(await count(run, range)).toEqual({ notifications: 400, exact: true })
  })

  test('few that fit among many that don’t are found', async () => {
    const other = { ...all, instanceId: 2, objectType: 'rare' }
    expect(idsOf(await everything(other, 7))).toEqual(Array.from({ length: 20 }, (_, n) => n * 1_000 + 1))
    const undelivered = { ...all, undelivered: true }
    expect(idsOf(await everything(undelivered, 30))).toEqual(numbers(19_901, 20_001))
    expect((await everything({ ...undelivered, subscriptionId: '2' }, 1_000)).length).toBe(10_000)
  })

  test('those named by ids are the account’s alone', async () => {
    const named = { ...all, instanceId: null, notificationIds: ['7', '19999', '2', '99999'] }
    expect(idsOf(await everything(named, 2))).toEqual([2, 7, 19_999])
    expect(await everything({ ...named, accountId: 8 }, 2)).toEqual([])
  })

  test('a portion reads no more than it holds, however deep it lies', async () => {
    let plan = ''
    const explain: RunSql = async <Row>(text: string, values: unknown[]): Promise<Row[]> => {
      if (text.includes('pg_inherits')) return run<Row>(text, values)
      const lines = await run<{ 'QUERY PLAN': string }>(
        `explain (analyze, costs off, timing off, summary off) ${text}`,
        values,
      )
      plan = lines.map(line => line['QUERY PLAN']).join('\n')
      return []
    }
    await choose(explain, all, { day: today.toISOString().slice(0, 10), id: '15000' }, 100)
    expect(plan).not.toContain('Seq Scan on event_p'.concat(today.toISOString().slice(0, 10).replaceAll('-', '')))
    const read = [...plan.matchAll(/ on event_p\w+.*rows=(\d+)/g)].map(([, rows]) => Number(rows))
    expect(Math.max(...read)).toBeGreaterThan(0)
    expect(read.reduce((sum, rows) => sum + rows, 0)).toBeLessThan(400)
  })
})
