import { testDatabase, type TestDatabase } from '#test'
import pg from 'pg'
import { DueDeliveries } from './lanes/load-due.js'
import { LaneOwnership } from './lanes/ownership.js'
import { Outcomes, type AttemptOutcome } from './outcomes/outcomes.js'
import { dayOf, Partitions } from './partitions/partitions.js'
import { DeliveryList } from './reading/delivery-list.js'
import { Events } from './reading/events.js'
import { EventStore, type PlannedNotification } from './storing/event-store.js'
import type { IncomingEvent } from './storing/read-record.js'

/** Explains what is run over it, as a prepared statement that PostgreSQL has stopped planning anew. */
class ExplainingPool extends pg.Pool {
  readonly plans = new Map<string, string>()

  explain = async (statement: { name?: string; text: string; values?: unknown[] } | string, values?: unknown[]) => {
    const { text, values: given = [] } = typeof statement === 'string' ? { text: statement, values } : statement
    const name = (typeof statement === 'string' ? undefined : statement.name) ?? text.trim().slice(0, 40)
    const explained = await super.query(`explain (costs off) ${text}`, given)
    this.plans.set(name, (explained.rows as { 'QUERY PLAN': string }[]).map(row => row['QUERY PLAN']).join('\n'))
    return { rows: [], rowCount: 0 }
  }
}

const day = dayOf(new Date())

