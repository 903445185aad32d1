import { verifyElements, verifyStandardWebhook } from '#signing'
import { dispatcherFixture } from './testing/dispatcher-fixture.js'
import { anEvent, batchOf, rawRecord, recordOf } from './testing/events.js'
import type { Received } from './testing/receiver.js'
import { until } from './testing/until.js'

describe('the dispatcher', () => {
  const here = dispatcherFixture('file')
  beforeAll(() => here.start())

  const numberOf = async (sql: string) => Number((await here.db.pool.query<{ n: string }>(sql)).rows[0]?.n)
  /** As if the schedule's waits had passed. */
  const makeDue = () =>
    until(async () => {
      const { rowCount } = await here.db.pool.query(
        `update delivery set due_at = now() where state = 'due' and due_at > now()`,
      )
      expect(rowCount).toBeGreaterThan(0)
    })
  const undelivered = () => numberOf('select count(*) as n from delivery')

  test('an event becomes one signed callback, and nothing is left to deliver', async () => {
    here.targets.to(1, here.receiver.url, {
      'event.notification.signature.key': 'MySecretEventSignatureKey',
      'event.notification.basic.username': 'user',
      'event.notification.basic.password': 'pass:word',
      'event.notification.callback.headers': 'X-Tenant: blue\nElements-Webhook-Id: forged',
    })
    const event = anEvent()
    expect(await here.dispatcher.take(event)).toEqual({ kind: 'done' })
    const [callback] = await here.receiver.count(1)
    const { headers, body } = callback!
    const envelope = JSON.parse(body) as { id: string; message: unknown }
    expect(envelope.message).toMatchObject({ instanceId: 1, eventId: event.id, events: [{ objectId: event.objectId }] })
    expect(body).toContain(`"raw":${event.raw}`)
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'elements-webhook-id': envelope.id,
      'webhook-id': envelope.id,
      'x-tenant': 'blue',
      authorization: `Basic ${Buffer.from('user:pass:word').toString('base64')}`,
    })
    expect(verifyElements(headers['elements-webhook-signature'], body, 'MySecretEventSignatureKey')).toBe(true)
    expect(verifyStandardWebhook({ headers, body, keys: ['MySecretEventSignatureKey'] })).toBe(true)
    await until(async () => {
      expect((await here.dispatcher.events.byId(event.id))?.status).toBe('delivered')
      expect(await undelivered()).toBe(0)
    })
    const attempts = await here.dispatcher.deliveries.attempts(envelope.id)
    expect(attempts).toMatchObject([{ number: 1, outcome: 'delivered', status: 200 }])
  })

  test('without a signature key there are no signatures, and the ids are there', async () => {
    here.targets.to(2, here.receiver.url)
    await here.dispatcher.take(anEvent({ instanceId: 2 }))
    const [callback] = await here.receiver.count(1)
    expect(callback!.headers).toHaveProperty('elements-webhook-id')
    expect(Object.keys(callback!.headers).filter(name => name.endsWith('-signature'))).toEqual([])
  })

  test('the same batch again changes nothing, and an id twice in a batch is one event', async () => {
    here.targets.to(3, here.receiver.url)
    const events = Array.from({ length: 5 }, () => anEvent({ instanceId: 3 }))
    const batch = batchOf([...events, events[0]!].map(recordOf))
    expect(await here.dispatcher.handle(batch)).toEqual({ kind: 'done' })
    await here.receiver.count(5)
    expect(await here.dispatcher.handle(batch)).toEqual({ kind: 'done' })
    await new Promise(resolve => setTimeout(resolve, 100))
    expect(here.receiver.received).toHaveLength(5)
    expect(await numberOf('select count(*) as n from event where instance_id = 3')).toBe(5)
    expect(await numberOf('select count(*) as n from notification where instance_id = 3')).toBe(5)
  })

  test('records that cannot be stored are put aside with their errors, and the 500 around them are delivered', async () => {
    here.targets.to(4, here.receiver.url)
    const good = Array.from({ length: 500 }, () => anEvent({ instanceId: 4 }))
    const records = good.map(recordOf)
    records.splice(100, 0, recordOf(anEvent({ instanceId: 4, objectId: 'a\u0000b' })))
    // Random, since repetition is compressed before an index refuses its size.
    const long = Array.from({ length: 5_000 }, () => Math.random().toString(36)[2] ?? 'x').join('')
    records.splice(200, 0, recordOf(anEvent({ instanceId: 4, id: long })))
    records.splice(300, 0, rawRecord('{"id":"half'))
    records.splice(400, 0, rawRecord('{"id":7,"raw":{}}'))
    // Anyone may write to a topic, of instances that no database could hold.
    records.splice(450, 0, recordOf(anEvent({ instanceId: 1e15 })))
    expect(await here.dispatcher.handle(batchOf(records))).toEqual({ kind: 'done' })
    await here.receiver.count(500)
    const { rows } = await here.db.pool.query<{ error: string }>(
      'select error from rejected_record order by record_offset',
    )
    expect(rows.map(row => row.error)).toEqual([
      expect.stringContaining('0x00'),
      expect.stringContaining('exceeds'),
      expect.stringContaining('not a normalized event'),
      expect.stringContaining('id: 7 is not a string'),
      expect.stringContaining('instanceId: 1000000000000000 is not an integer from 0 to 2147483647'),
    ])
    expect(await here.dispatcher.handle(batchOf(records))).toEqual({ kind: 'done' })
    expect(await numberOf('select count(*) as n from rejected_record')).toBe(5)
    await until(async () => expect(await undelivered()).toBe(0))
  })

  test('events of one vendor notification share a callback, and so do those of a poll run and object type', async () => {
    here.targets.to(5, here.receiver.url)
    const merged = anEvent({ instanceId: 5, origin: 'notif-merged' })
    const polled = (objectType: string) =>
      Array.from({ length: 12 }, () =>
        anEvent({
          instanceId: 5,
          source: 'polling',
          origin: 'run-1',
          objectType,
          pollDate: '2026-11-20T10:01:00.000Z',
        }),
      )
    await here.dispatcher.take(merged, anEvent({ instanceId: 5, origin: 'notif-merged', raw: merged.raw }))
    await here.dispatcher.take(...polled('contacts'), ...polled('companies'))
    const callbacks = await here.receiver.count(5)
    const sizes = callbacks.map(({ body }) => (JSON.parse(body) as { message: { events: [] } }).message.events.length)
    expect(sizes.sort()).toEqual([10, 10, 2, 2, 2])
  })

  test('events of instances that are disabled, or have no URL, or are unknown are stored and nothing is sent', async () => {
    here.targets.set(6, { 'event.notification.callback.url': here.receiver.url }, { disabled: true })
    here.targets.set(7, {})
    const events = [6, 7, 8].map(instanceId => anEvent({ instanceId }))
    await here.dispatcher.take(...events)
    for (const { id, instanceId } of events) {
      expect(await here.dispatcher.events.byId(id)).toMatchObject({ event: { id }, status: 'stored' })
      const { items } = await here.dispatcher.events.ofInstance(instanceId)
      expect(items.map(item => item.event.id)).toEqual([id])
    }
    expect(here.receiver.received).toHaveLength(0)
  })

  test('a URL that hangs leaves the others fast, even with a backlog of its own', async () => {
    const hanging = await here.another(() => 'hang')
    here.targets.to(10, hanging.url)
    here.targets.to(11, here.receiver.url)
    await here.dispatcher.take(...Array.from({ length: 2_000 }, () => anEvent({ instanceId: 10 })))
    await until(() => expect(hanging.received.length).toBeGreaterThan(10))
    const waits: number[] = []
    for (let sent = 0; sent < 60; sent++) {
      const begun = performance.now()
      await here.dispatcher.take(anEvent({ instanceId: 11 }))
      await here.receiver.count(sent + 1)
      waits.push(performance.now() - begun)
    }
    expect(waits.sort((a, b) => a - b)[57]).toBeLessThan(500)
    // None of its attempts is used up while its breaker is open.
    await until(() => expect(here.dispatcher.lanes.underWay).toBeLessThan(2), 20_000)
    await new Promise(resolve => setTimeout(resolve, 300))
    expect(hanging.received.length).toBeLessThan(200)
    await here.db.pool.query('delete from delivery')
  })

  test('a backlog of one account does not keep another waiting', async () => {
    const slow = await here.another()
    slow.reply = () => ({ status: 200 })
    here.targets.set(
      12,
      { 'event.notification.callback.url': slow.url, 'event.notification.rate.limit': '20' },
      { accountId: 70 },
    )
    here.targets.to(13, here.receiver.url)
    await here.dispatcher.take(...Array.from({ length: 300 }, () => anEvent({ instanceId: 12, accountId: 70 })))
    await here.dispatcher.take(anEvent({ instanceId: 13 }))
    await here.receiver.count(1, 1_000)
    const [before, began] = [slow.received.length, Date.now()]
    await new Promise(resolve => setTimeout(resolve, 2_000))
    const [came, seconds] = [slow.received.length - before, (Date.now() - began) / 1_000]
    expect(came).toBeGreaterThan(25)
    // A second's worth may go at once; a busy machine may be late in counting.
    expect(came).toBeLessThanOrEqual(20 * (seconds + 1) + 5)
    await here.db.pool.query('delete from delivery')
  })

  test('410 deactivates the subscription: what waits and what follows is queued, until it is asked for', async () => {
    here.receiver.reply = () => ({ status: 410 })
    here.targets.to(14, here.receiver.url)
    await here.dispatcher.take(anEvent({ instanceId: 14 }))
    await until(async () => {
      const [subscription] = await here.dispatcher.subscriptions.list(7, { instanceId: 14 })
      expect(subscription).toMatchObject({ active: false, deactivatedReason: 'gone' })
    })
    await here.dispatcher.take(anEvent({ instanceId: 14 }))
    const { items } = await here.dispatcher.list.waiting(7, { status: 'queued', url: here.receiver.url })
    expect(items).toMatchObject([{ attempts: 1, lastError: 'answered 410' }, { attempts: 0 }])
    expect(here.receiver.received).toHaveLength(1)
    here.receiver.reply = () => ({ status: 200 })
    expect(await here.dispatcher.subscriptions.reactivate(7, { url: here.receiver.url })).toBe(2)
    await here.receiver.count(3)
    await until(async () => expect(await undelivered()).toBe(0))
  })

  test('a redirect is a failure and is not followed', async () => {
    const elsewhere = await here.another()
    here.receiver.reply = () => ({ status: 307, headers: { location: elsewhere.url } })
    here.targets.to(15, here.receiver.url)
    await here.dispatcher.take(anEvent({ instanceId: 15 }))
    await here.receiver.count(1)
    await until(async () => {
      const { items } = await here.dispatcher.list.waiting(7, { instanceId: 15 })
      expect(items).toMatchObject([{ status: 'retry', attempts: 1, lastError: 'answered 307' }])
      const seconds = (items[0]!.dueAt!.getTime() - Date.now()) / 1_000
      expect(seconds).toBeGreaterThan(6)
      expect(seconds).toBeLessThan(10)
    })
    expect(elsewhere.received).toHaveLength(0)
    await here.db.pool.query('delete from delivery')
  })

  test('a retry is the same bytes under the same id, with a fresh timestamp and valid signatures', async () => {
    const key = 'whsec_c2VjcmV0IGtleSBvZiBteSBvd24='
    here.receiver.reply = () => ({ status: here.receiver.received.length === 1 ? 503 : 200 })
    here.targets.to(16, here.receiver.url, { 'event.notification.signature.key': key })
    await here.dispatcher.take(anEvent({ instanceId: 16 }))
    await here.receiver.count(1)
    await makeDue()
    const [first, second] = (await here.receiver.count(2)) as [Received, Received]
    expect(second.body).toBe(first.body)
    expect(second.headers['webhook-id']).toBe(first.headers['webhook-id'])
    expect(verifyStandardWebhook({ headers: second.headers, body: second.body, keys: [key] })).toBe(true)
    await until(async () => {
      const attempts = await here.dispatcher.deliveries.attempts(String(first.headers['webhook-id']))
      expect(attempts.map(({ number, outcome, status }) => [number, outcome, status])).toEqual([
        [1, 'retry', 503],
        [2, 'delivered', 200],
      ])
    })
  })

  test('Retry-After lengthens a wait, and no recovery of the URL shortens it', async () => {
    here.receiver.reply = () => ({ status: 429, headers: { 'retry-after': '3600' } })
    here.targets.to(17, here.receiver.url)
    await here.dispatcher.take(anEvent({ instanceId: 17 }))
    await until(async () => {
      const { items } = await here.dispatcher.list.waiting(7, { instanceId: 17 })
      expect(items[0]!.dueAt!.getTime() - Date.now()).toBeGreaterThan(3_500_000)
    })
    await here.db.pool.query('delete from delivery')
  })

  test('what was stored without a URL can be sent once there is one, and again, as the same bytes', async () => {
    here.targets.set(19, {})
    const events = [anEvent({ instanceId: 19 }), anEvent({ instanceId: 19 })]
    await here.dispatcher.take(...events)
    here.targets.to(19, here.receiver.url)
    await here.dispatcher.subscriptions.follow([here.targets.configured.get(19)!])
    await here.dispatcher.replays.start({ accountId: 7, instanceId: 19 })
    const [first] = await here.receiver.count(2)
    expect(first!.headers).toMatchObject({ 'elements-webhook-replay': 'true' })
    await until(async () => expect(await undelivered()).toBe(0))
    const notificationIds = [String(first!.headers['webhook-id'])]
    await here.dispatcher.replays.start({ accountId: 7, notificationIds })
    const again = (await here.receiver.count(3))[2]
    expect(again!.body).toBe(first!.body)
    expect(await here.dispatcher.events.byId(events[0]!.id)).toMatchObject({ status: 'delivered' })
  })

  test('a new URL takes over what waits for the old one', async () => {
    here.receiver.reply = () => ({ status: 410 })
    here.targets.to(18, here.receiver.url)
    await here.dispatcher.take(anEvent({ instanceId: 18 }))
    await until(async () =>
      expect(await here.dispatcher.subscriptions.list(7, { instanceId: 18 })).toMatchObject([{ active: false }]),
    )
    const better = await here.another()
    here.targets.to(18, better.url)
    await here.dispatcher.subscriptions.follow([here.targets.configured.get(18)!])
    await better.count(1)
    expect(await here.dispatcher.subscriptions.list(7, { instanceId: 18 })).toMatchObject([
      { active: true, url: better.url },
    ])
    await until(async () => expect(await undelivered()).toBe(0))
  })
})
