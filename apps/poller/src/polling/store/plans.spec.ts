import { testDatabase, type TestDatabase } from '#test'
import pg from 'pg'
import type { Claim, DueResource } from '../claims.js'
import { PostgresSchedule } from './postgres-schedule.js'
import * as statements from './statements.js'

const small = 1_000
const large = 100_000

let database: TestDatabase
/** Plans once and for all, as PostgreSQL does with what is prepared and run often. */
let generic: pg.Client
let schedule: PostgresSchedule

beforeAll(async () => {
  database = await testDatabase()
  // A hundred thousand instances that nobody looks at would only take their time.
  await database.pool.query(`alter table polled_instance drop constraint polled_instance_instance_id_fkey`)
  await database.pool.query(`alter table polled_resource drop constraint polled_resource_instance_id_fkey`)
  schedule = new PostgresSchedule(database.pool, 'me', 60_000)
  generic = new pg.Client({ connectionString: database.url, options: '-c plan_cache_mode=force_generic_plan' })
  await generic.connect()
})

afterAll(async () => {
  await generic.end()
  await database.drop()
})

/** That many instances; all of them due, or those of the next interval. */
async function fleet(instances: number, due: 'all' | 'some'): Promise<void> {
  await database.pool.query('truncate polled_instance, polled_resource, polled_object, poll_run, poll_run_resource')
  const at = due === 'all' ? `now()` : `now() + (n - 500) * interval '9 ms'`
  await database.pool.query(
    `insert into polled_instance (instance_id, account_id, enabled, due_at)
     select n, 1, true, ${at} from generate_series(1, $1) n`,
    [instances],
  )
  await database.pool.query(
    `insert into polled_resource (instance_id, resource, next_due, since_ms, watermark_ms)
     select n, 'contacts', ${at}, 0, 0 from generate_series(1, $1) n`,
    [instances],
  )
}

/** Pages of tables and indexes that a statement reads or writes, and how it finds them; nothing of it stays. */
async function explained({ text }: { text: string }, values: unknown[]): Promise<{ pages: number; plan: string }> {
  await generic.query('begin')
  const { rows } = await generic.query<{ 'QUERY PLAN': string }>(
    `explain (analyze, buffers, timing off) ${text}`,
    values,
  )
  await generic.query('rollback')
  const plan = rows.map(row => row['QUERY PLAN']).join('\n')
  // The first line is the whole statement's.
  return { pages: pagesOf(/Buffers: shared.*/.exec(plan)?.[0] ?? ''), plan }
}

function pagesOf(buffers: string): number {
  return [...buffers.matchAll(/(?:hit|read)=(\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0)
}

const first = JSON.stringify({ start: 0 })
const claim = (since: number | null = null) => explained(statements.claimDue, [16, 'me', 60_000, first, since])

function settle({ instanceId, epoch }: Claim, resource: string, runId: string) {
  return explained(statements.settle, [
    ...[instanceId, epoch, 60_000, resource, runId, null, 1, 0, 0, [], [], [], 0, '{}', 900_000, 0, false, null],
    ...[false, 'done', 0],
  ])
}

describe('what a poll costs doesn’t depend on how many instances there are', () => {
  test.each(['all', 'some'] as const)('%s of them due: a claim', async due => {
    await fleet(small, due)
    await database.pool.query('vacuum analyze polled_instance, polled_resource')
    const few = await claim()
    await fleet(large, due)
    await database.pool.query('vacuum analyze polled_instance, polled_resource')
    const many = await claim()
    for (const { plan } of [few, many]) {
      expect(plan).toContain('Index Scan using polled_instance_due')
      expect(plan).toContain('Index Scan using polled_resource_pkey')
    }
    expect(many.plan).not.toContain('Seq Scan')
    // An index of a hundred times the rows is a level deeper.
    expect(many.pages).toBeLessThan(few.pages * 1.5)
  })

  test('nor on what past polls have left behind: only a look now and then meets it', async () => {
    await fleet(small, 'all')
    // Nothing can be vacuumed while somebody looks at how it was.
    const backup = await database.pool.connect()
    await backup.query('begin isolation level repeatable read; select count(*) from polled_instance')
    try {
      for (let hours = 24; hours > 0; hours--) {
        await database.pool.query(`update polled_instance set due_at = now() - $1 * interval '1 hour'`, [hours])
      }
      await database.pool.query('update polled_instance set due_at = now()')
      const looking = async (since: number | null) => {
        const [, , buffers] = /Index Scan using polled_instance_due(.*\n)*?.*(Buffers: .*)/.exec(
          (await claim(since)).plan,
        )!
        return pagesOf(buffers!)
      }
      expect(await looking(null)).toBeGreaterThan(300)
      expect(await looking(Date.now() - 60_000)).toBeLessThan(60)
    } finally {
      await backup.query('commit')
      backup.release()
    }
    await fleet(large, 'some')
    await database.pool.query('vacuum analyze polled_instance, polled_resource')
  })

  test('settling, going on and letting go read an instance’s own rows', async () => {
    const [claimed] = await schedule.claimDue(1)
    const [{ resource, runId }] = claimed!.due as unknown as [DueResource]
    const { instanceId, epoch } = claimed!
    const plans = [
      await settle(claimed!, resource, runId),
      await explained(statements.begin, [instanceId, epoch, 60_000, first]),
      await explained(statements.keep, [[instanceId], [epoch], 60_000]),
      await explained(statements.hold, [instanceId, epoch]),
      await explained(statements.letGo, [instanceId, 0]),
      await explained(statements.checkpoint, [
        ...[instanceId, epoch, 60_000, resource, runId, first, 1, 0, 0, ['1'], ['h']],
      ]),
    ]
    for (const { plan, pages } of plans) {
      expect(plan).not.toMatch(/Seq Scan on polled_/)
      expect(pages).toBeLessThan(150)
    }
  })
})
