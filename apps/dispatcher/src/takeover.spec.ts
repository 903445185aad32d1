import { dispatcherFixture } from './testing/dispatcher-fixture.js'
import { anEvent } from './testing/events.js'
import { until } from './testing/until.js'

describe('several dispatchers', () => {
  const here = dispatcherFixture('test')
  const undelivered = async () =>
    Number((await here.db.pool.query<{ n: string }>('select count(*) as n from delivery')).rows[0]?.n)

  test('retries go on from stored state after a restart', async () => {
    here.targets.to(1, here.receiver.url)
    here.receiver.reply = () => ({ status: 500 })
    const first = await here.start()
    await first.take(anEvent())
    await here.receiver.count(1)
    await until(async () => expect((await first.list.waiting(7)).items).toMatchObject([{ attempts: 1 }]))
    await here.stop(first)
    here.receiver.reply = () => ({ status: 200 })
    const second = await here.start()
    await here.db.pool.query('update delivery set due_at = now()')
    await here.receiver.count(2)
    await until(async () => expect(await undelivered()).toBe(0))
    const attempts = await second.deliveries.attempts(String(here.receiver.received[0]!.headers['webhook-id']))
    expect(attempts.map(attempt => attempt.number)).toEqual([1, 2])
  })

  test('stopping finishes what is under way and gives every lane back', async () => {
    here.targets.to(1, here.receiver.url)
    const dispatcher = await here.start()
    for (let batch = 0; batch < 5; batch++) await dispatcher.take(...Array.from({ length: 100 }, () => anEvent()))
    await here.stop(dispatcher)
    const delivered = here.receiver.received.length
    expect(await undelivered()).toBe(500 - delivered)
    const { rows } = await here.db.pool.query('select owner from lane')
    expect(rows).toEqual([{ owner: null }])
    expect((await here.db.pool.query('select 1 from dispatcher')).rowCount).toBe(0)
    await here.start()
    await here.receiver.count(500, 20_000)
    await until(async () => expect(await undelivered()).toBe(0))
    expect(new Set(here.receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(500)
    // On a machine that is busy enough, attempts time out here that have arrived there.
    const failed = await here.db.pool.query(`select 1 from attempt where outcome <> 'delivered'`)
    expect(here.receiver.received).toHaveLength(500 + (failed.rowCount ?? 0))
  })

  test('the lanes of a killed dispatcher are taken over long before its lease ends', async () => {
    here.targets.to(1, here.receiver.url)
    const dispatcher = await here.start()
    await dispatcher.take(anEvent())
    await here.receiver.count(1)
    await here.stop(dispatcher)
    // What a kill leaves behind: a lease, lanes, deliveries, and no connection.
    const { rows } = await here.db.pool.query<{ id: string }>(
      `insert into dispatcher (name, leased_until) values ('killed', now() + interval '45 s') returning id`,
    )
    await here.db.pool.query('update lane set owner = $1, next_due = null', [rows[0]!.id])
    const successor = await here.start()
    await successor.take(anEvent())
    expect(here.receiver.received).toHaveLength(1)
    await here.receiver.count(2, 15_000)
  })

  test('a dispatcher that is only silent keeps its lanes until its lease ends', async () => {
    here.targets.to(1, here.receiver.url)
    const silent = await here.start()
    await silent.take(anEvent())
    await here.receiver.count(1)
    const other = await here.start()
    await here.db.pool.query(`update dispatcher set seen_at = now() - interval '20 s' where id = $1`, [
      silent.membership.id,
    ])
    await new Promise(resolve => setTimeout(resolve, 300))
    expect(Number((await here.db.pool.query<{ owner: string }>('select owner from lane')).rows[0]!.owner)).toBe(
      Number(silent.membership.id),
    )
    expect(other.membership.id).not.toBe(silent.membership.id)
  })

  test('one that was taken for dead starts anew, and its late failures change nothing', async () => {
    here.targets.to(1, here.receiver.url)
    here.receiver.reply = () => 'hang'
    const late = await here.start()
    await late.take(anEvent())
    await here.receiver.count(1)
    await here.db.pool.query('delete from dispatcher')
    await here.db.pool.query('update lane set owner = null, epoch = epoch + 1, next_due = now()')
    here.receiver.reply = () => ({ status: 200 })
    await here.receiver.count(2, 10_000)
    await until(async () => expect(await undelivered()).toBe(0))
    await until(() => expect(late.lanes.underWay).toBe(0))
    expect(await undelivered()).toBe(0)
    expect(here.receiver.received).toHaveLength(2)
  }, 60_000)

  test("what one stores for another's lane is sent by its owner, at once and once", async () => {
    here.targets.to(1, here.receiver.url)
    const owner = await here.start()
    const other = await here.start()
    await owner.take(anEvent())
    await here.receiver.count(1)
    for (let sent = 0; sent < 20; sent++) {
      const begun = performance.now()
      await other.take(anEvent())
      await here.receiver.count(sent + 2)
      expect(performance.now() - begun).toBeLessThan(1_000)
    }
    await until(async () => expect(await undelivered()).toBe(0))
    expect(here.receiver.received).toHaveLength(21)
    expect([...other.lanes.all()]).toHaveLength(0)
  })
})
