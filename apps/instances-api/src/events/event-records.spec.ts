import { apiFixture, callingBack } from '../testing/api-fixture.js'
import { StoredEvents } from '../testing/stored-events.js'
import type { EventBody } from './event.dto.js'

const here = apiFixture()
let stored: StoredEvents

beforeAll(() => {
  stored = new StoredEvents(here.database.pool)
})

const instance = () => here.create({}, callingBack)
const of = (instanceId: number, id: string) => ({ id, instanceId, accountId: here.api.account.accountId })
const read = async (id: string) => (await here.api.call('GET', `/instances/events/${id}`)).body as EventBody
const idsOf = (body: unknown) => (body as EventBody[]).map(({ id }) => id)

test('an event has the documented form, and names its instance as a webhook URL does', async () => {
  const { id } = await instance()
  const at = new Date('2026-11-20T10:00:01Z')
  const notificationId = await stored.notification([of(id, 'form-1')], at)
  const notified = {
    ...{ id: 'form-1', elementKey: 'intercom', hubKey: 'marketing', objectType: 'conversations', objectId: '7' },
    ...{ eventType: 'CREATED', date: '2026-11-20T10:00:00.000Z' },
  }
  const dates = { createdDate: at.toISOString(), updatedDate: at.toISOString() }
  expect(await read('form-1')).toEqual({
    id: 'form-1',
    eventDate: '2026-11-20T10:00:00.000Z',
    status: 'RECEIVED',
    providerData: '{"type":"notification_event","id":"notif-1"}',
    notifiedData: [notified],
    eventElementInstances: [
      {
        ...{ eventId: 'form-1', elementInstanceId: id, notificationId, notifiedData: JSON.stringify(notified) },
        ...dates,
      },
    ],
    encodedid: Buffer.from(String(id)).toString('base64'),
  })
})

test('its status says how far its callback got, and an event in the middle of a notification has the same', async () => {
  const { id } = await instance()
  const notification = await stored.notification([of(id, 'way-1'), of(id, 'way-2')])
  const statuses = async () => [(await read('way-1')).status, (await read('way-2')).status]
  expect(await statuses()).toEqual(['RECEIVED', 'RECEIVED'])
  await stored.wait(notification)
  expect(await statuses()).toEqual(['NEW', 'NEW'])
  await stored.attempt(notification, 'retry')
  expect(await statuses()).toEqual(['DISPATCHED', 'DISPATCHED'])
  await here.database.pool.query('delete from delivery where notification_id = $1', [notification])
  expect(await statuses()).toEqual(['DISPATCHED', 'DISPATCHED'])
  const at = new Date()
  await stored.attempt(notification, 'delivered', { at, number: 2 })
  expect(await statuses()).toEqual(['NOTIFIED', 'NOTIFIED'])
  const { body } = await here.api.call('GET', `/instances/${id}/events/way-2`)
  expect(body).toMatchObject({ status: 'NOTIFIED', eventElementInstances: [{ updatedDate: at.toISOString() }] })
})

test('a deleted instance’s events are still read by their ids, by its own account', async () => {
  const { id } = await instance()
  await stored.notification([of(id, 'gone-1')])
  await here.api.call('DELETE', `/instances/${id}`)
  for (const path of ['/instances/events/gone-1', `/instances/${id}/events/gone-1`]) {
    expect((await here.api.call('GET', path)).body).toMatchObject({ id: 'gone-1' })
    expect((await here.api.call('GET', path, { authorization: here.stranger })).status).toBe(404)
  }
  expect((await here.api.call('GET', `/instances/${id + 1}/events/gone-1`)).status).toBe(404)
  expect((await here.api.call('GET', `/instances/${id}/events`)).status).toBe(404)
})

describe('a list of events', () => {
  let id: number
  let authorization: string
  const list = (query: string) => here.api.call('GET', `/instances/${id}/events?${query}`)

  beforeAll(async () => {
    const made = await instance()
    id = made.id
    authorization = here.authorizationBy(made)
    const types = ['CREATED', 'UPDATED', 'DELETED'] as const
    for (let n = 0; n < 12; n++) {
      const one = { ...of(id, `n${n}`), objectType: n % 4 === 0 ? 'contacts' : 'conversations' }
      const at = new Date(Date.UTC(2026, 10, 18 + Math.floor(n / 4), n))
      const notification = await stored.notification([{ ...one, eventType: types[n % 3]! }], at)
      if (n % 2 === 0) await stored.attempt(notification, n === 6 ? 'retry' : 'delivered', { at })
    }
  })

  test('is filtered by object, kind, status and time', async () => {
    expect(idsOf((await list('objectType=contacts')).body)).toEqual(['n8', 'n4', 'n0'])
    expect(idsOf((await list('eventType=deleted')).body)).toEqual(['n11', 'n8', 'n5', 'n2'])
    expect(idsOf((await list('status=NOTIFIED&eventType=UPDATED')).body)).toEqual(['n10', 'n4'])
    expect(idsOf((await list('status=DISPATCHED')).body)).toEqual(['n6'])
    expect(idsOf((await list('status=CONSUMED')).body)).toEqual([])
    expect(idsOf((await list('from=2026-11-19&to=2026-11-19T06:00:00Z')).body)).toEqual(['n5', 'n4'])
    expect(idsOf((await list('from=2026-11-19T07:00:00+02:00&to=2026-11-19T05:30')).body)).toEqual(['n5'])
  })

  test('comes in pages, of what fits too, and the last one says so', async () => {
    for (const [filter, all] of [
      ['', Array.from({ length: 12 }, (_, n) => `n${11 - n}`)],
      ['status=RECEIVED&', ['n11', 'n9', 'n7', 'n5', 'n3', 'n1']],
    ] as const) {
      const seen: string[] = []
      const counts: (string | null)[] = []
      for (let next: string | null = ''; next !== null;) {
        const page = await list(`${filter}pageSize=4&nextPage=${next}`)
        seen.push(...idsOf(page.body))
        counts.push(page.headers.get('elements-returned-count'))
        next = page.headers.get('elements-next-page-token')
      }
      expect(seen).toEqual(all)
      expect(counts.slice(0, -1)).toEqual(counts.slice(0, -1).fill('4'))
    }
  })

  test('without an id is that of the Element token', async () => {
    expect(idsOf((await here.api.call('GET', '/instances/events?pageSize=1', { authorization })).body)).toEqual(['n11'])
    expect((await here.api.call('GET', '/instances/events')).status).toBe(401)
  })

  test('is nobody else’s', async () => {
    expect((await here.api.call('GET', `/instances/${id}/events`, { authorization: here.stranger })).status).toBe(404)
  })

  test('refuses what it can’t read, all of it at once', async () => {
    const { status, body } = await list(
      'from=yesterday&to=2026-13-01&pageSize=0&eventType=X&status=Y&nextPage=2026-02-31.1.0',
    )
    expect([status, (body as { message: string }).message.split('\n').map(line => line.split(':')[0])]).toEqual([
      400,
      ['from', 'to', 'eventType', 'status', 'nextPage', 'pageSize'],
    ])
    expect((await list('from=2026-11-20&to=2026-11-19')).status).toBe(400)
    expect((await list('to=2026-02-31&objectType=%00')).status).toBe(400)
    expect((await here.api.call('GET', '/instances/events/%00')).status).toBe(404)
  })
})
