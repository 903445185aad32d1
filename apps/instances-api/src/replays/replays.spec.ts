import { ReplaySteps } from '#deliveries'
import { apiFixture } from '../testing/api-fixture.js'
import type { Answer } from '../testing/running-api.js'
import { StoredEvents } from '../testing/stored-events.js'
import type { ReplayBody, ReplayStartedBody } from './replay.dto.js'

const here = apiFixture()

const url = { 'event.notification.enabled': true, 'event.notification.callback.url': 'https://receiver.example/events' }
let events: StoredEvents
let known = 0

beforeAll(() => {
  events = new StoredEvents(here.database.pool)
})

const call = (method: string, path = '', body?: unknown): Promise<Answer> =>
  here.api.call(method, `//api/replays${path}`, body === undefined ? {} : { body })
const message = ({ body }: Answer) => (body as { message: string }).message
const connected = async (configuration: object = url) => (await here.create({}, { ...configuration })).id

async function store(instanceId: number, at = new Date()): Promise<{ eventId: string; notificationId: string }> {
  const eventId = `stored-${++known}`
  const { accountId } = here.api.account
  return { eventId, notificationId: await events.notification([{ id: eventId, instanceId, accountId }], at) }
}

/** Makes what is asked for, as a dispatcher does. */
async function makeAll(): Promise<void> {
  const steps = here.api.app.get(ReplaySteps)
  for (let idle = false; !idle;) idle = (await steps.step()).kind === 'idle'
}

test('a replay is started, shown, made and stopped', async () => {
  const instanceId = await connected()
  const hour = 3_600_000
  await store(instanceId, new Date(Date.now() - 2 * hour))
  await store(instanceId)
  const from = new Date(Date.now() - hour).toISOString()
  const started = await call('POST', '', { instanceId, from, perSecond: 5 })
  const { replayId } = started.body as ReplayStartedBody
  expect([started.status, started.body]).toEqual([202, { replayId, notifications: 1, exact: true }])
  await makeAll()
  const shown = await call('GET', `/${replayId}`)
  expect([shown.status, shown.body]).toEqual([
    200,
    {
      ...{ replayId, state: 'running', instanceId, subscriptionId: null, from, objectType: null, undelivered: false },
      ...{ perSecond: 5, notifications: 1, exact: true, made: 1, skipped: 0, delivered: 0, waiting: 1, failed: 0 },
      ...{ to: expect.stringMatching(/Z$/) as string, error: null, finishedDate: null },
      ...{ createdDate: expect.any(String) as string, updatedDate: expect.any(String) as string },
    },
  ])
  const stopped = await call('DELETE', `/${replayId}`)
  expect([stopped.status, stopped.body]).toMatchObject([200, { replayId, state: 'cancelled', waiting: 0 }])
  expect((stopped.body as ReplayBody).finishedDate).not.toBeNull()
  const again = await call('DELETE', `/${replayId}`)
  expect([again.status, again.body]).toEqual([200, stopped.body])
})

test('dryRun counts, and starts nothing', async () => {
  const instanceId = await connected()
  const { eventId } = await store(instanceId)
  const { notificationId } = await store(instanceId)
  await events.attempt(notificationId, 'delivered')
  const count = async (body: object) => {
    const answer = await call('POST', '', { ...body, dryRun: true })
    expect(answer).toMatchObject({ status: 200, body: { exact: true } })
    return (answer.body as ReplayStartedBody).notifications
  }
  const before = (await call('GET')).body
  expect(await count({ instanceId, all: true })).toBe(2)
  expect(await count({ instanceId, all: true, undelivered: true })).toBe(1)
  expect(await count({ instanceId, all: true, objectType: 'conversations' })).toBe(2)
  expect(await count({ instanceId, all: true, objectType: 'tickets' })).toBe(0)
  expect(await count({ instanceId, to: '2026-01-01' })).toBe(0)
  expect(await count({ notificationIds: [notificationId, Number(notificationId)] })).toBe(1)
  expect(await count({ eventId })).toBe(1)
  expect((await call('GET')).body).toEqual(before)
})

test('the list has the newest first, in pages', async () => {
  const instanceId = await connected()
  const ids: number[] = []
  for (let n = 0; n < 3; n++) {
    ids.unshift(((await call('POST', '', { instanceId, all: true })).body as ReplayStartedBody).replayId)
  }
  const first = await call('GET', '?pageSize=2')
  const token = first.headers.get('elements-next-page-token')
  const rest = await call('GET', `?pageSize=2&nextPage=${token}`)
  const idsOf = ({ body }: Answer) => (body as ReplayBody[]).map(one => one.replayId)
  expect([idsOf(first), idsOf(rest)[0]]).toEqual([ids.slice(0, 2), ids[2]])
})

