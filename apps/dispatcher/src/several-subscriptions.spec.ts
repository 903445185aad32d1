import { verifyElements } from '#signing'
import { dispatcherFixture } from './testing/dispatcher-fixture.js'
import { anEvent } from './testing/events.js'
import type { Receiver } from './testing/receiver.js'
import { until } from './testing/until.js'

describe('an instance with several subscriptions', () => {
  const here = dispatcherFixture('file')
  let configured: Receiver
  let other: Receiver

  beforeAll(() => here.start())
  beforeEach(async () => {
    configured = here.receiver
    other = await here.another()
  })
  afterEach(() => here.db.pool.query('delete from delivery'))

  /** Its id. */
  async function subscribe(instanceId: number, url: string): Promise<string> {
    const addition = await here.dispatcher.subscriptions.add({
      ...{ accountId: 7, instanceId, elementKey: 'intercom', url },
      ratePerSecond: here.targets.configured.get(instanceId)?.ratePerSecond ?? null,
    })
    if (addition.kind === 'too-many') throw new Error(addition.kind)
    return addition.id
  }
  const waiting = async (subscriptionId: string) => (await here.dispatcher.list.waiting(7, { subscriptionId })).items
  const follow = (instanceId: number) =>
    here.dispatcher.subscriptions.follow([here.targets.configured.get(instanceId)!])
  const rateOf = async (url: string) =>
    (
      await here.db.pool.query<{ rate: number | null }>('select rate_per_second as rate from lane where url = $1', [
        url,
      ])
    ).rows[0]?.rate

  test('each gets every notification: the same id and bytes, signed with the key of the instance', async () => {
    here.targets.to(1, configured.url, { 'event.notification.signature.key': 'key' })
    await subscribe(1, other.url)
    const event = anEvent()
    await here.dispatcher.take(event)
    const [[one], [two]] = await Promise.all([configured.count(1), other.count(1)])
    expect(two!.body).toBe(one!.body)
    expect(two!.headers['webhook-id']).toBe(one!.headers['webhook-id'])
    expect(verifyElements(two!.headers['elements-webhook-signature'], two!.body, 'key')).toBe(true)
    await until(async () => {
      expect((await here.dispatcher.list.waiting(7)).items).toEqual([])
      const { items } = await here.dispatcher.list.delivered(7, { instanceId: 1 })
      expect(items.map(({ url }) => url).sort()).toEqual([configured.url, other.url].sort())
    })
  })

  test('one that fails does not stop the other, and its end ends only what waits for it', async () => {
    other.reply = () => ({ status: 500 })
    here.targets.to(2, configured.url)
    const failing = await subscribe(2, other.url)
    await here.dispatcher.take(anEvent({ instanceId: 2 }), anEvent({ instanceId: 2 }))
    await configured.count(2)
    await until(async () => {
      expect(await waiting(failing)).toMatchObject([
        { status: 'retry', attempts: 1 },
        { status: 'retry', attempts: 1 },
      ])
    })
    configured.reply = () => ({ status: 503 })
    await here.dispatcher.take(anEvent({ instanceId: 2 }))
    await until(async () => expect((await here.dispatcher.list.waiting(7, { status: 'retry' })).items).toHaveLength(4))
    await here.dispatcher.subscriptions.end(7, failing)
    expect(await waiting(failing)).toEqual([])
    expect((await here.dispatcher.list.waiting(7)).items).toMatchObject([{ status: 'retry', url: configured.url }])
    await here.dispatcher.take(anEvent({ instanceId: 2 }))
    await configured.count(4)
    expect(other.received).toHaveLength(3)
    expect(await here.dispatcher.subscriptions.get(7, failing)).toMatchObject({
      active: false,
      deactivatedReason: 'removed',
    })
  })

  test('an instance that is configured with no URL sends to those that are subscribed', async () => {
    here.targets.set(3, {})
    await subscribe(3, other.url)
    const [event, stored] = [anEvent({ instanceId: 3 }), anEvent({ instanceId: 3 })]
    await here.dispatcher.take(event)
    await other.count(1)
    here.targets.set(3, {}, { disabled: true })
    await here.dispatcher.take(stored)
    expect(await here.dispatcher.events.byId(stored.id)).toMatchObject({ status: 'stored' })
  })

  test('another configured URL takes over what waits for the one before, and nothing of the others', async () => {
    configured.reply = () => ({ status: 410 })
    other.reply = () => ({ status: 410 })
    here.targets.to(4, configured.url)
    const added = await subscribe(4, other.url)
    await here.dispatcher.take(anEvent({ instanceId: 4 }))
    await until(async () => {
      const subscriptions = await here.dispatcher.subscriptions.list(7, { instanceId: 4 })
      expect(subscriptions.map(({ active }) => active)).toEqual([false, false])
    })
    const better = await here.another()
    here.targets.to(4, better.url)
    await follow(4)
    await better.count(1)
    expect(await waiting(added)).toMatchObject([{ status: 'queued', url: other.url }])
  })

  test('a URL that is configured and added gets each notification once, and outlasts its configuration', async () => {
    here.targets.set(5, {})
    const id = await subscribe(5, other.url)
    here.targets.to(5, other.url)
    await here.dispatcher.take(anEvent({ instanceId: 5 }))
    expect(await subscribe(5, other.url)).toBe(id)
    expect(await here.dispatcher.subscriptions.list(7, { instanceId: 5 })).toMatchObject([{ id, configured: true }])
    here.targets.to(5, configured.url)
    await here.dispatcher.take(anEvent({ instanceId: 5 }))
    await configured.count(1)
    await other.count(2)
    expect(await here.dispatcher.subscriptions.list(7, { instanceId: 5, url: other.url })).toMatchObject([
      { id, configured: false, active: true },
    ])
    expect([configured.received.length, other.received.length]).toEqual([1, 2])
  })

  test('what waits in memory for a subscription is not sent once it has ended', async () => {
    here.targets.set(6, { 'event.notification.rate.limit': '10' })
    const id = await subscribe(6, other.url)
    await here.dispatcher.take(...Array.from({ length: 100 }, () => anEvent({ instanceId: 6 })))
    await other.count(3)
    const inMemory = () => [...here.dispatcher.lanes.all()].reduce((sum, lane) => sum + lane.waiting, 0)
    expect(inMemory()).toBeGreaterThan(50)
    await here.dispatcher.subscriptions.end(7, id)
    await until(() => expect(inMemory()).toBe(0))
    await until(() => expect(here.dispatcher.lanes.underWay).toBe(0))
    const sent = other.received.length
    await new Promise(resolve => setTimeout(resolve, 1_000))
    expect(other.received.length).toBe(sent)
    expect(await waiting(id)).toEqual([])
  })

  test('of instances that share a URL, the lowest rate limit counts, whichever has an event', async () => {
    here.targets.to(7, other.url, { 'event.notification.rate.limit': '50' })
    here.targets.to(8, other.url, { 'event.notification.rate.limit': '5' })
    here.targets.to(9, other.url)
    const rates = []
    for (const instanceId of [7, 8, 9, 7]) {
      await here.dispatcher.take(anEvent({ instanceId }))
      rates.push(await rateOf(other.url))
    }
    expect(rates).toEqual([50, 5, 5, 5])
    here.targets.to(8, configured.url, { 'event.notification.rate.limit': '5' })
    await follow(8)
    expect([await rateOf(other.url), await rateOf(configured.url)]).toEqual([50, 5])
    here.targets.to(7, other.url)
    await follow(7)
    expect(await rateOf(other.url)).toBeNull()
  })

  test('instances that begin at once on one URL share its lane, and the lowest limit counts', async () => {
    const ids = Array.from({ length: 20 }, (_, n) => 100 + n)
    for (const id of ids) here.targets.to(id, other.url, { 'event.notification.rate.limit': String(id) })
    await Promise.all(ids.map(follow))
    expect(await rateOf(other.url)).toBe(100)
    for (const id of ids) here.targets.to(id, other.url, { 'event.notification.rate.limit': String(1_000 - id) })
    await Promise.all(ids.map(follow))
    expect(await rateOf(other.url)).toBe(881)
    for (const id of ids) here.targets.to(id, configured.url)
    await Promise.all(ids.map(follow))
    expect([await rateOf(other.url), await rateOf(configured.url)]).toEqual([null, null])
  })

  test('a replay goes to every subscription', async () => {
    here.targets.to(10, configured.url)
    await here.dispatcher.take(anEvent({ instanceId: 10 }))
    await configured.count(1)
    await subscribe(10, other.url)
    await until(async () => expect((await here.dispatcher.list.waiting(7)).items).toEqual([]))
    await here.dispatcher.replays.start({ accountId: 7, instanceId: 10 })
    const [again] = await other.count(1)
    await configured.count(2)
    expect(again!.headers).toMatchObject({ 'elements-webhook-replay': 'true' })
  })

  test('a delivery that was stored while its subscription ended is dropped, or goes on to the next URL', async () => {
    configured.reply = () => ({ status: 500 })
    other.reply = () => ({ status: 500 })
    here.targets.to(11, configured.url)
    const added = await subscribe(11, other.url)
    await here.dispatcher.take(anEvent({ instanceId: 11 }))
    await until(async () => expect((await here.dispatcher.list.waiting(7, { status: 'retry' })).items).toHaveLength(2))
    const { rows } = await here.db.pool.query<Record<string, unknown>>('select * from delivery')
    const better = await here.another()
    here.targets.to(11, better.url)
    await follow(11)
    await better.count(1)
    await here.dispatcher.subscriptions.end(7, added)
    await until(async () => expect((await here.dispatcher.list.waiting(7)).items).toEqual([]))
    // As if they had been about to be stored all the time.
    for (const row of rows) {
      const { id, notification_id, day, subscription_id, lane_id } = row
      await here.db.pool.query(
        `insert into delivery (id, notification_id, day, account_id, instance_id, subscription_id, lane_id, state,
                               created_at, due_at) values ($1, $2, $3, 7, 11, $4, $5, 'due', now(), now())`,
        [id, notification_id, day, subscription_id, lane_id],
      )
    }
    await here.db.pool.query(`select pg_notify('delivery_due', '')`)
    await better.count(2)
    await until(async () => expect((await here.dispatcher.list.waiting(7)).items).toEqual([]))
  })
})
