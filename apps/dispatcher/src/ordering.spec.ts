import { DeliveryList } from '#deliveries'
import type { TestDatabase } from '#test'
import pg from 'pg'
import type { TestDispatcher } from './testing/dispatcher.js'
import { dispatcherFixture } from './testing/dispatcher-fixture.js'
import { anEvent } from './testing/events.js'
import type { Received } from './testing/receiver.js'
import { until } from './testing/until.js'

const inOrder = { 'event.notification.ordering': 'object' }
const seed = Number(process.env['TEST_SEED'] ?? Math.floor(Math.random() * 1e9))

describe(`an instance whose notifications keep the order of their objects (TEST_SEED=${seed})`, () => {
  const here = dispatcherFixture('test')
  const change = (objectId: string, more = {}) => anEvent({ objectId, ...more })
  const waiting = async () => (await new DeliveryList(here.db.pool).waiting(7)).items
  /** As if the schedule's waits had passed. */
  const passWaits = () =>
    here.db.pool.query(`update delivery set due_at = now() where state = 'due' and due_at > now()`)

  test('changes of an object follow one another at once, without waiting to be looked for', async () => {
    here.targets.to(1, here.receiver.url, inOrder)
    const dispatcher = await here.start()
    const changes = Array.from({ length: 25 }, () => change('a'))
    const begun = performance.now()
    await dispatcher.take(...changes)
    await here.receiver.count(25, 15_000)
    // Nobody looks by himself more often than every two seconds.
    expect(performance.now() - begun).toBeLessThan(15_000)
    expect(here.receiver.received.flatMap(idsIn)).toEqual(changes.map(({ id }) => id))
  }, 30_000)

  test('one that fails holds up its object and no other, until it is delivered', async () => {
    here.targets.to(1, here.receiver.url, inOrder)
    here.targets.to(2, here.receiver.url)
    here.receiver.reply = ({ body }) => ({
      status: body.includes('"stuck"') && body.includes('"instanceId":1') ? 503 : 200,
    })
    const dispatcher = await here.start()
    const [first, second] = [change('stuck'), change('stuck')]
    const other = change('free')
    // As many as share a callback of a poll run: it holds the stuck one too.
    const polled = { source: 'polling', pollDate: '2026-11-20T10:01:00.000Z', origin: 'run-1' } as const
    const both = [change('stuck', polled), change('bound', polled)]
    const bound = change('bound')
    await dispatcher.take(first, second, other, ...both, bound, change('stuck', { instanceId: 2 }))
    await here.receiver.count(3)
    await until(async () => expect((await waiting()).map(({ attempts }) => attempts)).toEqual([1, 0, 0, 0]))
    await dispatcher.take(change('free'), change('stuck', { instanceId: 2 }))
    await here.receiver.count(5)
    here.receiver.reply = () => ({ status: 200 })
    const before = here.receiver.received.length
    await passWaits()
    await here.receiver.count(before + 4)
    expect(here.receiver.received.slice(before).map(idsIn)).toEqual([
      [first.id],
      [second.id],
      both.map(({ id }) => id),
      [bound.id],
    ])
    await until(async () => expect(await waiting()).toEqual([]))
  }, 30_000)

  test('one that was given up is waited for until the queue is asked for', async () => {
    here.targets.to(1, here.receiver.url, inOrder)
    here.targets.policy = 'queue'
    const [first, second, third] = [change('a'), change('a'), change('a')]
    here.receiver.reply = ({ body }) => ({ status: body.includes(first.id) ? 422 : 200 })
    const dispatcher = await here.start()
    await dispatcher.take(first, second)
    await until(async () => expect((await waiting())[0]).toMatchObject({ status: 'queued', attempts: 1 }))
    await dispatcher.take(third)
    expect(here.receiver.received).toHaveLength(1)
    here.receiver.reply = () => ({ status: 200 })
    expect(await dispatcher.subscriptions.reactivate(7, { url: here.receiver.url })).toBeGreaterThan(0)
    await here.receiver.count(4)
    expect(here.receiver.received.slice(1).flatMap(idsIn)).toEqual([first.id, second.id, third.id])
  }, 30_000)

  test('what was queued while the subscription was inactive comes in its order once it is asked for, twice over', async () => {
    here.targets.to(1, here.receiver.url, inOrder)
    here.receiver.reply = () => ({ status: 410 })
    const [dispatcher, other] = [await here.start(), await here.start()]
    const log = Array.from({ length: 60 }, (_, at) => change(`object-${at % 3}`))
    await dispatcher.take(...log.slice(0, 30))
    await until(async () => expect((await waiting()).map(({ status }) => status)).toEqual(Array(30).fill('queued')))
    for (const event of log.slice(30)) await other.take(event)
    expect((await waiting()).map(({ status }) => status)).toEqual(Array(60).fill('queued'))
    // Asked for too early: as many as were under way are answered 410, and all of them are queued again.
    expect(await other.subscriptions.reactivate(7, { url: here.receiver.url })).toBe(60)
    await until(async () => {
      const [subscription] = await dispatcher.subscriptions.list(7, { instanceId: 1 })
      expect(subscription).toMatchObject({ active: false })
      expect((await waiting()).map(({ status }) => status)).toEqual(Array(60).fill('queued'))
    })
    await until(() => expect(dispatcher.lanes.underWay + other.lanes.underWay).toBe(0))
    here.receiver.reply = () => ({ status: 200 })
    const before = here.receiver.received.length
    expect(await other.subscriptions.reactivate(7, { url: here.receiver.url })).toBe(60)
    await until(async () => expect(await waiting()).toEqual([]))
    const came = here.receiver.received.slice(before).flatMap(idsIn)
    for (const nth of [0, 1, 2]) {
      const ids = log.filter(({ objectId }) => objectId === `object-${nth}`).map(({ id }) => id)
      expect(came.filter(id => ids.includes(id))).toEqual(ids)
    }
    expect((await here.db.pool.query('select 1 from ordered_object')).rowCount).toBe(0)
  }, 40_000)

  test('what is asked for while somebody locks the same rows in another order is sent all the same', async () => {
    here.targets.to(1, here.receiver.url, inOrder)
    here.targets.policy = 'queue'
    here.receiver.reply = () => ({ status: 422 })
    const dispatcher = await here.start()
    const changes = [change('a'), change('a'), change('b')]
    await dispatcher.take(...changes)
    await until(async () => expect((await waiting()).map(({ status }) => status)).toEqual(Array(3).fill('queued')))
    here.receiver.reply = () => ({ status: 200 })
    const before = here.receiver.received.length
    const client = await here.db.pool.connect()
    // The other one is to be the victim.
    await client.query(`begin; set local deadlock_timeout = '20 s'`)
    await client.query('select from delivery for update')
    const reactivating = dispatcher.subscriptions.reactivate(7, { url: here.receiver.url })
    const waits = `select from pg_locks where not granted`
    await until(async () => expect((await here.db.pool.query(waits)).rowCount).toBeGreaterThan(0))
    await client.query('select from subscription for update')
    await client.query('commit')
    client.release()
    expect(await reactivating).toBe(3)
    await here.receiver.count(before + 3)
    expect(here.receiver.received.slice(before).flatMap(idsIn)).toHaveLength(3)
  }, 30_000)

  test('a new URL gets what waited for the old one in the same order', async () => {
    const better = await here.another()
    here.receiver.reply = () => ({ status: 503 })
    here.targets.to(1, here.receiver.url, inOrder)
    const changes = Array.from({ length: 6 }, () => change('a'))
    const dispatcher = await here.start()
    await dispatcher.take(...changes)
    await until(async () => expect((await waiting())[0]).toMatchObject({ attempts: 1 }))
    here.targets.to(1, better.url, inOrder)
    const last = change('a')
    await dispatcher.take(last)
    await better.count(7)
    expect(better.received.flatMap(idsIn)).toEqual([...changes, last].map(({ id }) => id))
  }, 30_000)

  test('an order counts from when it is configured, and not for what comes once it no longer is', async () => {
    here.receiver.reply = () => ({ status: 503 })
    here.targets.to(1, here.receiver.url)
    const [before, first, second, after] = [change('a'), change('a'), change('a'), change('a')]
    const dispatcher = await here.start()
    await dispatcher.take(before)
    await here.receiver.count(1)
    here.targets.to(1, here.receiver.url, inOrder)
    await dispatcher.take(first)
    await here.receiver.count(2)
    await dispatcher.take(second)
    here.targets.to(1, here.receiver.url)
    await dispatcher.take(after)
    await here.receiver.count(3)
    expect(here.receiver.received.flatMap(idsIn)).toEqual([before.id, first.id, after.id])
    await until(async () => expect((await waiting()).map(({ attempts }) => attempts)).toEqual([1, 1, 0, 1]))
  }, 30_000)

  test('an instance without an order is stored, loaded and delivered by the same statements as ever', async () => {
    const position = 'select last_value, is_called from delivery_position'
    const { rows: drawn } = await here.db.pool.query(position)
    const named: string[] = []
    const { query: original } = here.db.pool
    const query = original.bind(here.db.pool) as (...given: unknown[]) => unknown
    const spy = (...given: unknown[]) => {
      named.push((given[0] as { name?: string }).name ?? '')
      return query(...given)
    }
    Object.assign(here.db.pool, { query: spy })
    here.targets.to(1, here.receiver.url)
    here.targets.to(2, here.receiver.url, inOrder)
    const dispatcher = await here.start()
    await dispatcher.take(...Array.from({ length: 20 }, () => change('a')))
    await here.receiver.count(20)
    await until(async () => expect(await waiting()).toEqual([]))
    expect(named).toContain('delivery_store')
    expect(named).not.toContain('delivery_put_behind')
    expect((await here.db.pool.query(position)).rows).toEqual(drawn)
    named.length = 0
    await dispatcher.take(change('a', { instanceId: 2 }))
    await here.receiver.count(21)
    expect(named).not.toContain('delivery_store')
    expect(named).toContain('delivery_put_behind')
    Object.assign(here.db.pool, { query: original })
  }, 30_000)

  test('with two dispatchers, random failures and the death of one, each object comes in the order of the log', async () => {
    const random = randomOf(seed)
    const below = (n: number) => Math.floor(random() * n)
    const other = await here.another()
    const flaky = () => ({ status: random() < 0.2 ? 503 : 200 })
    here.receiver.reply = flaky
    other.reply = flaky
    here.targets.to(1, here.receiver.url, inOrder)
    here.targets.to(2, other.url, inOrder)
    const log = Array.from({ length: 300 }, (_, at) => {
      const run = {
        source: 'polling',
        pollDate: '2026-11-20T10:01:00.000Z',
        origin: `run-${Math.floor(at / 12)}`,
      } as const
      return change(`object-${below(12)}`, { id: `log-${at}`, instanceId: 1 + below(2), ...(below(2) === 0 && run) })
    })
    const survivor = await here.start()
    const mortal = await mortalPool(here.db)
    const victim = await here.start(mortal.pool)
    // Each has a lane of its own, and reads what is of the other's.
    await victim.take(change('first', { id: 'log--2', instanceId: 1 }))
    await survivor.take(change('first', { id: 'log--1', instanceId: 2 }))
    const partitionOf = ({ objectId }: { objectId: string }) => Number(objectId.split('-')[1]) % 2
    let dead = false
    const read = async (partition: number, reader: () => TestDispatcher) => {
      const records = log.filter(event => partitionOf(event) === partition)
      for (let from = 0; from < records.length;) {
        const batch = records.slice(from, from + 1 + below(20))
        const outcome = await reader().take(...batch)
        if (outcome.kind === 'done') from += batch.length
        await new Promise(resolve => setTimeout(resolve, below(60)))
      }
    }
    const reading = Promise.all([read(0, () => survivor), read(1, () => (dead ? survivor : victim))])
    // While connections are being broken it may fail; it comes again.
    const hurry = setInterval(() => void passWaits().catch(() => undefined), 50)
    await until(() => expect(here.receiver.received.length).toBeGreaterThan(20))
    dead = true
    await mortal.kill()
    await here.db.pool.query('update dispatcher set leased_until = now() where id = $1', [victim.membership.id])
    await reading
    await until(async () => expect(await waiting()).toEqual([]), 40_000)
    clearInterval(hurry)
    for (const [instanceId, { received }] of [
      [1, here.receiver],
      [2, other],
    ] as const) {
      const sent = log.filter(event => event.instanceId === instanceId)
      const firsts = [...new Set(received.flatMap(idsIn))].filter(id => !id.startsWith('log--'))
      expect(firsts.length).toBe(sent.length)
      for (const objectId of new Set(sent.map(event => event.objectId))) {
        const ids = sent.filter(event => event.objectId === objectId).map(({ id }) => id)
        expect(firsts.filter(id => ids.includes(id))).toEqual(ids)
      }
    }
    expect((await here.db.pool.query('select 1 from ordered_object')).rowCount).toBe(0)
  }, 90_000)
})

function idsIn({ body }: Received): string[] {
  return (JSON.parse(body) as { message: { events: { id: string }[] } }).message.events.map(({ id }) => id)
}

/** A pool whose process can die: its connections break, and it gets no others. */
async function mortalPool(db: TestDatabase) {
  const pool = new pg.Pool({ connectionString: db.url, application_name: 'mortal', max: 8 })
  pool.on('error', () => undefined)
  pool.on('connect', client => client.on('error', () => undefined))
  const kill = async () => {
    pool.options.connectionString = 'postgres://127.0.0.1:1/nowhere'
    await db.pool.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'mortal'`)
  }
  return { pool, kill }
}

/** Mulberry32: the same numbers for the same seed. */
function randomOf(state: number): () => number {
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}
