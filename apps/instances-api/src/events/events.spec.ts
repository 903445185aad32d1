import { dayOf, EventStore, IdBlocks, Partitions, readRecord } from '#deliveries'
import { encodeEvent, type NormalizedEvent } from '#events'
import { apiFixture, callingBack } from '../testing/api-fixture.js'
import type { EventBody } from './event.dto.js'

const here = apiFixture()
let instanceId: number

beforeAll(async () => {
  await here.api.app.get(Partitions).ensure(new Date())
  instanceId = (await here.create({}, callingBack)).id
})

const raw = '{"type":"notification_event","id":"notif-1","big":12345678901234567890}'

/** Stores an event as the dispatcher does, queued for its subscription. */
async function store(id: string): Promise<string> {
  const { accountId, companyId, userId } = here.api.account
  const event: NormalizedEvent = {
    ...{ id, instanceId, instanceName: 'E', instanceTags: [], accountId, companyId, userId, elementKey: 'intercom' },
    ...{ hubKey: 'marketing', objectType: 'conversations', objectId: '7', eventType: 'CREATED', source: 'webhook' },
    ...{ date: '2026-11-20T10:00:00.000Z', origin: 'notif-1', raw },
  }
  const reading = readRecord(Buffer.from(encodeEvent(event).value), Date.now())
  if (reading.kind !== 'event') throw new Error(reading.why)
  const events = here.api.app.get(EventStore)
  const [route] = (await events.routes([instanceId])).get(instanceId) ?? []
  const [notificationId = '', deliveryId = ''] = await here.api.app.get(IdBlocks).take(2)
  const delivery = route && {
    id: deliveryId,
    subscriptionId: route.subscriptionId,
    laneId: route.laneId,
    state: 'queued' as const,
  }
  const now = new Date()
  await events.store(
    [{ id: notificationId, events: [reading.incoming], deliveries: delivery ? [delivery] : [] }],
    dayOf(now),
    now,
  )
  return notificationId
}

test('an event is read by its id, with the vendor’s text byte for byte; not by another account', async () => {
  const notificationId = await store('event-1')
  const { status, body } = await here.api.call('GET', '/instances/events/event-1')
  expect([status, body]).toMatchObject([
    200,
    { id: 'event-1', eventDate: '2026-11-20T10:00:00.000Z', status: 'NEW', providerData: raw },
  ])
  expect((body as EventBody).eventElementInstances).toMatchObject([{ elementInstanceId: instanceId, notificationId }])
  expect((await here.api.call('GET', `/instances/${instanceId}/events/event-1`)).body).toEqual(body)
  for (const path of ['/instances/events/event-1', `/instances/${instanceId}/events/event-1`]) {
    expect((await here.api.call('GET', path, { authorization: here.stranger })).status).toBe(404)
  }
  expect((await here.api.call('GET', '/instances/events/nothing')).status).toBe(404)
})

test('an instance’s events are listed page by page, the newest first', async () => {
  for (const id of ['event-2', 'event-3']) await store(id)
  const first = await here.api.call('GET', `/instances/${instanceId}/events?pageSize=2`)
  expect((first.body as EventBody[]).map(({ id }) => id)).toEqual(['event-3', 'event-2'])
  const next = first.headers.get('elements-next-page-token') ?? ''
  const second = await here.api.call('GET', `/instances/${instanceId}/events?pageSize=2&nextPage=${next}`)
  expect((second.body as EventBody[]).map(({ id }) => id)).toEqual(['event-1'])
  expect((await here.api.call('GET', `/instances/${instanceId}/events?to=2020-01-01`)).body).toEqual([])
  const refused = await here.api.call('GET', `/instances/${instanceId}/events?from=yesterday&pageSize=0`)
  expect([refused.status, (refused.body as { message: string }).message.split('\n').length]).toEqual([400, 2])
})
