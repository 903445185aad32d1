import { dayOf, EventStore, IdBlocks, Partitions, readRecord } from '#deliveries'
import { encodeEvent, type NormalizedEvent } from '#events'
import { testDatabase, type TestDatabase } from '#test'
import type { InstanceBody } from '../../apps/instances-api/src/instances/instance.dto.js'
import { RunningApi } from '../../apps/instances-api/src/testing/running-api.js'
import { StoredEvents } from '../../apps/instances-api/src/testing/stored-events.js'
import {
  contentIContact,
  contentIntercom,
  VendorStandIn,
} from '../../apps/instances-api/src/testing/vendor-stand-in.js'

/** What there is to ask the API about: it runs, on a database and before vendors of its own. */
export interface World {
  api: RunningApi
  database: TestDatabase
  /** Hears webhooks, calls back, and has an event that waits for its callback. */
  listening: InstanceBody
  /** Polls; one of its resources is paused, and it has been asked to poll. */
  polling: InstanceBody
  icontact: InstanceBody
  eventId: string
  runId: string
  /** An instance like `listening`, to be changed or deleted. */
  fresh(): Promise<InstanceBody>
  close(): Promise<void>
}

const callback = 'https://receiver.example/events'
const intercom = { 'oauth.user.token': 'tok', 'oauth.api.secret': 'client-secret', 'event.notification.enabled': true }

export const listeningBody = {
  element: { key: 'intercom' },
  name: 'Listening',
  tags: ['Docs'],
  configuration: { ...intercom, 'event.vendor.type': 'webhooks', 'event.notification.callback.url': callback },
}

const pollingBody = {
  element: { key: 'intercom' },
  name: 'Polling',
  configuration: { ...intercom, 'event.vendor.type': 'polling' },
}

const icontactBody = {
  element: { key: 'icontact' },
  name: 'Newsletter',
  configuration: { 'api.version': '2.2', AppID: 'app', 'api.username': 'u', 'api.password': 'p' },
}

/** @param prepare gets the database before there is anything in it */
export async function startWorld(prepare?: (database: TestDatabase) => Promise<void>): Promise<World> {
  const database = await testDatabase()
  await prepare?.(database)
  const vendor = new VendorStandIn()
  const vendorUrl = await vendor.start()
  fill(vendor)
  const bases = { CONNECTOR_INTERCOM_BASE_URL: vendorUrl, CONNECTOR_ICONTACT_BASE_URL: vendorUrl }
  const api = await RunningApi.start({ DATABASE_URL: database.url, ...bases })
  await api.app.get(Partitions).ensure(new Date())
  const make = async (body: object) => {
    const answer = await api.call('POST', '/instances', { body })
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
    return answer.body as InstanceBody
  }
  const [listening, polling, icontact] = [await make(listeningBody), await make(pollingBody), await make(icontactBody)]
  const eventId = 'event-1'
  const notificationId = await store(api, listening, eventId)
  await new StoredEvents(database.pool).attempt(notificationId, 'queued')
  const { body: run } = await api.call('POST', `//api/instances/${polling.id}/poll`)
  await pauseOne(database, polling)
  return {
    ...{ api, database, listening, polling, icontact, eventId, runId: (run as { runId: string }).runId },
    fresh: () => make({ ...listeningBody, name: 'Fresh' }),
    async close() {
      await api.close()
      await vendor.stop()
      await database.drop()
    },
  }
}

function fill(vendor: VendorStandIn): void {
  contentIntercom(vendor)
  contentIContact(vendor)
  const folder = '/icp/a/413323/c/124667'
  vendor.answers.set('/contacts', { status: 200, body: { data: [{ id: 'c1', name: 'Ann' }], pages: {} } })
  vendor.answers.set('/contacts/c1', { status: 200, body: { id: 'c1', name: 'Ann' } })
  const opens = [{ contactId: '1', openedAt: '2026-11-20T10:00:00-05:00' }]
  vendor.answers.set(`${folder}/messages/9/opens`, { status: 200, body: { opens, total: 1 } })
}

/** Stores an event as the dispatcher does, queued for its subscription; the id of its notification. */
async function store(api: RunningApi, { id: instanceId }: InstanceBody, id: string): Promise<string> {
  const { accountId, companyId, userId } = api.account
  const raw = '{"type":"notification_event","id":"notif-1"}'
  const event: NormalizedEvent = {
    ...{ id, instanceId, instanceName: 'E', instanceTags: [], accountId, companyId, userId, elementKey: 'intercom' },
    ...{ hubKey: 'marketing', objectType: 'conversations', objectId: '7', eventType: 'CREATED', source: 'webhook' },
    ...{ date: '2026-11-20T10:00:00.000Z', origin: 'notif-1', raw },
  }
  const reading = readRecord(Buffer.from(encodeEvent(event).value), Date.now())
  if (reading.kind !== 'event') throw new Error(reading.why)
  const events = api.app.get(EventStore)
  const [route] = (await events.routes([instanceId])).get(instanceId) ?? []
  if (!route) throw new Error(`instance ${instanceId} has no subscription`)
  const [notificationId = '', deliveryId = ''] = await api.app.get(IdBlocks).take(2)
  const { subscriptionId, laneId } = route
  const deliveries = [{ id: deliveryId, subscriptionId, laneId, state: 'queued' as const }]
  const now = new Date()
  await events.store([{ id: notificationId, events: [reading.incoming], deliveries }], dayOf(now), now)
  return notificationId
}

async function pauseOne({ pool }: TestDatabase, { id }: InstanceBody): Promise<void> {
  const { rowCount } = await pool.query(
    `update polled_resource set paused_at = now(), failures = 100, last_error = 'gone' where ctid = (
       select r.ctid from polled_resource r where instance_id = $1 limit 1)`,
    [id],
  )
  if (rowCount !== 1) throw new Error('nothing is polled')
}
