import { apiFixture, callingBack } from '../testing/api-fixture.js'
import { StoredEvents } from '../testing/stored-events.js'
import type { DispositionBody } from './disposition.dto.js'

const url = callingBack['event.notification.callback.url']
const here = apiFixture()
let stored: StoredEvents
let instanceId: number

beforeAll(async () => {
  stored = new StoredEvents(here.database.pool)
  instanceId = (await here.create({}, callingBack)).id

  const at = (time: string) => new Date(`2026-11-18T${time}Z`)
  const one = await stored.notification([of('a'), of('b')], at('23:00:00'))
  await stored.attempt(one, 'retry', { at: at('23:00:01') })
  await stored.attempt(one, 'deactivated', { at: at('23:00:09'), number: 2, error: 'no answer within 15 s' })
  const two = await stored.notification([of('c')], at('23:00:02'))
  await stored.attempt(two, 'queued', { at: at('23:00:03'), status: 404 })
  await stored.attempt(two, 'delivered', { at: new Date('2026-11-19T01:00:00Z'), number: 2 })
  await stored.attempt(await stored.notification([of('d')], at('23:00:04')), 'delivered', { at: at('23:00:09') })
  await stored.notification([of('never-sent')], at('23:00:10'))
})

const of = (id: string) => ({ id, instanceId, accountId: here.api.account.accountId })
const list = (query = '', authorization?: string) =>
  here.api.call('GET', `/instances/events/dispositions${query}`, authorization === undefined ? {} : { authorization })
const bodies = async (query: string) => (await list(query)).body as DispositionBody[]
const idsOf = (all: DispositionBody[]) => all.map(({ eventId }) => eventId)

test('every event that was sent tells all that came of it, the one sent last first', async () => {
  const all = await bodies('')
  expect(idsOf(all)).toEqual(['c', 'd', 'a', 'b'])
  expect([all[0], all[2]]).toEqual([
    {
      ...{ eventId: 'c', elementInstanceId: instanceId },
      notificationData: [
        { date: '2026-11-18T23:00:03.000Z', message: `Error delivering event c to ${url}: answered 404; queued` },
        { date: '2026-11-19T01:00:00.000Z', message: `Delivered event c to ${url}: answered 200` },
      ],
    },
    {
      ...{ eventId: 'a', elementInstanceId: instanceId },
      notificationData: [
        {
          date: '2026-11-18T23:00:01.000Z',
          message: `Error delivering event a to ${url}: answered 500; to be tried again`,
        },
        {
          date: '2026-11-18T23:00:09.000Z',
          message: `Error delivering event a to ${url}: no answer within 15 s; queued, and its subscription deactivated`,
        },
      ],
    },
  ])
})

test('a time that is asked for is that of the last attempt before its end', async () => {
  const before = await bodies('?to=2026-11-18T23:00:09Z')
  expect(idsOf(before)).toEqual(['c', 'a', 'b'])
  expect(before.map(({ notificationData }) => notificationData.length)).toEqual([1, 1, 1])
  expect(idsOf(await bodies('?from=2026-11-18T23:00:04Z&to=2026-11-19'))).toEqual(['d', 'a', 'b'])
  expect(idsOf(await bodies('?from=2026-11-19T02:00:00Z'))).toEqual([])
})

test('comes in pages, which nothing sent meanwhile disturbs', async () => {
  const first = await list('?pageSize=3')
  expect(idsOf(first.body as DispositionBody[])).toEqual(['c', 'd', 'a'])
  expect(first.headers.get('elements-returned-count')).toBe('3')
  const late = await stored.notification([of('late')])
  await stored.attempt(late, 'retry', { at: new Date(Date.now() + 1_000) })
  const next = first.headers.get('elements-next-page-token') ?? ''
  const second = await list(`?pageSize=3&nextPage=${next}`)
  expect([idsOf(second.body as DispositionBody[]), second.headers.get('elements-next-page-token')]).toEqual([
    ['b'],
    null,
  ])
})

test('nobody else sees them, and what can’t be read is refused', async () => {
  expect((await list('', here.stranger)).body).toEqual([])
  const { status, body } = await list('?from=x&to=y&pageSize=0&nextPage=z')
  expect([status, (body as { message: string }).message.split('\n')]).toMatchObject([400, { length: 4 }])
  expect((await list('?from=2026-11-20&to=2026-11-19')).status).toBe(400)
})
