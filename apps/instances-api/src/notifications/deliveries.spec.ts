import { dayOf, EventStore, IdBlocks, Outcomes, Partitions, readRecord, type AttemptOutcome } from '#deliveries'
import { encodeEvent, type NormalizedEvent } from '#events'
import { apiFixture, callingBack } from '../testing/api-fixture.js'
import { authorizationOf } from '../testing/running-api.js'
import type { DeliveryBody, SubscriptionBody } from './notification.dto.js'

const path = '/notifications/subscriptions/deliveries'
const url = callingBack['event.notification.callback.url']
const raw = '{"type":"notification_event","id":"notif-1","big":12345678901234567890}'

const here = apiFixture()
let instanceId: number
let configured: SubscriptionBody
let other: SubscriptionBody

beforeAll(async () => {
  await here.api.app.get(Partitions).ensure(new Date())
  instanceId = (await here.create({}, callingBack)).id
  const topics = [`instance-${instanceId}-intercom-events`]
  const config = { url: 'https://other.example/' }
  other = (
    await here.api.call('POST', '/notifications/subscriptions', { body: { channel: 'webhook', topics, config } })
  ).body as SubscriptionBody
  configured = ((await here.api.call('GET', '/notifications/subscriptions')).body as SubscriptionBody[])[0]!
})

afterEach(() => here.database.pool.query('truncate delivery, attempt, notification, event, event_key'))

interface Stored {
  notificationId: string
  /** Of each subscription's delivery: the configured one's first. */
  deliveries: { id: string; subscriptionId: string; laneId: string }[]
}

let events = 0

/** Stores a notification as the dispatcher does, with a delivery for each subscription. */
async function store(state: 'due' | 'queued'): Promise<Stored> {
  const { accountId, companyId, userId } = here.api.account
  const event: NormalizedEvent = {
    ...{ id: `event-${++events}`, instanceId, instanceName: 'E', instanceTags: [], accountId, companyId, userId },
    ...{ elementKey: 'intercom', hubKey: 'marketing', objectType: 'conversations', objectId: '7', source: 'webhook' },
    ...{ eventType: 'CREATED', date: '2026-11-20T10:00:00.000Z', origin: 'notif-1', raw },
  }
  const reading = readRecord(Buffer.from(encodeEvent(event).value), Date.now())
  if (reading.kind !== 'event') throw new Error(reading.why)
  const routes = (await here.api.app.get(EventStore).routes([instanceId])).get(instanceId) ?? []
  const [notificationId = '', ...ids] = await here.api.app.get(IdBlocks).take(1 + routes.length)
  const deliveries = routes
    .sort((a, b) => Number(b.configured) - Number(a.configured))
    .map(({ subscriptionId, laneId }, index) => ({ id: ids[index]!, subscriptionId, laneId, state }))
  const now = new Date()
  const planned = { id: notificationId, events: [reading.incoming] as const, deliveries }
  await here.api.app.get(EventStore).store([planned], dayOf(now), now)
  return { notificationId, deliveries }
}

/** Records an attempt at the delivery to the configured URL, as the dispatcher does. */
async function attempt({ notificationId, deliveries: [delivery] }: Stored, arrived: boolean): Promise<void> {
  const startedAt = new Date()
  const outcome: AttemptOutcome = {
    ...{ deliveryId: delivery!.id, notificationId, subscriptionId: delivery!.subscriptionId },
    ...{ accountId: here.api.account.accountId, instanceId, laneId: delivery!.laneId, epoch: 0, number: 1, startedAt },
    ...{ durationMs: 5, firstAttemptAt: startedAt, status: arrived ? 200 : 500, error: null, answer: null },
    decision: arrived ? { kind: 'delivered' } : { kind: 'retry', waitMs: 60_000, patient: false },
  }
  await here.api.app.get(Outcomes).record([outcome], dayOf(startedAt))
}

const get = async (where = '', more = '') =>
  (await here.api.call('GET', `${path}?where=${encodeURIComponent(where)}${more}`)).body as DeliveryBody[]
const places = (deliveries: DeliveryBody[]) =>
  deliveries.map(({ notificationId, subscriptionId, status }) => [notificationId, subscriptionId, status])

test('each status is listed by itself, those that wait the oldest first and those that arrived the newest first', async () => {
  const [first, second, third, fourth] = [
    await store('due'),
    await store('due'),
    await store('due'),
    await store('queued'),
  ]
  await attempt(first, true)
  await attempt(second, true)
  await attempt(third, false)
  const mine = `subscriptionId=${configured.id}`
  expect(places(await get(`channel='webhook' and status='retry'`))).toEqual([
    [third.notificationId, configured.id, 'retry'],
  ])
  expect(places(await get(`status='created'`))).toEqual(
    [first, second, third].map(({ notificationId }) => [notificationId, other.id, 'created']),
  )
  expect(places(await get(`status='queued' and ${mine}`))).toEqual([[fourth.notificationId, configured.id, 'queued']])
  for (const status of ['delivered', 'notified']) {
    expect(places(await get(`status='${status}' and config.url='${url}'`))).toEqual([
      [second.notificationId, configured.id, 'delivered'],
      [first.notificationId, configured.id, 'delivered'],
    ])
  }
  expect(await get(`status='delivered' and config.url='https://other.example/'`)).toEqual([])
  expect(await get()).toHaveLength(6)
  expect(await get(`config.url='${url}'`)).toHaveLength(2)
  expect(await get(`instanceId=${instanceId} and status='retry'`)).toHaveLength(1)
  expect(await get(`instanceId=${instanceId + 1}`)).toEqual([])
  const [retried] = await get(`status='retry'`)
  expect(retried).toMatchObject({ attempts: 1, error: 'answered 500', config: { url }, instanceId })
  expect(new Date(retried!.updatedDate).getTime()).toBeGreaterThan(new Date(retried!.createdDate).getTime())
})

