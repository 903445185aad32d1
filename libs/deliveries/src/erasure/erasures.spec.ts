import { setTimeout as sleep } from 'node:timers/promises'
import type { NormalizedEvent } from '#events'
import { testDatabase, type TestDatabase } from '#test'
import { dayOf, Partitions } from '../partitions/partitions.js'
import { Events } from '../reading/events.js'
import { EventStore } from '../storing/event-store.js'
import type { ErasedObject, Erasure } from './erasure.js'
import { Erasures } from './erasures.js'
import { byIndex, listed } from './statements.js'

let db: TestDatabase
let erasures: Erasures
let events: Events
let lastNotification = 0

beforeAll(async () => {
  db = await testDatabase()
  erasures = new Erasures(db.pool)
  events = new Events(db.pool)
  await new Partitions(db.pool).ensure(new Date(Date.now() - 86_400_000), 4)
})
afterAll(() => db.drop())

type Given = Partial<NormalizedEvent> & { id: string; objectId: string }

/** Stores events that share a notification, as the dispatcher does. */
async function store(given: Given[], { appendedAt = Date.now(), at = new Date() } = {}): Promise<string> {
  const id = String(++lastNotification)
  const incoming = given.map(one => {
    const defaults = { instanceId: 1, accountId: 7, objectType: 'contacts', source: 'webhook' as const }
    const event = { ...defaults, eventType: 'UPDATED' as const, ...one }
    const { raw = `{"id":"${id}"}`, ...head } = event
    const texts = { head: Buffer.from(JSON.stringify(head).slice(0, -1)), raw: Buffer.from(raw) }
    return { event: { ...head, raw } as NormalizedEvent, ...texts, appendedAt }
  })
  const [first, ...others] = incoming
  await new EventStore(db.pool).store([{ id, events: [first!, ...others], deliveries: [] }], dayOf(at), at)
  return id
}

async function deliver(notification: string, answer: string): Promise<void> {
  await db.pool.query(
    `insert into delivery (id, notification_id, day, account_id, instance_id, subscription_id, lane_id, state, created_at, due_at)
     select id, id, day, account_id, instance_id, 1, 1, 'queued', now(), now() from notification where id = $1`,
    [notification],
  )
  await attempt(notification, answer)
}

async function attempt(notification: string, answer: string): Promise<void> {
  await db.pool.query(
    `insert into attempt (day, notification_id, subscription_id, account_id, instance_id, number, started_at,
                          duration_ms, outcome, status, answer)
     values ($1, $2, 1, 7, 1, (select count(*) + 1 from attempt where notification_id = $2), now(), 1, 'retry', 500, $3)`,
    [dayOf(new Date()), notification, answer],
  )
}

async function erase(instanceId: number, object: ErasedObject | null): Promise<Erasure> {
  const begun = await erasures.begin({ accountId: 7, instanceId, object })
  await erasures.list(begun)
  while (await erasures.removeSome(begun));
  await erasures.finish(begun)
  return (await erasures.byId(begun.id))!
}

const idsOf = async (instanceId: number) =>
  (await events.ofInstance(instanceId, { limit: 200 })).items.map(({ event }) => event.id).sort()
const count = async (table: string, where: string) =>
  Number((await db.pool.query<{ n: string }>(`select count(*) as n from ${table} where ${where}`)).rows[0]?.n)

test('an object’s events go with their notifications, callbacks and attempts; others stay', async () => {
  const alone = await store([{ id: 'a1', objectId: 'a' }])
  const both = await store([
    { id: 'a2', objectId: 'a' },
    { id: 'b1', objectId: 'b', raw: '{"b":1}' },
  ])
  const other = await store([{ id: 'b2', objectId: 'b' }])
  await store([{ id: 'a3', objectId: 'a', objectType: 'companies' }])
  for (const notification of [alone, both, other]) await deliver(notification, 'they said')

  const { removed, finishedAt } = await erase(1, { objectType: 'contacts', objectId: 'a' })
  expect(finishedAt).toBeInstanceOf(Date)
  expect(removed).toMatchObject({ events: 2, bodies: 0, notifications: 1, attempts: 1, answers: 1, deliveries: 1 })
  expect(await idsOf(1)).toEqual(['a3', 'b1', 'b2'])
  expect(await count('delivery', `notification_id in (${both}, ${other})`)).toBe(2)
  expect(await count('attempt', `notification_id = ${both} and answer is null`)).toBe(1)
  expect(await count('attempt', `notification_id = ${other} and answer is not null`)).toBe(1)
  expect(await count('notification', `id = ${alone}`)).toBe(0)
})

