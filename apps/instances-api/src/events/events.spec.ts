import { dayOf, EventStore, IdBlocks, Partitions, readRecord } from '#deliveries'
import { encodeEvent, type NormalizedEvent } from '#events'
import { Accounts } from '#instances'
import { testDatabase, type TestDatabase } from '#test'
import type { InstanceBody } from '../instances/instance.dto.js'
import { authorizationOf, RunningApi } from '../testing/running-api.js'
import { contentIntercom, VendorStandIn } from '../testing/vendor-stand-in.js'
import type { EventBody } from './event.dto.js'

let database: TestDatabase
let api: RunningApi
let instanceId: number
let stranger: string
const vendor = new VendorStandIn()
const url = 'https://receiver.example/events'

beforeAll(async () => {
  database = await testDatabase()
  contentIntercom(vendor)
  api = await RunningApi.start({ DATABASE_URL: database.url, CONNECTOR_INTERCOM_BASE_URL: await vendor.start() })
  stranger = authorizationOf(await api.app.get(Accounts).create())
  await api.app.get(Partitions).ensure(new Date())
  const configuration = {
    ...{ 'oauth.user.token': 't', 'event.notification.enabled': true, 'event.vendor.type': 'webhooks' },
    'event.notification.callback.url': url,
  }
  const { body } = await api.call('POST', '/instances', {
    body: { element: { key: 'intercom' }, name: 'E', configuration },
  })
  instanceId = (body as InstanceBody).id
})

afterAll(async () => {
  await api.close()
  await vendor.stop()
  await database.drop()
})

const raw = '{"type":"notification_event","id":"notif-1","big":12345678901234567890}'

/** Stores an event as the dispatcher does, queued for its subscription. */
async function store(id: string): Promise<string> {
  const { accountId, companyId, userId } = api.account
  const event: NormalizedEvent = {
    ...{ id, instanceId, instanceName: 'E', instanceTags: [], accountId, companyId, userId, elementKey: 'intercom' },
    ...{ hubKey: 'marketing', objectType: 'conversations', objectId: '7', eventType: 'CREATED', source: 'webhook' },
    ...{ date: '2026-11-20T10:00:00.000Z', origin: 'notif-1', raw },
  }
  const reading = readRecord(Buffer.from(encodeEvent(event).value), Date.now())
  if (reading.kind !== 'event') throw new Error(reading.why)
  const events = api.app.get(EventStore)
  const [route] = (await events.routes([instanceId])).get(instanceId) ?? []
  const [notificationId = '', deliveryId = ''] = await api.app.get(IdBlocks).take(2)
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
  const { status, body } = await api.call('GET', '/instances/events/event-1')
  expect([status, body]).toMatchObject([
    200,
    { id: 'event-1', eventDate: '2026-11-20T10:00:00.000Z', status: 'NEW', providerData: raw },
  ])
  expect((body as EventBody).eventElementInstances).toMatchObject([{ elementInstanceId: instanceId, notificationId }])
  expect((await api.call('GET', `/instances/${instanceId}/events/event-1`)).body).toEqual(body)
  for (const path of ['/instances/events/event-1', `/instances/${instanceId}/events/event-1`]) {
    expect((await api.call('GET', path, { authorization: stranger })).status).toBe(404)
  }
  expect((await api.call('GET', '/instances/events/nothing')).status).toBe(404)
})

test('an instance’s events are listed page by page, the newest first', async () => {
  for (const id of ['event-2', 'event-3']) await store(id)
  const first = await api.call('GET', `/instances/${instanceId}/events?pageSize=2`)
  expect((first.body as EventBody[]).map(({ id }) => id)).toEqual(['event-3', 'event-2'])
  const next = first.headers.get('elements-next-page-token') ?? ''
  const second = await api.call('GET', `/instances/${instanceId}/events?pageSize=2&nextPage=${next}`)
  expect((second.body as EventBody[]).map(({ id }) => id)).toEqual(['event-1'])
  expect((await api.call('GET', `/instances/${instanceId}/events?to=2020-01-01`)).body).toEqual([])
  const refused = await api.call('GET', `/instances/${instanceId}/events?from=yesterday&pageSize=0`)
  expect([refused.status, (refused.body as { message: string }).message.split('\n').length]).toEqual([400, 2])
})
