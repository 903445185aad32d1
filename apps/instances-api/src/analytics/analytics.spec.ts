import { Accounts, type NewAccount } from '#instances'
import { apiFixture } from '../testing/api-fixture.js'
import { authorizationOf } from '../testing/running-api.js'
import { StoredEvents } from '../testing/stored-events.js'
import type { AccountsEntry, CountEntry, InstancesEntry } from './analytics.dto.js'

const here = apiFixture()
let strangers: NewAccount
let accountId: number
let one: number
let other: number

beforeAll(async () => {
  accountId = here.api.account.accountId
  ;[one, other] = [await instance(), await instance()]
  strangers = await here.api.app.get(Accounts).create()
  const stored = new StoredEvents(here.database.pool)
  const at = (time: string) => new Date(`2026-11-18T${time}Z`)
  const of = (id: string, instanceId: number) => ({ id, instanceId, accountId })
  const arrived = await stored.notification([of('a', one), of('b', one)], at('10:00:30'))
  await stored.attempt(arrived, 'retry', { at: at('10:00:31') })
  // Long after the time that is asked for: what became of an event is what is known by now.
  await stored.attempt(arrived, 'delivered', { at: new Date('2026-11-20T01:00:00Z'), number: 2 })
  await stored.attempt(await stored.notification([of('c', one)], at('10:00:59')), 'queued', { at: at('10:01:00') })
  await stored.notification([of('d', other)], at('10:00:59.999'))
  await stored.notification([of('e', other)], at('11:00:10'))
  await stored.notification([{ ...of('f', 1_000), accountId: strangers.accountId }], at('10:30:00'))
})

const instance = async () => (await here.create()).id
const get = <Entry>(path: string, authorization?: string) =>
  here.api.call(
    'GET',
    `/instances/events/analytics${path}`,
    authorization === undefined ? {} : { authorization },
  ) as Promise<{
    status: number
    body: Entry[]
  }>
const hour = 'from=2026-11-18T10:00:00Z&to=2026-11-18T11:00:00Z'

test('an hour by the minute is 61 entries, each of its whole minute, empty ones too', async () => {
  const { body } = await get<CountEntry>(`?${hour}&interval=minute`)
  expect(body).toHaveLength(61)
  expect([body[0], body[1], body[60]]).toEqual([
    { count: 4, timestamp: '2026-11-18T10:00:00.000Z' },
    { count: 0, timestamp: '2026-11-18T10:01:00.000Z' },
    { count: 1, timestamp: '2026-11-18T11:00:00.000Z' },
  ])
  expect(body.reduce((sum, { count }) => sum + count, 0)).toBe(5)
})

test('by account and by instance it is told what became of the events', async () => {
  const accounts = await get<AccountsEntry>(`/accounts?${hour}&interval=hour&accountIds[]=${accountId}`)
  expect(accounts.body).toEqual([
    { total: 4, timestamp: '2026-11-18T10:00:00.000Z', records: [{ accountId, count: 4, success: 2, failed: 1 }] },
    { total: 1, timestamp: '2026-11-18T11:00:00.000Z', records: [{ accountId, count: 1, success: 0, failed: 0 }] },
  ])
  const instances = await get<InstancesEntry>(`/instances?${hour}&interval=hour`)
  expect(instances.body).toEqual([
    {
      ...{ total: 4, timestamp: '2026-11-18T10:00:00.000Z' },
      records: [
        { instanceId: one, count: 3, success: 2, failed: 1 },
        { instanceId: other, count: 1, success: 0, failed: 0 },
      ],
    },
    {
      ...{ total: 1, timestamp: '2026-11-18T11:00:00.000Z' },
      records: [{ instanceId: other, count: 1, success: 0, failed: 0 }],
    },
  ])
})

test.each(['year', 'month', 'week', 'day'])(
  'a %s is counted whole, wherever in it the time asked for begins',
  async interval => {
    const { body } = await get<CountEntry>(`?from=2026-11-18T15:00:00Z&to=2026-11-18T16:00:00Z&interval=${interval}`)
    expect(body).toMatchObject([{ count: 5 }])
  },
)

test('only some instances are counted where some are named; one that isn’t the account’s is not found', async () => {
  for (const path of ['', '/accounts', '/instances']) {
    const { body } = await get<{ count?: number; total?: number }>(`${path}?${hour}&interval=day&instanceIds[]=${one}`)
    expect(body.map(({ count, total }) => count ?? total)).toEqual([3])
    expect((await get(`${path}?instanceIds[]=${one}&instanceIds[]=1000`)).status).toBe(404)
  }
})

test('what isn’t asked for is chosen: the last day by the hour, 60 intervals back, the shortest of at most 100 entries', async () => {
  const times = async (query: string) => (await get<CountEntry>(`?${query}`)).body.map(({ timestamp }) => timestamp)
  expect(await times('')).toHaveLength(25)
  expect(await times('interval=day&to=2026-11-18T10:00:00Z')).toHaveLength(61)
  expect(await times(hour)).toHaveLength(61)
  expect((await times('from=2026-09-01&to=2026-11-01')).slice(0, 2)).toEqual([
    '2026-09-01T00:00:00.000Z',
    '2026-09-02T00:00:00.000Z',
  ])
})

test('too many entries, a time that ends before it begins, and anything unreadable are refused, saying what would do', async () => {
  const day = await get('?from=2026-11-17T10:00:00Z&to=2026-11-18T10:00:00Z&interval=second')
  expect([day.status, (day.body as unknown as { message: string }).message]).toEqual([
    400,
    'interval: "second" makes 86401 entries from 2026-11-17T10:00:00.000Z to 2026-11-18T10:00:00.000Z, and 5000 are the most; "minute" makes 1441',
  ])
  expect((await get('?from=2026-11-18&to=2026-11-17')).status).toBe(400)
  const all = await get('/instances?from=x&to=y&interval=z&instanceIds[]=0&accountIds[]=me')
  expect([all.status, (all.body as unknown as { message: string }).message.split('\n')]).toMatchObject([
    400,
    { length: 5 },
  ])
})

test('another’s account is forbidden, and its events are not counted', async () => {
  for (const path of ['', '/accounts', '/instances']) {
    const { status, body } = await get(`${path}?accountIds[]=${accountId}`, authorizationOf(strangers))
    expect([status, body]).toMatchObject([403, { requestId: expect.any(String) as unknown, message: /account/ }])
  }
  const counts = (await get<CountEntry>(`?${hour}&interval=hour`, authorizationOf(strangers))).body.map(
    ({ count }) => count,
  )
  expect(counts).toEqual([1, 0])
})