test('a body that names the erased object is taken out of the others’ events too, a day apart and elsewhere', async () => {
  const merge = '{"survivor":"s","merged":"m"}'
  const yesterday = new Date(Date.now() - 86_400_000)
  await store([
    { id: 'm1', objectId: 'm', raw: merge, instanceId: 2 },
    { id: 's1', objectId: 's', raw: merge, instanceId: 2 },
  ])
  await store([{ id: 's2', objectId: 's', raw: merge, instanceId: 2 }], { at: yesterday })
  await store([{ id: 's3', objectId: 's', raw: '{"survivor":"s","merged":"x"}', instanceId: 2 }])
  await store([{ id: 's4', objectId: 's', raw: merge, instanceId: 3 }])
  const { removed } = await erase(2, { objectType: 'contacts', objectId: 'm' })
  expect(removed).toMatchObject({ events: 1, bodies: 2, notifications: 0 })
  const { items } = await events.ofInstance(2)
  expect(Object.fromEntries(items.map(({ event }) => [event.id, event.raw]))).toEqual({
    s1: 'null',
    s2: 'null',
    s3: '{"survivor":"s","merged":"x"}',
  })
  expect((await events.byId('s4'))?.event.raw).toBe(merge)
})

test('what was appended before the erasure and is consumed after it isn’t stored; what happens later is', async () => {
  const before = Date.now()
  await sleep(5)
  await erase(4, { objectType: 'contacts', objectId: 'e' })
  await erase(5, null)
  await sleep(5)
  for (const [instanceId, objectId] of [
    [4, 'e'],
    [4, 'f'],
    [5, 'any'],
    [45, 'e'],
  ] as const) {
    await store([{ id: `old ${instanceId} ${objectId}`, objectId, instanceId }], { appendedAt: before })
    await store([{ id: `new ${instanceId} ${objectId}`, objectId, instanceId }])
  }
  expect(await idsOf(4)).toEqual(['new 4 e', 'new 4 f', 'old 4 f'])
  expect(await idsOf(5)).toEqual(['new 5 any'])
  expect(await idsOf(45)).toEqual(['new 45 e', 'old 45 e'])
})

test('a store that was under way when the erasure began is waited for, and what it stored goes', async () => {
  const client = await db.pool.connect()
  await client.query('begin')
  await client.query(`insert into event_key values ('slow', now(), 1, 1)`)
  const erasing = erase(6, null)
  await sleep(100)
  await client.query(
    `insert into event values (now(), 600, 0, 'slow', 7, 6, 'contacts', 'c', 'CREATED', now(), '{"id":"slow"}', '{}')`,
  )
  await client.query('commit')
  client.release()
  expect((await erasing).removed.events).toBe(1)
})

test('an erased event’s id stays known, so that a vendor’s repeat does not bring it back', async () => {
  await store([{ id: 'known', objectId: 'k', instanceId: 8 }])
  await erase(8, null)
  await store([{ id: 'known', objectId: 'k', instanceId: 8 }])
  expect(await idsOf(8)).toEqual([])
  expect(await events.byId('known')).toBeNull()
})

test('an erasure that was cut off is taken over once its lease has ended, and goes on where it was', async () => {
  await store(Array.from({ length: 5 }, (_, n) => ({ id: `cut ${n}`, objectId: 'c', instanceId: 9 })))
  const begun = await erasures.begin({ accountId: 7, instanceId: 9, object: null })
  await erasures.list(begun)
  expect(await erasures.takeUnfinished()).toBeNull()
  await db.pool.query(`update erased set leased_until = now() where id = $1`, [begun.id])
  // What was listed is all that goes.
  await store([{ id: 'later', objectId: 'c', instanceId: 9 }])
  const taken = await erasures.takeUnfinished()
  expect(taken?.id).toBe(begun.id)
  await erasures.list(taken!)
  while (await erasures.removeSome(taken!));
  await erasures.finish(taken!)
  expect(await idsOf(9)).toEqual(['later'])
  expect((await erasures.ofInstance(9)).map(({ removed }) => removed.events)).toEqual([5])
})

