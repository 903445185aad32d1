import { apiFixture } from '../testing/api-fixture.js'
import type { PollerRecordBody } from './poll.dto.js'

const here = apiFixture()
let one: number
let other: number

beforeAll(async () => {
  await instance('webhooks')
  ;[one, other] = [await instance('polling'), await instance('polling')]
})

async function instance(type: string): Promise<number> {
  const configured = {
    contacts: { url: '/hubs/general/contacts' },
    conversations: { url: '/hubs/general/conversations' },
  }
  const configuration = {
    ...{ 'event.notification.enabled': true, 'event.vendor.type': type },
    'event.poller.configuration': configured,
  }
  return (await here.create({ name: type }, configuration)).id
}

const list = (query = '', authorization?: string) =>
  here.api.call('GET', `/instances/event-poller-records${query}`, authorization === undefined ? {} : { authorization })
const namesOf = (body: unknown) =>
  (body as PollerRecordBody[]).map(({ instanceId, resource }) => `${instanceId} ${resource}`)

test('what is polled is told with how far it got, when it is polled next and what went wrong', async () => {
  await here.database.pool.query(
    `update polled_resource set watermark_ms = 1795000000123, next_due = '2026-11-21T10:00:00Z', polled_at = '2026-11-21T09:00:00Z',
       failures = 3, last_error = 'answered 500', pages = 2, records = 30, events = 4
     where instance_id = $1 and resource = 'contacts'`,
    [one],
  )
  const [record] = (await list(`?instanceId=${one}`)).body as PollerRecordBody[]
  expect(record).toEqual({
    ...{ instanceId: one, elementKey: 'intercom', resource: 'contacts', disabled: false, pausedAt: null },
    ...{ polledAt: '2026-11-21T09:00:00.000Z', watermark: '2026-11-18T11:06:40.123Z' },
    ...{ nextDue: '2026-11-21T10:00:00.000Z', failures: 3, error: 'answered 500', pages: 2, records: 30, events: 4 },
  })
})

test('the records of all instances come in pages, by instance and resource', async () => {
  const first = await list('?pageSize=3')
  expect(namesOf(first.body)).toEqual([`${one} contacts`, `${one} conversations`, `${other} contacts`])
  expect(first.headers.get('elements-returned-count')).toBe('3')
  const second = await list(`?pageSize=3&nextPage=${first.headers.get('elements-next-page-token')}`)
  expect([namesOf(second.body), second.headers.get('elements-next-page-token')]).toEqual([
    [`${other} conversations`],
    null,
  ])
  const rest = await list(`?instanceId=${one}&pageSize=1`)
  const next = rest.headers.get('elements-next-page-token')
  expect(namesOf((await list(`?instanceId=${one}&nextPage=${next}`)).body)).toEqual([`${one} conversations`])
})

test('what the configuration no longer names is not polled, and not told', async () => {
  const id = await instance('polling')
  const configuration = { 'event.poller.configuration': { contacts: { url: '/hubs/general/contacts' } } }
  await here.api.call('PATCH', `/instances/${id}`, { body: { configuration } })
  expect(namesOf((await list(`?instanceId=${id}`)).body)).toEqual([`${id} contacts`])
  await here.api.call('PATCH', `/instances/${id}`, { body: { configuration: { 'event.notification.enabled': false } } })
  expect((await list(`?instanceId=${id}`)).body).toEqual([])
})

test('a vendor that asked for patience is asked no sooner; what rests is due never', async () => {
  const dueOf = async () =>
    ((await list(`?instanceId=${other}`)).body as PollerRecordBody[]).map(({ nextDue }) => nextDue)
  await here.database.pool.query(`update polled_instance set not_before = '2100-01-01' where instance_id = $1`, [other])
  expect(await dueOf()).toEqual(['2100-01-01T00:00:00.000Z', '2100-01-01T00:00:00.000Z'])
  await here.database.pool.query(
    `update polled_resource set paused_at = now() where instance_id = $1 and resource = 'contacts'`,
    [other],
  )
  expect(await dueOf()).toEqual([null, '2100-01-01T00:00:00.000Z'])
  await here.api.call('DELETE', `/instances/${other}/enabled`)
  expect(await dueOf()).toEqual([null, null])
})

test('a stranger sees none, and an instance that isn’t the caller’s is not found', async () => {
  expect((await list('', here.stranger)).body).toEqual([])
  expect((await list(`?instanceId=${one}`, here.stranger)).status).toBe(404)
  const { status, body } = await list('?instanceId=x&pageSize=0&nextPage=MSA')
  expect([status, (body as { message: string }).message.split('\n')]).toMatchObject([400, { length: 3 }])
})
