import { apiFixture } from '../testing/api-fixture.js'
import type { PolledResourceBody } from './polled-resource.dto.js'

const here = apiFixture()
let one: number
let other: number

beforeAll(async () => {
  await instance('webhooks')
  ;[one, other] = [await instance('polling'), await instance('polling')]
})

// What a test did to them is undone: as if both had been polled a minute ago, and are again in a minute.
beforeEach(async () => {
  await set(`next_due = now() + interval '1 minute', started_at = null, took_ms = 2000, overruns = 0, overrunning = false, failures = 0,
    paused_at = null, last_error = null, run_id = null, polled_at = now() - interval '58 s', pages = 1, records = 2,
    events = 1, read_until = now() - interval '60 s'`)
  await query(
    `update polled_instance set enabled = true, not_before = null, lease_owner = null, due_at = now() + interval '1 minute',
       run_id = null`,
  )
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

const query = (sql: string, values: unknown[] = []) => here.database.pool.query(sql, values)

/** Of all resources, or of one. */
function set(changes: string, instanceId: number | null = null, resource: string | null = null) {
  return query(
    `update polled_resource set ${changes}
     where ($1::integer is null or instance_id = $1) and ($2::text is null or resource = $2)`,
    [instanceId, resource],
  )
}

async function ofInstance(id: number): Promise<PolledResourceBody[]> {
  const { status, body } = await here.api.call('GET', `//api/instances/${id}/polled-resources`)
  expect(status).toBe(200)
  return body as PolledResourceBody[]
}

const contactsOf = async (id: number) => (await ofInstance(id)).find(({ resource }) => resource === 'contacts')!

const list = (parameters = '', authorization?: string) =>
  here.api.call('GET', `//api/polled-resources${parameters}`, authorization === undefined ? {} : { authorization })
const namesOf = (body: unknown) =>
  (body as PolledResourceBody[]).map(({ instanceId, resource }) => `${instanceId} ${resource}`)

test('a resource is told with its last poll, its next one, how far it got and how old what is unseen may be', async () => {
  await set(
    `watermark_ms = 1795000000123, next_due = '2100-11-21T10:00:00Z', polled_at = '2026-11-21T09:00:02.5Z', took_ms = 2500,
     pages = 2, records = 30, events = 4, read_until = now() - interval '300.5 s'`,
    one,
    'contacts',
  )
  const lastPoll = {
    ...{ startedAt: '2026-11-21T09:00:00.000Z', finishedAt: '2026-11-21T09:00:02.500Z', tookMs: 2_500 },
    ...{ pages: 2, records: 30, events: 4, error: null },
  }
  const lagSeconds = expect.any(Number) as number
  const contacts = await contactsOf(one)
  expect(contacts).toEqual({
    ...{ instanceId: one, instanceName: 'polling', elementKey: 'intercom', resource: 'contacts', state: 'waiting' },
    ...{ troubles: [], lastPoll, pollUnderWay: null, nextPoll: '2100-11-21T10:00:00.000Z' },
    ...{ watermark: '2026-11-18T11:06:40.123Z', lagSeconds, failures: 0, overruns: 0 },
    ...{ pausedAt: null, pausedBecause: null },
  })
  expect(contacts.lagSeconds).toBeGreaterThanOrEqual(300)
  expect(contacts.lagSeconds).toBeLessThan(330)
})

test('what was never read to its end lags since changes are wanted, and has no last poll', async () => {
  const hourAgo = Date.now() - 3_600_000
  await set(`read_until = null, polled_at = null, took_ms = null, since_ms = ${hourAgo}`, one, 'contacts')
  const { lagSeconds, lastPoll } = await contactsOf(one)
  expect(lastPoll).toBeNull()
  expect(lagSeconds).toBeGreaterThanOrEqual(3_600)
  expect(lagSeconds).toBeLessThan(3_630)
})

test('a run under way is told with what it has so far', async () => {
  const { body } = await here.api.call('POST', `//api/instances/${one}/poll`)
  const { runId } = body as { runId: string }
  await query(`update poll_run_resource set pages = 3, records = 40, events = 5 where resource = 'contacts'`)
  expect(await contactsOf(one)).toMatchObject({
    state: 'running',
    pollUnderWay: { runId, startedAt: expect.any(String) as string, pages: 3, records: 40, events: 5, error: null },
    lastPoll: { pages: 1, records: 2, events: 1 },
  })
})

test('what is wrong is told: paused and why, throttled, failing, overrunning, and what no poller takes', async () => {
  await set(`paused_at = '2026-11-21T09:00:00Z', failures = 100, last_error = 'answered 500'`, one, 'contacts')
  expect(await contactsOf(one)).toMatchObject({
    ...{ state: 'paused', troubles: ['paused'], nextPoll: null, pausedAt: '2026-11-21T09:00:00.000Z', failures: 100 },
    pausedBecause: '100 runs failed in a row, the last one: answered 500',
  })
  await set(`failures = 1, last_error = 'unauthorized: revoked'`, one, 'contacts')
  expect(await contactsOf(one)).toMatchObject({ pausedBecause: 'unauthorized: revoked' })

  await set(`paused_at = null, failures = 2, overruns = 3, overrunning = true`, one, 'contacts')
  expect(await contactsOf(one)).toMatchObject({ state: 'waiting', troubles: ['failing', 'overrunning'], overruns: 3 })

  await set(`failures = 0, overruns = 0, overrunning = false, next_due = now() - interval '61 s'`, one, 'contacts')
  await query(`update polled_instance set due_at = now() - interval '61 s' where instance_id = $1`, [one])
  expect(await contactsOf(one)).toMatchObject({ state: 'due', troubles: ['overdue'] })

  await query(`update polled_instance set not_before = '2100-01-01', due_at = '2100-01-01' where instance_id = $1`, [
    one,
  ])
  const throttled = { state: 'throttled', troubles: ['throttled'], nextPoll: '2100-01-01T00:00:00.000Z' }
  expect(await contactsOf(one)).toMatchObject(throttled)
})

test('of a disabled instance nothing is wrong, and nothing is next', async () => {
  await set(`failures = 2, overruns = 1, overrunning = true`, one)
  await query(`update polled_instance set enabled = false, due_at = null where instance_id = $1`, [one])
  expect(await contactsOf(one)).toMatchObject({ state: 'disabled', troubles: [], nextPoll: null })
  expect((await list('?trouble=any')).body).toEqual([])
})

test('the account’s come in pages, by instance and resource, or only those with trouble', async () => {
  const first = await list('?pageSize=3')
  expect(namesOf(first.body)).toEqual([`${one} contacts`, `${one} conversations`, `${other} contacts`])
  const next = first.headers.get('elements-next-page-token')
  const second = await list(`?pageSize=3&nextPage=${next}`)
  expect([namesOf(second.body), second.headers.get('elements-next-page-token')]).toEqual([
    [`${other} conversations`],
    null,
  ])

  await set(`failures = 2, overruns = 1, overrunning = true`, other)
  await set(`paused_at = now()`, one, 'conversations')
  expect(namesOf((await list('?trouble=paused')).body)).toEqual([`${one} conversations`])
  expect(namesOf((await list('?trouble=failing')).body)).toEqual([`${other} contacts`, `${other} conversations`])
  const some = await list('?trouble=failing,overrunning,paused&pageSize=2')
  expect(namesOf(some.body)).toEqual([`${one} conversations`, `${other} contacts`])
  const token = some.headers.get('elements-next-page-token')
  expect(namesOf((await list(`?trouble=any&pageSize=2&nextPage=${token}`)).body)).toEqual([`${other} conversations`])
  expect(namesOf((await list('?trouble=any&resource=contacts&elementKey=intercom')).body)).toEqual([
    `${other} contacts`,
  ])
  expect((await list('?elementKey=icontact')).body).toEqual([])
  expect((await list('?trouble=throttled,overdue')).body).toEqual([])
})

test('what lags is found by how much', async () => {
  await set(`read_until = now() - interval '2 hours'`, other, 'contacts')
  expect(namesOf((await list('?minLagSeconds=7200')).body)).toEqual([`${other} contacts`])
  expect((await list('?minLagSeconds=7400')).body).toEqual([])
  expect((await list('?minLagSeconds=7200&trouble=any')).body).toEqual([])
})

test('every fault of a query is told at once', async () => {
  const { status, body } = await list('?trouble=late,paused&minLagSeconds=-1&pageSize=0&nextPage=MSA')
  expect([status, (body as { message: string }).message.split('\n')]).toMatchObject([
    400,
    [
      'trouble: "late" is none of paused, failing, throttled, overrunning, overdue, any',
      'minLagSeconds: "-1" is not a whole number of seconds from 0 to 315360000',
      expect.stringContaining('nextPage'),
      expect.stringContaining('pageSize'),
    ],
  ])
})

test('a stranger sees none, and an instance that isn’t the caller’s is not found', async () => {
  await set(`failures = 2`)
  expect((await list('', here.stranger)).body).toEqual([])
  expect((await list('?trouble=any', here.stranger)).body).toEqual([])
  const asked = await here.api.call('GET', `//api/instances/${one}/polled-resources`, { authorization: here.stranger })
  expect(asked.status).toBe(404)
})