test('however long the list is, a portion is read off its end, and the rest is not looked at', async () => {
  const { id } = await erasures.begin({ accountId: 7, instanceId: 11, object: null })
  await db.pool.query(`insert into erasing select $1::bigint, $2::date, n, 0, false from generate_series(1, 50000) n`, [
    id,
    dayOf(new Date()),
  ])
  // Nothing is analyzed: the table has just been filled.
  const client = await db.pool.connect()
  await client.query('begin')
  await client.query(byIndex)
  const explained = await client.query<{ 'QUERY PLAN': string }>(`explain ${listed}`, [id, 2_000])
  await client.query('rollback')
  client.release()
  const plan = explained.rows.map(row => row['QUERY PLAN']).join('\n')
  expect(plan).toContain('Index Scan Backward')
  expect(plan).not.toContain('Sort')
  await db.pool.query('delete from erasing where erasure_id = $1', [id])
})

test('attempts that ended after the erasure are swept up once, with their answers', async () => {
  const gone = await store([{ id: 'g', objectId: 'g' }])
  const kept = await store([{ id: 'h', objectId: 'h' }])
  const { id } = await erase(1, { objectType: 'contacts', objectId: 'g' })
  await attempt(gone, 'late')
  await attempt(kept, 'may name it')
  expect((await erasures.takeUnswept())?.id).not.toBe(id)
  await db.pool.query(`update erased set swept_at = now() where id <> $1`, [id])
  await erasures.sweep((await erasures.byId(id))!)
  expect(await count('attempt', `notification_id = ${gone}`)).toBe(0)
  expect(await count('attempt', `notification_id = ${kept} and answer is null`)).toBe(1)
  expect(await erasures.takeUnswept()).toBeNull()
})

test('records that could not be stored go by their key', async () => {
  const reject = (offset: number, key: string) =>
    db.pool.query(
      `insert into rejected_record (topic, partition, record_offset, key, value, error) values ('t', 0, $1, $2, '', '')`,
      [offset, Buffer.from(key)],
    )
  for (const [offset, key] of ['11:contacts:a', '11:contacts:b', '111:contacts:a'].entries()) await reject(offset, key)
  await sleep(5)
  const one = await erasures.begin({ accountId: 7, instanceId: 11, object: { objectType: 'contacts', objectId: 'a' } })
  expect(await erasures.removeRejected(one)).toBe(1)
  expect(await erasures.removeRejected(await erasures.begin({ accountId: 7, instanceId: 11, object: null }))).toBe(1)
  expect(await count('rejected_record', 'true')).toBe(1)
})

test('what was appended before the erasure and can’t be stored isn’t put aside either; what came later is', async () => {
  const before = Date.now()
  await sleep(5)
  await erase(12, { objectType: 'contacts', objectId: 'a' })
  await erase(13, null)
  await sleep(5)
  const keys = ['12:contacts:a', '12:contacts:b', '13:contacts:any', '112:contacts:a', 'no key of ours']
  const records = [before, Date.now()].flatMap((appendedAt, late) =>
    keys.map((key, nth) => {
      const value = Buffer.from('their name')
      return { topic: 'u', partition: late, offset: String(nth), key, value, error: 'why', appendedAt }
    }),
  )
  const store = new EventStore(db.pool)
  const kept = await store.reject(records)
  expect(kept.map(({ key, partition }) => `${partition} ${key}`)).toEqual([
    '0 12:contacts:b',
    '0 112:contacts:a',
    '0 no key of ours',
    ...keys.map(key => `1 ${key}`),
  ])
  expect(await count('rejected_record', `topic = 'u'`)).toBe(8)
  expect(await store.reject(records)).toEqual(kept)
  expect(await count('rejected_record', `topic = 'u'`)).toBe(8)
})
