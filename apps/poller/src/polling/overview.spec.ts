import { Metrics } from '#platform'
import { testDatabase, type TestDatabase } from '#test'
import { Overview, standing } from './overview.js'

let database: TestDatabase

beforeAll(async () => {
  database = await testDatabase()
  // A hundred thousand instances that nobody looks at would only take their time.
  await database.pool.query(`alter table polled_instance drop constraint polled_instance_instance_id_fkey`)
})

afterAll(() => database.drop())

/** Instances with a resource each, all of them well. */
async function fleet(instances: number): Promise<void> {
  await database.pool.query('truncate polled_instance cascade')
  await database.pool.query(
    `insert into polled_instance (instance_id, account_id, enabled, due_at, not_before)
     select n, 1, true, now() + interval '5 minutes', case when n % 3 = 0 then now() - interval '1 day' end
     from generate_series(1, $1) n`,
    [instances],
  )
  await database.pool.query(
    `insert into polled_resource (instance_id, resource, next_due, since_ms, watermark_ms)
     select instance_id, 'contacts', due_at, 0, 0 from polled_instance`,
  )
}

test('how all that is polled stands is asked for once, however many metrics show it, and again after 15 s', async () => {
  await fleet(3)
  const [one, two, disabled] = [1, 2, 3]
  const set = (table: string, changes: string, id: number) =>
    database.pool.query(`update ${table} set ${changes} where instance_id = $1`, [id])
  await set('polled_resource', 'paused_at = now(), failures = 100, overrunning = true', one)
  await set('polled_resource', 'failures = 2, overrunning = true', two)
  await set('polled_instance', `not_before = now() + interval '1 hour', due_at = now() + interval '1 hour'`, two)
  await set('polled_instance', `due_at = now() - interval '100 s'`, one)
  await set('polled_resource', 'paused_at = now(), failures = 5, overrunning = true', disabled)
  await set('polled_instance', `enabled = false, due_at = null, not_before = now() + interval '1 hour'`, disabled)

  let time = 0
  const asked = jest.spyOn(database.pool, 'query')
  const overview = new Metrics()
  new Overview(database.pool, () => time).show(overview, () => 7)
  const look = async () => {
    const shown = await overview.registry.getMetricsAsJSON()
    return Object.fromEntries(
      shown.filter(({ name }) => name.startsWith('tributary_')).map(({ name, values }) => [name, values[0]!.value]),
    )
  }
  const seen = await look()
  expect(seen).toMatchObject({
    ...{ tributary_poll_busy: 7, tributary_poll_paused_resources: 1, tributary_poll_failing_resources: 1 },
    ...{ tributary_poll_overrunning_resources: 1, tributary_poll_throttled_instances: 1 },
  })
  expect(seen['tributary_poll_overdue_seconds']).toBeGreaterThanOrEqual(100)
  time = 14_999
  expect(await look()).toEqual(seen)
  expect(asked).toHaveBeenCalledTimes(1)
  time = 15_000
  asked.mockRejectedValue(new Error('away') as never)
  expect((await look())['tributary_poll_paused_resources']).toBeNaN()
  expect(asked).toHaveBeenCalledTimes(2)
  asked.mockRestore()
})

test('at 100,000 instances that costs no more than what is wrong', async () => {
  await fleet(100_000)
  await database.pool.query('update polled_resource set failures = 1 where instance_id % 2000 = 0')
  await database.pool.query(
    `update polled_instance set not_before = now() + interval '1 hour' where instance_id % 5000 = 0`,
  )
  await database.pool.query('vacuum analyze polled_instance, polled_resource')
  const { rows } = await database.pool.query<{ 'QUERY PLAN': string }>(`explain (analyze, buffers) ${standing.text}`)
  const plan = rows.map(row => row['QUERY PLAN']).join('\n')
  expect(plan).not.toContain('Seq Scan')
  for (const index of ['polled_resource_troubled', 'polled_instance_not_before', 'polled_instance_due']) {
    expect(plan).toContain(index)
  }
})