test.each<[unknown, RegExp[]]>([
  [[], [/^body: \[\] is not an object/]],
  [{}, [/^body: says nothing that could be replayed/]],
  [{ instanceId: 7 }, [/^from: is missing, and so is to; write one of them, or "all": true$/]],
  [{ instanceId: 7, form: '2026-01-01' }, [/^form: is not known here/, /^from: is missing/]],
  [
    { instanceId: '7', from: 'yesterday', to: '2026-02-31', perSecond: 0, dryRun: 'no', objectType: '' },
    [/^instanceId: "7"/, /^from: "yes/, /^to: "2026/, /^objectType: ""/, /^perSecond: 0 is/, /^dryRun: "no"/],
  ],
  [{ instanceId: 7, from: '2026-02-01', to: '2026-01-01' }, [/^to: "2026-01-01" is not after from/]],
  [{ instanceId: 7, from: '2026-02-01', all: true }, [/^all: stands beside from or to/]],
  [{ instanceId: 7, all: true, eventId: 'e' }, [/^instanceId: stands beside eventId/]],
  [{ eventId: 'e', from: '2026-01-01', undelivered: true }, [/^from: narrows/, /^undelivered: narrows/]],
  [{ eventIds: ['a\0'], subscriptionId: 'x' }, [/^eventIds\.0: /, /^subscriptionId: "x"/]],
  [{ notificationIds: [1, 'x', null] }, [/^notificationIds\.1: "x"/, /^notificationIds\.2: null/]],
  [{ notificationIds: [] }, [/^notificationIds: \[\] is not a list of ids/]],
  [{ notificationIds: Array(1_001).fill('1') }, [/^notificationIds: has 1001 ids; 1000 are the most/]],
])('%# is refused with every fault', async (body, faults) => {
  const refused = await call('POST', '', body)
  expect([refused.status, message(refused).split('\n')]).toEqual([
    400,
    faults.map(fault => expect.stringMatching(fault) as unknown),
  ])
})

test('where no URL takes callbacks, the reason is told', async () => {
  const bare = await connected({})
  const refused = await call('POST', '', { instanceId: bare, all: true })
  expect([refused.status, message(refused)]).toEqual([
    409,
    `Instance ${bare}: it has no callback URL; configure event.notification.callback.url first`,
  ])
  const deactivated = await connected()
  await here.database.pool.query(`update subscription set active = false where instance_id = $1`, [deactivated])
  expect(message(await call('POST', '', { instanceId: deactivated, all: true }))).toContain('was deactivated')
  const other = await call('POST', '', { instanceId: await connected(), all: true, subscriptionId: 999_999 })
  expect([other.status, message(other)]).toMatchObject([409, expect.stringContaining('not a current one')])
  for (const id of [await connected(), await connected({})]) {
    const { eventId } = await store(id)
    expect((await here.api.call('DELETE', `/instances/${id}`)).status).toBe(200)
    for (const body of [{ instanceId: id, all: true }, { eventId }]) {
      const gone = await call('POST', '', body)
      expect([gone.status, message(gone)]).toEqual([
        409,
        `Instance ${id}: it was deleted, and has no callback URL any more`,
      ])
    }
  }
})

test('what isn’t there, and what is another account’s, is not found, all of it at once', async () => {
  const instanceId = await connected()
  const { eventId, notificationId } = await store(instanceId)
  const { replayId } = (await call('POST', '', { instanceId, all: true })).body as ReplayStartedBody
  const missing = await call('POST', '', { eventIds: [eventId, 'no-such', 'nor-this'] })
  expect([missing.status, message(missing)]).toEqual([404, 'Event no-such, Event nor-this was not found'])
  const authorization = here.stranger
  for (const body of [{ instanceId, all: true }, { eventId }, { notificationId }, { instanceId: 999_999, all: true }]) {
    expect((await here.api.call('POST', '//api/replays', { body, authorization })).status).toBe(404)
  }
  for (const method of ['GET', 'DELETE']) {
    expect((await here.api.call(method, `//api/replays/${replayId}`, { authorization })).status).toBe(404)
    expect((await call(method, '/x')).status).toBe(404)
  }
  expect((await here.api.call('GET', '//api/replays', { authorization })).body).toEqual([])
  expect((await call('GET', `/${replayId}`)).body).toMatchObject({ state: 'running' })
})

test('an account has a hundred running at most', async () => {
  const instanceId = await connected()
  await here.database.pool.query(
    `insert into replay (account_id, instance_id, to_at, per_second, notifications, exact, next_at)
     select $1, $2, now(), 1, 0, true, now() + interval '1 day' from generate_series(1, 100)`,
    [here.api.account.accountId, instanceId],
  )
  const refused = await call('POST', '', { instanceId, all: true })
  expect([refused.status, message(refused)]).toMatchObject([409, expect.stringContaining('100 replays')])
  await here.database.pool.query(`delete from replay`)
})
