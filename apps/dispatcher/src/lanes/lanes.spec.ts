import { LaneOwnership } from '#deliveries'
import type { TestDispatcher } from '../testing/dispatcher.js'
import { dispatcherFixture } from '../testing/dispatcher-fixture.js'
import { anEvent } from '../testing/events.js'
import type { Received } from '../testing/receiver.js'
import { until } from '../testing/until.js'

const seed = Number(process.env['TEST_SEED'] ?? Math.floor(Math.random() * 1e9))
const sleep = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))
const several = (count: number, instanceId = 1) => Array.from({ length: count }, () => anEvent({ instanceId }))

describe(`a lane, whoever owns it (TEST_SEED=${seed})`, () => {
  const here = dispatcherFixture('test')
  const limit = (limit: string) => ({ 'event.notification.rate.limit': limit })

  test('five dispatchers that stop, start and are taken for dead send no more than the limit, and little less', async () => {
    const [rate, lengthMs] = [40, 6_000]
    const random = randomOf(seed)
    here.targets.to(1, here.receiver.url, limit(String(rate)))
    const dispatchers = await Promise.all(Array.from({ length: 5 }, () => here.start()))
    for (let batch = 0; batch < 6; batch++) await dispatchers[batch % 5]!.take(...several(100))
    await here.receiver.count(1)
    const began = Date.now()
    let deaths = 0
    let owners = 0
    while (Date.now() - began < lengthMs) {
      await sleep(100 + random() * 700)
      const { rows } = await here.db.pool.query<{ owner: string | null }>('select owner from lane')
      const at = dispatchers.findIndex(({ membership }) => membership.id === rows[0]?.owner)
      if (at < 0) continue
      if (++owners % 6 === 3) {
        deaths++
        await takeForDead(rows[0]!.owner!)
        continue
      }
      const [stopped] = dispatchers.splice(at, 1)
      await here.stop(stopped!)
      dispatchers.push(await here.start())
    }
    const came = [...here.receiver.received]
    const seconds = (Date.now() - began) / 1_000
    expect(owners).toBeGreaterThan(5)
    // Whoever is late in counting sees what came in a second as if it came at once.
    expect(burstOf(came, rate)).toBeLessThanOrEqual(2 * rate)
    // A death costs a second at most, and a handover next to nothing.
    expect(deaths).toBeGreaterThan(0)
    expect(came.length).toBeGreaterThan(0.7 * rate * seconds)
  }, 60_000)

  test('a limit that is set, raised or lifted counts at once, whoever owns the lane and whoever is told', async () => {
    here.targets.to(1, here.receiver.url)
    const owner = await here.start()
    await owner.take(anEvent())
    await here.receiver.count(1)
    const other = await here.start()
    const change = (configured: Record<string, string>) => {
      here.targets.to(1, here.receiver.url, configured)
      return other.subscriptions.follow([here.targets.configured.get(1)!])
    }
    const lane = [...owner.lanes.all()][0]!
    await change(limit('1/h'))
    await until(() => expect(lane.giveBack()).not.toBeNull())
    await other.take(...several(30))
    await sleep(1_000)
    expect(here.receiver.received.length).toBe(1)
    await change(limit('10'))
    await here.receiver.count(6)
    const [before, began] = [here.receiver.received.length, Date.now()]
    await sleep(1_000)
    expect(here.receiver.received.length - before).toBeLessThanOrEqual((10 * (Date.now() - began)) / 1_000 + 10)
    await change({})
    await here.receiver.count(31, 2_000)
  }, 30_000)

  test('a limit of one an hour is not begun anew by those who come after', async () => {
    here.targets.to(1, here.receiver.url, limit('1/h'))
    const first = await here.start()
    await first.take(...several(5))
    await here.receiver.count(1)
    await here.stop(first)
    const second = await here.start()
    await until(() => expect([...second.lanes.all()]).toHaveLength(1))
    const deadId = second.membership.id!
    await takeForDead(deadId)
    const third = await here.start()
    await until(async () => expect([null, deadId]).not.toContain(await ownerOf()))
    await Promise.all([here.stop(second), here.stop(third)])
    expect(here.receiver.received).toHaveLength(1)
    await here.db.pool.query(`update lane set paced_at = paced_at - interval '1 hour'`)
    await here.start()
    await here.receiver.count(2)
    await sleep(300)
    expect(here.receiver.received).toHaveLength(2)
  }, 30_000)

  test('an open breaker stays open for whoever comes next, who tries one, and waits twice as long as the last did', async () => {
    here.receiver.reply = () => ({ status: 500 })
    here.targets.to(1, here.receiver.url)
    const first = await here.start()
    await first.take(anEvent())
    await here.receiver.count(1)
    await here.stop(first)
    await here.db.pool.query(`update lane set failures = 12, open_until = now() + interval '500 ms', pause_ms = 20000`)
    const began = performance.now()
    const second = await here.start()
    await second.take(...several(30))
    await here.receiver.count(2)
    expect(performance.now() - began).toBeGreaterThan(300)
    await until(async () => expect(await row('pause_ms as n')).toBe(40_000))
    const openFor = await row('extract(epoch from open_until - now()) as n')
    expect(openFor).toBeGreaterThan(30)
    expect(openFor).toBeLessThanOrEqual(40)
    await sleep(500)
    expect(here.receiver.received).toHaveLength(2)
  }, 30_000)

  test('nobody is tried while a dead owner’s one try may still be under way', async () => {
    here.targets.to(1, here.receiver.url)
    const first = await here.start()
    await first.take(anEvent())
    await here.receiver.count(1)
    await here.stop(first)
    const { rows } = await here.db.pool.query<{ id: string }>(
      `insert into dispatcher (name, seen_at, leased_until)
       values ('dead', now() - interval '7 s', now() + interval '38 s') returning id`,
    )
    await here.db.pool.query(
      `update lane set owner = $1, failures = 12, open_until = now() - interval '1 s', pause_ms = 5000`,
      [rows[0]!.id],
    )
    const second = await here.start()
    await second.take(anEvent())
    await until(async () => expect(await ownerOf()).toBe(second.membership.id))
    // Its last try began 6 s after its last renewal at most, and takes 16 s at most.
    const openFor = await row('extract(epoch from open_until - now()) as n')
    expect(openFor).toBeGreaterThan(10)
    expect(openFor).toBeLessThanOrEqual(15)
    await sleep(500)
    expect(here.receiver.received).toHaveLength(1)
  }, 30_000)

  test('one that could not renew its lease for so long that others may take it for dead starts nothing', async () => {
    here.targets.to(1, here.receiver.url)
    const owner = await here.start()
    await owner.take(anEvent())
    await here.receiver.count(1)
    const { query: original } = here.db.pool
    const query = original.bind(here.db.pool) as (...given: unknown[]) => unknown
    const withoutRenewals = (...given: unknown[]) =>
      (given[0] as { name?: string }).name === 'dispatcher_renew'
        ? Promise.reject(new Error('no answer'))
        : query(...given)
    Object.assign(here.db.pool, { query: withoutRenewals })
    // As if its last renewal had been asked for that long ago.
    owner.membership.lease.renewed(performance.now() - 6_100, 45_000)
    await owner.take(anEvent())
    await sleep(1_000)
    expect(here.receiver.received).toHaveLength(1)
    Object.assign(here.db.pool, { query: original })
    await here.receiver.count(2)
  }, 30_000)

  test('whoever was taken for dead takes nothing, and what it has taken all the same is freed', async () => {
    here.targets.to(1, here.receiver.url)
    const living = await here.start()
    await living.take(anEvent())
    await here.receiver.count(1)
    await here.stop(living)
    const ownership = new LaneOwnership(here.db.pool)
    const id = await row('id as n')
    await here.db.pool.query('update lane set next_due = now()')
    expect(await ownership.take('1234', [String(id)])).toEqual([])
    expect(await ownership.takeWanted('1234', 10)).toEqual([])
    await here.db.pool.query('update lane set owner = 1234, next_due = null')
    await ownership.findForsaken()
    expect(await ownerOf()).toBeNull()
    const entered = await ownership.enter('test', 45_000)
    const [taken] = await ownership.takeWanted(entered, 10)
    await ownership.findForsaken()
    expect(await ownerOf()).toBe(entered)
    // Only its owner writes down how far its rate is spent, and only under the epoch in which it has it.
    const pace = { id: taken!.id, epoch: taken!.epoch, spentForMs: 1_000 }
    expect(await ownership.savePace('1234', [pace])).toEqual(new Map())
    expect(await ownership.savePace(entered, [{ ...pace, epoch: pace.epoch - 1 }])).toEqual(new Map())
    expect(await ownership.savePace(entered, [pace])).toEqual(new Map([[taken!.id, null]]))
    expect(await ownership.release('1234', [taken!.id])).toEqual([])
    expect(await ownerOf()).toBe(entered)
    expect(await ownership.release(entered, [taken!.id])).toEqual([])
    expect(await ownerOf()).toBeNull()
  })

  test('an idle lane that could not be given back is worked on as before', async () => {
    here.targets.to(1, here.receiver.url)
    const owner = await here.start()
    await owner.take(anEvent())
    await here.receiver.count(1)
    await until(() => expect([...owner.lanes.all()][0]?.isIdle).toBe(true))
    const { query: original } = here.db.pool
    const query = original.bind(here.db.pool) as (...given: unknown[]) => unknown
    const away = (...given: unknown[]) =>
      String(given[0]).includes('with released as') ? Promise.reject(new Error('no answer')) : query(...given)
    Object.assign(here.db.pool, { query: away })
    await expect(owner.lanes.releaseIdle(Date.now() + 1)).rejects.toThrow('no answer')
    Object.assign(here.db.pool, { query: original })
    await owner.take(anEvent())
    await here.receiver.count(2)
    await until(() => expect([...owner.lanes.all()][0]?.isIdle).toBe(true))
    await owner.lanes.releaseIdle(Date.now() + 1)
    expect([...owner.lanes.all()]).toEqual([])
    expect(await ownerOf()).toBeNull()
  })

  async function row(column: string): Promise<number> {
    return Number((await here.db.pool.query<{ n: string }>(`select ${column} from lane`)).rows[0]!.n)
  }
  async function ownerOf(): Promise<TestDispatcher['membership']['id']> {
    return (await here.db.pool.query<{ owner: string | null }>('select owner from lane')).rows[0]!.owner
  }
  /** While it is alive: for up to two seconds it knows nothing of it, and sends what it may. */
  async function takeForDead(id: string): Promise<void> {
    await here.db.pool.query(
      `with dead as (delete from dispatcher where id = $1),
       freed as (update lane set owner = null, next_due = now() where owner = $1)
       select pg_notify('delivery_due', '')`,
      [id],
    )
  }
})

/** The most that came in any time, beyond what the rate earns in it. */
function burstOf(received: readonly Received[], rate: number): number {
  let most = 0
  for (let first = 0; first < received.length; first++) {
    for (let last = first; last < received.length; last++) {
      const seconds = (received[last]!.at - received[first]!.at) / 1_000
      most = Math.max(most, last - first + 1 - seconds * rate)
    }
  }
  return most
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
