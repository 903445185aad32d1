import { Partitions, type NewReplay, type Replay } from '#deliveries'
import { dispatcherFixture } from '../testing/dispatcher-fixture.js'
import { anEvent } from '../testing/events.js'
import type { Received } from '../testing/receiver.js'
import { until } from '../testing/until.js'

describe('replays', () => {
  const here = dispatcherFixture('file')
  let instanceId = 100

  beforeAll(() => here.start())
  beforeEach(() => here.targets.to(++instanceId, here.receiver.url))

  const start = async (replay: Omit<NewReplay, 'accountId'>): Promise<string> => {
    const started = await here.dispatcher.replays.start({ accountId: 7, ...replay })
    if (started.kind !== 'started') throw new Error(started.kind)
    return started.id
  }
  const get = async (id: string): Promise<Replay> => (await here.dispatcher.replays.get(7, id))!
  const become = (id: string, expected: Partial<Replay>) =>
    until(async () => expect(await get(id)).toMatchObject(expected))
  const follow = (id = instanceId) => here.dispatcher.subscriptions.follow([here.targets.configured.get(id)!])
  const allArrived = (of = instanceId) =>
    until(async () => expect((await here.dispatcher.list.waiting(7, { instanceId: of })).items).toEqual([]))
  const idOf = ({ headers }: Received) => String(headers['webhook-id'])
  const isReplay = ({ headers }: Received) => headers['elements-webhook-replay'] === 'true'

  /** Delivers these once, each in a notification of its own; their callbacks in the order of storing. */
  const delivered = async (count: number, changes: Parameters<typeof anEvent>[0] = {}): Promise<Received[]> => {
    const before = here.receiver.received.length
    for (let n = 0; n < count; n++) await here.dispatcher.take(anEvent({ instanceId, ...changes }))
    await here.receiver.count(before + count)
    await allArrived()
    return here.receiver.received.slice(before).sort((a, b) => Number(idOf(a)) - Number(idOf(b)))
  }

  /** Notifications stored as the dispatcher stores them, without deliveries. */
  const stored = async (of: number, count: number): Promise<void> => {
    await new Partitions(here.db.pool).ensure(new Date())
    await here.db.pool.query(
      `with block as (select nextval('id_block') * 1000 as base, setval('id_block', currval('id_block') + $2 / 1000 + 1)),
       n as (select base + i as id, now()::timestamptz(3) as at from block, generate_series(1, $2) i),
       notified as (
         insert into notification select (at at time zone 'utc')::date, id, 7, $1, 'webhook', at from n)
       insert into event
       select (at at time zone 'utc')::date, id, 0, 'bulk-' || id, 7, $1, 'contacts', 'c', 'CREATED', at, $3, '{"a":1}'
       from n`,
      [of, count, JSON.stringify({ ...anEvent({ instanceId: of }), raw: undefined })],
    )
  }

  test('a notification is sent again by its id: the same id and bytes, a header that says so, a timestamp of now', async () => {
    here.targets.to(instanceId, here.receiver.url, { 'event.notification.signature.key': 'key' })
    const [first, second] = await delivered(2)
    await here.db.pool.query(`update attempt set started_at = started_at - interval '1 day'`)
    const id = await start({ notificationIds: [idOf(second!)] })
    await become(id, { state: 'done', made: 1, delivered: 1, waiting: 0, failed: 0, skipped: 0 })
    const again = here.receiver.received[2]!
    expect([again.body, idOf(again)]).toEqual([second!.body, idOf(second!)])
    expect([first!, second!, again].map(isReplay)).toEqual([false, false, true])
    expect(again.headers['elements-webhook-signature']).toBe(second!.headers['elements-webhook-signature'])
    expect(Number(again.headers['webhook-timestamp'])).toBeGreaterThan(Date.now() / 1_000 - 20)
    expect(here.receiver.received).toHaveLength(3)
  })

  test('events are found by their ids, and those of other accounts aren’t', async () => {
    const event = anEvent({ instanceId })
    await here.dispatcher.take(event)
    const [callback] = await here.receiver.count(1)
    const asked = [event.id, 'no-such-event', 'a\0b']
    expect(await here.dispatcher.replays.byEvents(7, asked)).toEqual([
      { asked: event.id, notificationId: idOf(callback!), instanceId },
    ])
    expect(await here.dispatcher.replays.byEvents(8, asked)).toEqual([])
    const ids = [idOf(callback!), '999999999999']
    expect(await here.dispatcher.replays.byNotifications(7, ids)).toMatchObject([{ asked: idOf(callback!) }])
    expect(await here.dispatcher.replays.byNotifications(8, ids)).toEqual([])
  })

  test('a time range holds what was stored at its beginning, and not what was at its end', async () => {
    const [, second, third] = await delivered(3)
    const at = ({ body }: Received) => new Date((JSON.parse(body) as { createdDate: string }).createdDate)
    const id = await start({ instanceId, from: at(second!), to: at(third!) })
    await become(id, { state: 'done', notifications: 1, exact: true, made: 1, delivered: 1 })
    expect(here.receiver.received.slice(3).map(idOf)).toEqual([idOf(second!)])
    expect(here.receiver.received[3]!.body).toBe(second!.body)
    const none = await start({ instanceId, to: at(here.receiver.received[0]!) })
    await become(none, { state: 'done', notifications: 0, made: 0 })
  })

  test('what was stored while the instance was disabled, or without a URL, goes to the URL of now', async () => {
    here.targets.set(instanceId, { 'event.notification.callback.url': here.receiver.url }, { disabled: true })
    await here.dispatcher.take(anEvent({ instanceId }))
    here.targets.set(instanceId, {})
    await here.dispatcher.take(anEvent({ instanceId }))
    const better = await here.another()
    here.targets.to(instanceId, better.url)
    await follow()
    await become(await start({ instanceId }), { state: 'done', made: 2, delivered: 2 })
    expect([here.receiver.received.length, better.received.map(isReplay)]).toEqual([0, [true, true]])
  })

  test('what waits already isn’t doubled; what was queued is sent', async () => {
    await delivered(1)
    here.targets.policy = 'queue'
    here.receiver.reply = () => ({ status: 500 })
    await here.dispatcher.take(anEvent({ instanceId }))
    await until(async () =>
      expect((await here.dispatcher.list.waiting(7, { instanceId })).items).toMatchObject([{ status: 'queued' }]),
    )
    here.targets.policy = 'retry'
    await here.db.pool.query(`update subscription set active = true where instance_id = $1`, [instanceId])
    await here.dispatcher.take(anEvent({ instanceId }))
    await until(async () =>
      expect((await here.dispatcher.list.waiting(7, { instanceId, status: 'retry' })).items).toHaveLength(1),
    )
    here.receiver.reply = () => ({ status: 200 })
    const id = await start({ instanceId, undelivered: true })
    await become(id, { state: 'done', made: 1, delivered: 1, skipped: 1 })
    expect((await here.dispatcher.list.waiting(7, { instanceId })).items).toMatchObject([{ status: 'retry' }])
    await here.db.pool.query(`update delivery set due_at = now()`)
    await allArrived()
  })

  test('a range can be narrowed to an object type, to what nobody got, and to one subscription', async () => {
    const [contact] = await delivered(1, { objectType: 'contacts' })
    await delivered(1, { objectType: 'companies' })
    await become(await start({ instanceId, objectType: 'contacts' }), { state: 'done', notifications: 1, made: 1 })
    expect(idOf(here.receiver.received[2]!)).toBe(idOf(contact!))
    await become(await start({ instanceId, undelivered: true }), { state: 'done', notifications: 0, made: 0 })
    const other = await here.another()
    const added = await here.dispatcher.subscriptions.add({
      ...{ accountId: 7, instanceId, elementKey: 'intercom', url: other.url, ratePerSecond: null },
    })
    if (added.kind !== 'added') throw new Error(added.kind)
    await become(await start({ instanceId, undelivered: true, subscriptionId: added.id }), { state: 'done', made: 2 })
    expect([here.receiver.received.length, other.received.length]).toEqual([3, 2])
  })

  test('it keeps its rate', async () => {
    await follow()
    await stored(instanceId, 30)
    const began = Date.now()
    const id = await start({ instanceId, perSecond: 10 })
    await become(id, { state: 'done', made: 30, delivered: 30 })
    // The first second's worth may come at once.
    expect(Date.now() - began).toBeGreaterThan(1_800)
    const spread = here.receiver.received.at(-1)!.at - here.receiver.received[0]!.at
    expect(spread).toBeGreaterThan(1_500)
  })

  test('cancelled, what isn’t sent yet is taken out, and what was queued before is queued again', async () => {
    here.targets.policy = 'queue'
    here.receiver.reply = () => ({ status: 410 })
    await here.dispatcher.take(anEvent({ instanceId }))
    await until(async () =>
      expect((await here.dispatcher.list.waiting(7, { instanceId })).items).toMatchObject([{ status: 'queued' }]),
    )
    here.targets.policy = 'retry'
    await here.db.pool.query(`update subscription set active = true where instance_id = $1`, [instanceId])
    await stored(instanceId, 500)
    here.receiver.reply = () => 'hang'
    const id = await start({ instanceId, perSecond: 500 })
    await until(async () => expect((await get(id)).waiting).toBeGreaterThan(100))
    expect(await here.dispatcher.replays.cancel(8, id)).toBeNull()
    const cancelled = await here.dispatcher.replays.cancel(7, id)
    expect(cancelled).toMatchObject({ state: 'cancelled', waiting: 0, delivered: 0 })
    expect((await here.dispatcher.list.waiting(7, { instanceId })).items).toMatchObject([{ status: 'queued' }])
    expect(await here.dispatcher.replays.cancel(7, id)).toMatchObject({ state: 'cancelled', made: cancelled!.made })
    // Only those come that were under way when it was cancelled; the last of them may arrive a little later.
    here.receiver.reply = () => ({ status: 200 })
    await new Promise(resolve => setTimeout(resolve, 1_000))
    expect(here.receiver.received.length).toBeLessThan(100)
  })

  test('it fails, and says why, where nobody takes callbacks any more', async () => {
    await delivered(1)
    await here.dispatcher.subscriptions.deactivate(
      { subscriptionIds: (await here.dispatcher.subscriptions.list(7, { instanceId })).map(({ id }) => id) },
      'unreachable',
    )
    const id = await start({ instanceId })
    await become(id, { state: 'failed', made: 0, error: expect.stringContaining('was deactivated') as string })
    expect((await get(id)).error).toContain(`Instance ${instanceId}`)
    const nobodys = await start({ instanceId: 99_999 })
    await become(nobodys, { state: 'done', made: 0 })
  })

  test('a new event waits behind no more of a replay than its lane sends in two seconds', async () => {
    here.targets.to(instanceId, here.receiver.url, { 'event.notification.rate.limit': '50' })
    await follow()
    await stored(instanceId, 2_000)
    const id = await start({ instanceId, perSecond: 500 })
    await here.receiver.count(75, 20_000)
    const before = here.receiver.received.length
    await here.dispatcher.take(anEvent({ instanceId }))
    const place = () => here.receiver.received.findIndex(callback => !isReplay(callback))
    await until(() => expect(place()).toBeGreaterThan(0))
    // What it was behind, and what its storing took: 500 a second would have put some 700 before it.
    expect(place() - before).toBeLessThan(200)
    await here.dispatcher.replays.cancel(7, id)
  })

  test('20,000 notifications are not all put into the lane, and another lane isn’t disturbed', async () => {
    here.receiver.reply = () => 'hang'
    await follow()
    await stored(instanceId, 20_000)
    const [large, quick] = [instanceId, ++instanceId]
    const other = await here.another()
    here.targets.to(quick, other.url)
    const id = await start({ instanceId: large, perSecond: 500 })
    expect(await get(id)).toMatchObject({ notifications: 20_000, exact: true })
    await until(async () => expect((await get(id)).made).toBeGreaterThanOrEqual(200))
    for (let n = 0; n < 20; n++) {
      const sent = Date.now()
      await here.dispatcher.take(anEvent({ instanceId: quick }))
      await other.count(n + 1, 2_000)
      expect(Date.now() - sent).toBeLessThan(2_000)
    }
    // The lane has enough to do: no more is made however long it takes.
    await new Promise(resolve => setTimeout(resolve, 1_000))
    expect((await get(id)).made).toBeLessThanOrEqual(400)
    await here.dispatcher.replays.cancel(7, id)
  })
})

describe('a replay whose dispatcher is killed', () => {
  const here = dispatcherFixture('test')

  test('goes on at another one, and leaves nothing out', async () => {
    here.targets.to(1, here.receiver.url)
    const first = await here.start()
    for (let n = 0; n < 5; n++) await first.take(...Array.from({ length: 20 }, () => anEvent()))
    await here.receiver.count(100)
    const ids = new Set(here.receiver.received.map(({ headers }) => headers['webhook-id']))
    await until(async () => expect((await first.list.waiting(7)).items).toEqual([]))
    const started = await first.replays.start({ accountId: 7, instanceId: 1, perSecond: 40 })
    if (started.kind !== 'started') throw new Error(started.kind)
    await here.receiver.count(110)
    await here.stop(first)
    const reached = await first.replays.get(7, started.id)
    expect([reached!.state, reached!.made < 100]).toEqual(['running', true])
    const second = await here.start()
    await until(async () =>
      expect(await second.replays.get(7, started.id)).toMatchObject({ state: 'done', made: 100, delivered: 100 }),
    )
    const replayed = here.receiver.received.slice(100).map(({ headers }) => headers['webhook-id'])
    expect(new Set(replayed)).toEqual(ids)
  })
})