test('lists go on where their pages end, and another account sees none of it', async () => {
  const stored: Stored[] = []
  for (let n = 0; n < 5; n++) stored.push(await store('due'))
  for (const one of stored) await attempt(one, true)
  for (const where of [`status='delivered'`, '', `subscriptionId='${other.id}'`, `status='created'`]) {
    const seen: string[] = []
    for (let token = '', more = true; more;) {
      const page = await here.api.call('GET', `${path}?where=${encodeURIComponent(where)}&pageSize=2${token}`)
      expect(page.headers.get('elements-returned-count')).toBe(String((page.body as []).length))
      seen.push(...(page.body as DeliveryBody[]).map(({ notificationId }) => notificationId))
      const next = page.headers.get('elements-next-page-token')
      more = next !== null
      token = `&nextPage=${next}`
    }
    const ids = stored.map(({ notificationId }) => notificationId)
    expect(seen).toEqual(where.includes('delivered') ? ids.reverse() : ids)
    const foreign = await here.api.call('GET', `${path}?where=${encodeURIComponent(where)}`, {
      authorization: here.stranger,
    })
    expect([foreign.status, foreign.body]).toEqual([200, []])
  }
})

test('with hydrate there is the body of the callback, byte for byte, and the subscription', async () => {
  const stored = await store('due')
  await attempt(stored, true)
  for (const where of [`status='delivered'`, `status='created'`]) {
    const answer = await fetch(
      `${here.api.url}/elements/api-v2${path}?hydrate=true&where=${encodeURIComponent(where)}`,
      {
        headers: { authorization: authorizationOf(here.api.account) },
      },
    )
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/)
    expect(answer.headers.get('elements-returned-count')).toBe('1')
    const text = await answer.text()
    expect(text).toContain(`"raw":${raw}`)
    const [delivery] = JSON.parse(text) as DeliveryBody[]
    expect(delivery).toMatchObject({
      notification: { id: stored.notificationId, message: { instanceId, events: [{ objectId: '7' }] } },
      subscription: where.includes('delivered') ? configured : other,
    })
  }
})

test('what is queued is sent again: of a subscription, an instance or a URL; nothing else is', async () => {
  await store('queued')
  await store('queued')
  const put = async (where: string, authorization = authorizationOf(here.api.account)) => {
    const { status, body } = await here.api.call('PUT', `${path}?where=${encodeURIComponent(where)}`, { authorization })
    return [status, body]
  }
  await here.database.pool.query('update subscription set active = false')
  expect(await put(`channel='webhook' and status='queued' and subscriptionId=${other.id}`)).toEqual([
    200,
    { deliveries: 2 },
  ])
  const { body } = await here.api.call('GET', '/notifications/subscriptions')
  expect((body as SubscriptionBody[]).map(({ id, active }) => [id, active])).toEqual([
    [configured.id, false],
    [other.id, true],
  ])
  expect(await put(`instanceId=${instanceId + 1}`)).toEqual([200, { deliveries: 0 }])
  const ofUrl = `channel='webhook' and status='queued' and config.url='${url}'`
  expect(await put(ofUrl, here.stranger)).toEqual([200, { deliveries: 0 }])
  expect(await put(ofUrl)).toEqual([200, { deliveries: 2 }])
  await store('queued')
  expect(await put(`instanceId=${instanceId}`)).toEqual([200, { deliveries: 2 }])
  expect(await get(`status='queued'`)).toEqual([])
  for (const [status, hint] of [
    ['delivered', 'replay'],
    ['retry', 'dueDate'],
  ]) {
    expect(await put(`status='${status}'`)).toMatchObject([400, { message: expect.stringContaining(hint!) as unknown }])
  }
})

test('a where that cannot be read is refused, with every fault', async () => {
  const faults = async (where: string, more = '') => {
    const { status, body } = await here.api.call('GET', `${path}?where=${encodeURIComponent(where)}${more}`)
    return [status, (body as { message: string }).message.split('\n').length]
  }
  expect(await faults('nonsense')).toEqual([400, 1])
  expect(await faults(`channel='sms' and status='lost' and instanceId='x' and color='red'`)).toEqual([400, 4])
  expect(await faults(`status='delivered'`, '&nextPage=12&pageSize=0')).toEqual([400, 2])
})