describe('the statements of the hot path', () => {
  let db: TestDatabase
  let pool: ExplainingPool

  beforeAll(async () => {
    db = await testDatabase()
    await new Partitions(db.pool).ensure(new Date(Date.now() - 86_400_000))
    // Statistics of a full system: a busy lane, many events, and everything else small.
    await db.pool.query(
      `insert into lane (account_id, url, url_hash) select 1, n::text, sha256(n::text::bytea) from generate_series(1, 5000) n`,
    )
    await db.pool.query(
      `insert into subscription (account_id, instance_id, element_key, lane_id, url)
       select 1, n, 'intercom', n, n::text from generate_series(1, 5000) n`,
    )
    await db.pool.query(
      `insert into event select '${day}', n, 0, 'e' || n, 1, n % 200 + 1, 'contacts', 'c', 'CREATED', now(), '{}', '{}'
       from generate_series(1, 30000) n`,
    )
    await db.pool.query(
      `insert into event_key select 'e' || n, '${day}', n % 200 + 1, n from generate_series(1, 30000) n`,
    )
    await db.pool.query(
      `insert into notification select '${day}', n, 1, n % 200 + 1, 'webhook', now() from generate_series(1, 30000) n`,
    )
    await db.pool.query(
      `insert into attempt select '${day}', n, 1, 1, 1, 1, now(), 5, 'delivered', 200 from generate_series(1, 30000) n`,
    )
    await db.pool.query(
      `insert into delivery (id, notification_id, day, account_id, instance_id, subscription_id, lane_id, state,
                             created_at, due_at)
       select n, n, '${day}', 1, n % 200 + 1, n % 200 + 1, n % 200 + 1, 'due', now(), now() from generate_series(1, 20000) n`,
    )
    const today = ['event', 'notification', 'attempt'].map(table => `${table}_p${day.replaceAll('-', '')}`)
    await db.pool.query(`vacuum analyze event_key, delivery, lane, subscription, ${today.join()}`)
    pool = new ExplainingPool({ connectionString: db.url, options: '-c plan_cache_mode=force_generic_plan', max: 1 })
    Object.defineProperty(pool, 'query', { value: pool.explain })
  })
  afterAll(async () => {
    await pool.end()
    await db.drop()
  })

  const planOf = (name: string) => pool.plans.get(name) ?? ''

  test('due deliveries are found by index, and so are their events', async () => {
    await new DueDeliveries(pool).load([{ laneId: '1', room: 10 }], ['1'])
    await new DueDeliveries(pool).untilNext(['1'])
    expect(planOf('delivery_load')).toContain('delivery_due')
    expect(planOf('delivery_load')).not.toMatch(/Seq Scan on (delivery|subscription|event)/)
    expect(planOf('delivery_next')).not.toContain('Seq Scan')
  })

  test('a batch is stored without a loop over a loop', async () => {
    await new EventStore(pool).store([], day, new Date())
    const plan = planOf('delivery_store')
    expect(plan.match(/hashed SubPlan/g)).toHaveLength(3)
    expect(plan).not.toMatch(/CTE Scan on incoming.*\n.*Join/)
    expect(plan).not.toContain('Seq Scan')
  })

  test('a batch is stored by a plan that is kept, however many events it has', async () => {
    const once = new pg.Pool({ connectionString: db.url, max: 1 })
    const store = new EventStore(once)
    for (let batch = 0; batch < 10; batch++) {
      const events = Array.from({ length: 1 + batch }, (_, nth) => aNotification(1_000_000 + batch * 100 + nth))
      expect(await store.store(events, day, new Date())).toMatchObject({ kind: 'stored' })
    }
    const { rows } = await once.query<{ kept: boolean }>(
      `select generic_plans > 0 as kept from pg_prepared_statements where name = 'delivery_store'`,
    )
    expect(rows).toEqual([{ kept: true }])
    await once.end()
  })

  test('what keeps an order is stored, and looked at, by index', async () => {
    await new DueDeliveries(pool).putBehind(['1'])
    expect(planOf('delivery_put_behind')).not.toMatch(/Seq Scan on (delivery|ordered_object)/)
    expect(planOf('delivery_put_behind')).toContain('Index Scan Backward using ordered_object_pkey')
    const query = (statement: string | { name: string; text: string }) =>
      typeof statement === 'string' || statement.name === 'subscription_keep'
        ? Promise.resolve({ rows: [], rowCount: 1 })
        : pool.explain(statement)
    const inTransaction = { connect: async () => ({ query, release: () => undefined }) } as unknown as pg.Pool
    const delivery = { id: '2', subscriptionId: '1', laneId: '1', state: 'due' as const }
    const planned = { id: '1', ordered: true, events: [anIncoming] as const, deliveries: [delivery] }
    await new EventStore(inTransaction).store([planned], day, new Date())
    const plan = planOf('delivery_store_ordered')
    expect(plan).toContain('Index Scan Backward using ordered_object_pkey')
    expect(plan).not.toMatch(/Seq Scan on (delivery|ordered_object)|Join Filter/)
  })

  test('outcomes touch only their own rows', async () => {
    const delivered = { ...anOutcome, decision: { kind: 'delivered' } } as AttemptOutcome
    await new Outcomes(pool).record([delivered], day)
    expect(planOf('outcome_delivered')).toContain('Index Scan using delivery_pkey on delivery')
  })

  test('an account’s deliveries are listed by index, however many there are', async () => {
    const lists = new ExplainingPool({ connectionString: db.url, max: 1 })
    Object.defineProperty(lists, 'query', { value: lists.explain })
    const list = new DeliveryList(lists)
    const planAfter = async (page: Promise<unknown>) => {
      await page
      return [...lists.plans.values()].at(-1) ?? ''
    }
    const every = { limit: 200, after: '100' }
    expect(await planAfter(list.waiting(1, { ...every, status: 'queued' }))).toContain('delivery_queued')
    expect(await planAfter(list.waiting(1, { ...every, status: 'retry' }))).toContain('delivery_retried')
    // All that waits is like this here, so any index in the order of ids will do.
    expect(await planAfter(list.waiting(1, { ...every, status: 'created' }))).not.toMatch(/Sort|Seq Scan/)
    const plans = [
      await planAfter(list.waiting(1, every)),
      await planAfter(list.waiting(1, { ...every, subscriptionId: '1', status: 'queued' })),
      await planAfter(list.events([])),
    ]
    for (const plan of plans) expect(plan).not.toMatch(/Seq Scan on (delivery|event)|Hash Join/)
    const position = { startedAt: new Date(), subscriptionId: '1', notificationId: '1' }
    for (const filter of [{ limit: 200 }, { limit: 200, after: position }]) {
      const plan = await planAfter(list.delivered(1, filter))
      expect(plan).toMatch(/Index Scan Backward using attempt_\w*account\w* on attempt/)
      expect(plan).not.toContain('Seq Scan')
    }
    await lists.end()
  })

  test('plans made while nothing waited still serve when much does', async () => {
    await db.pool.query('delete from delivery')
    await db.pool.query('vacuum analyze delivery')
    await new DueDeliveries(pool).load([{ laneId: '1', room: 10 }], ['1'])
    await new Outcomes(pool).record([{ ...anOutcome, decision: { kind: 'delivered' } }], day)
    for (const name of ['delivery_load', 'outcome_delivered'])
      expect(planOf(name)).not.toContain('Seq Scan on delivery')
  })

  test('an event is found by its id on its day', async () => {
    await new Events(pool).byId('e1')
    await new Events(pool).ofInstance(1)
    for (const plan of pool.plans.values()) expect(plan).not.toMatch(/Seq Scan on (event|event_key|attempt|delivery)/)
  })

  test('lanes are taken over by index', async () => {
    await new LaneOwnership(pool).takeWanted('1', 64)
    expect(planOf('lane_take_wanted')).toMatch(/lane_wanted/)
  })
})

const anIncoming: IncomingEvent = {
  head: Buffer.from('{"a":1'),
  raw: Buffer.from('{}'),
  appendedAt: 0,
  event: {
    ...{ id: 'x', instanceId: 1, instanceName: 'I', instanceTags: [], accountId: 1, companyId: 1, userId: 1 },
    ...{ elementKey: 'intercom', hubKey: 'marketing', objectType: 'contacts', objectId: 'c', eventType: 'UPDATED' },
    ...{ date: '2026-11-20T10:00:00.000Z', source: 'webhook', origin: 'o', raw: '{}' },
  },
}

/** A notification of one event that nobody subscribes to. */
function aNotification(id: number): PlannedNotification {
  const event = { ...anIncoming.event, id: `n${id}` }
  return { id: String(id), events: [{ ...anIncoming, event }], deliveries: [] }
}

const anOutcome = {
  deliveryId: '1',
  notificationId: '1',
  subscriptionId: '1',
  accountId: 1,
  instanceId: 1,
  laneId: '1',
  epoch: 1,
  number: 1,
  startedAt: new Date(),
  durationMs: 5,
  firstAttemptAt: new Date(),
  status: 200,
  error: null,
  answer: null,
}
