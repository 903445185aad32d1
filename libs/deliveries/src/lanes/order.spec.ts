import { encodeEvent, type NormalizedEvent } from '#events'
import { testDatabase, type TestDatabase } from '#test'
import type { Pool } from 'pg'
import { Outcomes, type AttemptOutcome } from '../outcomes/outcomes.js'
import { dayOf, Partitions } from '../partitions/partitions.js'
import { EventStore, type PlannedNotification } from '../storing/event-store.js'
import { IdBlocks } from '../storing/id-blocks.js'
import { readRecord } from '../storing/read-record.js'
import { DueDeliveries, type DueDelivery } from './load-due.js'

const day = dayOf(new Date())
const seed = Number(process.env['TEST_SEED'] ?? Math.floor(Math.random() * 1e9))
const random = randomOf(seed)
const below = (n: number) => Math.floor(random() * n)
const pause = () => new Promise(resolve => setTimeout(resolve, below(4)))

/** A notification as the log has it: its number there, and the objects whose changes it tells of. */
interface Logged {
  number: number
  objects: string[]
}

describe(`deliveries in the order of their objects (TEST_SEED=${seed})`, () => {
  let db: TestDatabase
  let ids: IdBlocks
  const subscriptions = ['1', '2']

  beforeAll(async () => {
    db = await testDatabase()
    ids = new IdBlocks(db.pool)
    await new Partitions(db.pool).ensure(new Date())
    await db.pool.query(
      `insert into lane (account_id, url, url_hash) select 1, n::text, sha256(n::text::bytea) from generate_series(1, 2) n`,
    )
    await db.pool.query(
      `insert into subscription (account_id, instance_id, element_key, lane_id, url, configured, added)
       select 1, 1, 'intercom', n, n::text, n = 1, n > 1 from generate_series(1, 2) n`,
    )
  }, 30_000)
  beforeEach(() => db.pool.query('truncate delivery, ordered_object, event_key'))
  afterAll(() => db.drop())

  /** A process of its own, as far as ids go: blocks aren't drawn in the order of time. */
  async function planned(logged: readonly Logged[], own = ids): Promise<PlannedNotification[]> {
    const numbers = await own.take(logged.length * 3)
    return logged.map(({ number, objects }, at) => {
      const events = objects.map(object => incoming(`${number} ${object}`, object))
      const deliveries = subscriptions.map((id, index) => ({
        ...{ id: numbers[3 * at + 1 + index]!, subscriptionId: id, laneId: id, state: 'due' as const },
      }))
      return { id: numbers[3 * at]!, ordered: true, events: [events[0]!, ...events.slice(1)], deliveries }
    })
  }
  const store = async (...logged: Logged[]) => new EventStore(db.pool).store(await planned(logged), day, new Date())
  const end = (rows: readonly DueDelivery[], decide: (row: DueDelivery) => AttemptOutcome['decision']) =>
    new Outcomes(db.pool).record(
      rows.map(row => outcomeOf(row, decide(row))),
      day,
    )
  const countOf = async (table: string) => Number((await db.pool.query(`select 1 from ${table}`)).rowCount)

  /** What a lane would send now, by the numbers in the log. */
  async function heads(laneId = '1', room = 100): Promise<DueDelivery[]> {
    const due = new DueDeliveries(db.pool)
    const rows = await due.load([{ laneId, room }], [])
    const behind = await due.putBehind(rows.map(row => row.id))
    return rows.filter(row => !behind.has(row.id))
  }
  const numbersOf = (rows: readonly DueDelivery[]) => rows.map(numberOf).sort((a, b) => a - b)

  test('one waits for every earlier one that holds one of its objects, and others flow on', async () => {
    await store({ number: 1, objects: ['a'] }, { number: 2, objects: ['b'] })
    await store({ number: 3, objects: ['a', 'b'] }, { number: 4, objects: ['c'] }, { number: 5, objects: ['a'] })
    const [first, second, fourth] = await heads()
    expect(numbersOf([first!, second!, fourth!])).toEqual([1, 2, 4])
    await end([first!], () => ({ kind: 'delivered' }))
    expect(numbersOf(await heads())).toEqual([2, 4])
    await end([second!, fourth!], () => ({ kind: 'delivered' }))
    const [third] = await heads()
    expect(numberOf(third!)).toBe(3)
    await end([third!], () => ({ kind: 'retry', waitMs: 60_000, patient: false }))
    expect(await heads()).toEqual([])
    expect(numbersOf(await heads('2'))).toEqual([1, 2, 4])
  })

  test('one that is queued, or erased, or given up is no exception: what comes after it goes when it has gone', async () => {
    await store(...[1, 2, 3].map(number => ({ number, objects: ['a'] })))
    const [first] = await heads()
    await end([first!], () => ({ kind: 'queued' }))
    expect(await heads()).toEqual([])
    await db.pool.query('delete from delivery where id = $1', [first!.id])
    expect(numbersOf(await heads())).toEqual([2])
    await db.pool.query('delete from delivery where subscription_id = 1')
    expect(await heads()).toEqual([])
    expect((await db.pool.query('select 1 from ordered_object where subscription_id = 1')).rowCount).toBe(0)
  })

  test('nothing is put behind one that is about to go, by whoever stores or looks in that moment', async () => {
    const going = await db.pool.connect()
    const whileItGoes = async <Result>(id: string, work: () => Promise<Result>) => {
      await going.query('begin')
      await going.query('delete from delivery where id = $1', [id])
      return work().finally(() => going.query('commit'))
    }
    await store({ number: 1, objects: ['a'] })
    const [first] = await heads()
    await whileItGoes(first!.id, () => store({ number: 2, objects: ['a'] }))
    const [second, ...others] = await heads()
    expect([numberOf(second!), others]).toEqual([2, []])
    await store({ number: 3, objects: ['a'] })
    await db.pool.query('update delivery set behind = false')
    expect(numbersOf(await whileItGoes(second!.id, () => heads()))).toEqual([2])
    expect(numbersOf(await heads())).toEqual([3])
    going.release()
  })

  test('a reader that has lost its partition and one that has it draw positions that agree', async () => {
    const [one, two] = [1, 2].map(number => ({ number, objects: ['a'] })) as [Logged, Logged]
    // What the one stores is not committed before the other has come to the same event, and waits.
    const late = await db.pool.connect()
    const waiting = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%with incoming as%'`
    const untilMet = async () => {
      while ((await db.pool.query(waiting)).rowCount === 0) await pause()
    }
    let reached = () => {}
    const committing = new Promise<void>(resolve => (reached = resolve))
    const query = async (text: unknown) => {
      if (text === 'commit') {
        reached()
        await untilMet()
      }
      return late.query(text as string)
    }
    const pool = { connect: async () => ({ query, release: () => undefined }) } as unknown as Pool
    await Promise.all([
      new EventStore(pool).store(await planned([one]), day, new Date()),
      committing.then(() => store(one, two)),
    ])
    late.release()
    const [head, ...others] = await heads()
    expect([numberOf(head!), others]).toEqual([1, []])
    await end([head!], () => ({ kind: 'delivered' }))
    expect(numbersOf(await heads())).toEqual([2])
  })

  test('whatever comes of each, and whoever reads the log again, each object comes in the order of the log', async () => {
    const objects = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
    // An object's changes lie on one partition; the notifications that combine several are made of one partition's.
    const log = [0, 1, 2].map(partition =>
      Array.from({ length: 60 }, (_, at): Logged => {
        const own = objects.filter((_, index) => index % 3 === partition)
        return {
          number: at * 3 + partition + 1,
          objects: own.filter((_, index) => index === at % own.length || below(4) === 0),
        }
      }),
    )
    const sent = new Map<string, number[]>()
    let reading = 6
    // Each partition has an owner, and one that was it until a moment ago and doesn't know yet.
    const read = async (records: readonly Logged[]) => {
      const own = new IdBlocks(db.pool)
      for (let from = 0; from < records.length;) {
        const to = from + 1 + below(6)
        await new EventStore(db.pool).store(await planned(records.slice(from, to), own), day, new Date())
        from = to
        if (below(3) === 0) await pause()
      }
      reading--
    }
    const send = async (laneId: string) => {
      const due = new DueDeliveries(db.pool)
      const held = new Set<string>()
      for (
        const until = Date.now() + 15_000;
        reading > 0 || (await countOf(`delivery where lane_id = ${laneId}`)) > 0;
      ) {
        if (Date.now() > until) throw new Error('not all of them were sent')
        const rows = await due.load([{ laneId, room: 5 }], [...held])
        const behind = await due.putBehind(rows.map(row => row.id))
        const going = rows.filter(row => !behind.has(row.id))
        for (const row of going)
          for (const { objectId } of row.events) {
            const key = `${laneId} ${objectId}`
            sent.set(key, [...(sent.get(key) ?? []), numberOf(row)])
          }
        await pause()
        await end(going, () => {
          const luck = random()
          if (luck < 0.6) return { kind: 'delivered' }
          return luck < 0.9 ? { kind: 'retry', waitMs: below(10), patient: false } : { kind: 'queued' }
        })
        if (going.length === 0) {
          await db.pool.query(`update delivery set state = 'due' where state = 'queued' and lane_id = $1`, [laneId])
          await pause()
        }
      }
    }
    await Promise.all([...log.flatMap(records => [read(records), read(records)]), ...subscriptions.map(send)])
    for (const [key, numbers] of sent) {
      const firsts = [...new Set(numbers)]
      expect([key, firsts]).toEqual([key, [...firsts].sort((a, b) => a - b)])
      // Each is sent until it has arrived, and nothing later before then.
      expect([key, numbers]).toEqual([key, [...numbers].sort((a, b) => a - b)])
    }
    const logged = log.flat().flatMap(record => record.objects.map(object => `${object} ${record.number}`))
    const arrived = [...sent].flatMap(([key, numbers]) => [...new Set(numbers)].map(number => `${key} ${number}`))
    expect(arrived.sort()).toEqual(subscriptions.flatMap(id => logged.map(one => `${id} ${one}`)).sort())
    expect(await countOf('ordered_object')).toBe(0)
  }, 30_000)

  test('behind one that is stuck 100,000 may wait: none of them is looked at', async () => {
    await store({ number: 1, objects: ['stuck'] })
    await db.pool.query(`update delivery set due_at = now() + interval '1 h'`)
    await store({ number: 2, objects: ['stuck'] })
    await db.pool.query(
      `insert into delivery (id, notification_id, day, account_id, instance_id, subscription_id, lane_id, state,
                             created_at, due_at, position, behind)
       select 1000000000 + n, 1000000000 + n, $1, 1, 1, 1, 1, 'due', now(), now(), 1000000000 + n, true
       from generate_series(1, 100000) n`,
      [day],
    )
    await db.pool.query(
      `insert into ordered_object (subscription_id, object, position, delivery_id)
       select 1, (select object from ordered_object limit 1), d.position, d.id from delivery d where d.id > 1000000000`,
    )
    await db.pool.query('vacuum analyze delivery, ordered_object')
    await store(...[3, 4, 5].map(number => ({ number, objects: [`free ${number}`] })))
    expect(numbersOf(await heads())).toEqual([3, 4, 5])
    await store({ number: 6, objects: ['stuck'] })
    const first = await db.pool.query<{ id: string }>(
      'delete from delivery where due_at > now() and lane_id = 1 returning id',
    )
    expect(first.rowCount).toBe(1)
    expect(numbersOf(await heads())).toEqual([2, 3, 4, 5])
    const explained = await db.pool.query<{ 'QUERY PLAN': string }>(
      `explain (analyze, buffers, format text) select * from delivery d
       where d.lane_id = 1 and d.state = 'due' and not d.behind and d.due_at <= now() order by d.due_at, d.id limit 100`,
    )
    const plan = explained.rows.map(row => row['QUERY PLAN']).join('\n')
    expect(plan).toContain('delivery_due')
    expect(plan).not.toContain('Rows Removed')
  }, 30_000)
})

function numberOf(row: DueDelivery): number {
  return Number(row.events[0]!.id.split(' ')[0])
}

function incoming(id: string, objectId: string) {
  const event: NormalizedEvent = {
    ...{ id, instanceId: 1, instanceName: 'I', instanceTags: [], accountId: 1, companyId: 1, userId: 1 },
    ...{ elementKey: 'intercom', hubKey: 'marketing', objectType: 'contacts', objectId, eventType: 'UPDATED' as const },
    ...{ date: '2026-11-20T10:00:00.000Z', source: 'webhook' as const, origin: id, raw: '{}' },
  }
  const reading = readRecord(Buffer.from(encodeEvent(event).value), Date.now())
  if (reading.kind !== 'event') throw new Error(reading.why)
  return reading.incoming
}

function outcomeOf(row: DueDelivery, decision: AttemptOutcome['decision']): AttemptOutcome {
  const { id, notificationId, subscriptionId, accountId, instanceId, laneId } = row
  return {
    ...{ deliveryId: id, notificationId, subscriptionId, accountId, instanceId, laneId, epoch: 0, number: 1 },
    ...{ startedAt: new Date(), durationMs: 1, firstAttemptAt: new Date(), status: 200, error: null, answer: null },
    decision,
  }
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
