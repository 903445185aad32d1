import { Partitions } from '#deliveries'
import { EVENT_LOG, eventsTopic, type EventLog } from '#event-log'
import { Accounts } from '#instances'
import { runCommand } from '../cli/run-command.js'
import { apiFixture } from '../testing/api-fixture.js'
import { authorizationOf } from '../testing/running-api.js'
import { StoredEvents } from '../testing/stored-events.js'
import type { ErasureBody } from './erasure.dto.js'

const fixture = apiFixture()
const topic = eventsTopic('tributary', 'intercom')

async function stored(instanceId: number, ids: readonly (readonly [id: string, object: string])[]): Promise<void> {
  const events = new StoredEvents(fixture.database.pool)
  const { rows } = await fixture.database.pool.query<{ n: number }>(
    'select coalesce(max(id), 0)::int as n from notification',
  )
  Object.assign(events, { lastNotification: rows[0]?.n ?? 0 })
  const { accountId } = fixture.api.account
  for (const [id, objectId] of ids) {
    await events.notification([{ id, instanceId, accountId, objectType: 'contacts', objectId, raw: `{"is":"${id}"}` }])
  }
}

/** What lies elsewhere than among the stored events, of one object. */
async function elsewhere(instanceId: number, objectId: string): Promise<void> {
  const { pool } = fixture.database
  const log = fixture.api.app.get<EventLog>(EVENT_LOG)
  const key = `${instanceId}:contacts:${objectId}`
  await log.ensureTopics([topic])
  await log.publish(topic, [
    { key, value: '{}' },
    { key, value: '{}' },
  ])
  await pool.query(`insert into webhook_spool (topic, key, value, headers) values ($1, $2, '{}', '{}')`, [
    topic,
    Buffer.from(key),
  ])
  await pool.query(
    `insert into rejected_record (topic, partition, record_offset, key, value, error)
     values ($1, 0, (select count(*) from rejected_record), $2, '', 'no')`,
    [topic, Buffer.from(key)],
  )
}

const erasuresOf = (id: number) => `//api/instances/${id}/erasures`
const eventsOf = async (id: number) => {
  const { body } = await fixture.api.call('GET', `/instances/${id}/events`)
  return Array.isArray(body) ? (body as { id: string }[]).map(event => event.id).sort() : []
}

test('an object is erased everywhere at once, with a report that is kept', async () => {
  const { id } = await fixture.create()
  await stored(id, [
    ['a1', 'a'],
    ['a2', 'a'],
    ['b1', 'b'],
  ])
  for (const object of ['a', 'b']) await elsewhere(id, object)

  const { status, body } = await fixture.api.call('POST', erasuresOf(id), {
    body: { objectType: 'contacts', objectId: 'a' },
  })
  expect([status, body]).toEqual([
    200,
    {
      ...{ id: expect.any(Number) as unknown, instanceId: id, objectType: 'contacts', objectId: 'a', state: 'done' },
      ...{ erasedAt: expect.stringMatching(/Z$/) as unknown, finishedAt: expect.stringMatching(/Z$/) as unknown },
      removed: {
        ...{ events: 2, bodies: 0, notifications: 2, attempts: 0, answers: 0, deliveries: 0 },
        ...{ rejectedRecords: 1, spooledRecords: 1, logRecords: 2, polledObjects: 0 },
      },
      kafka: null,
    },
  ])
  expect(await eventsOf(id)).toEqual(['b1'])
  expect((await fixture.api.call('GET', erasuresOf(id))).body).toEqual([body])

  const whole = await fixture.api.call('POST', erasuresOf(id), { body: { confirm: 'everything' } })
  expect([whole.status, (whole.body as ErasureBody).removed]).toMatchObject([
    200,
    { events: 1, rejectedRecords: 1, spooledRecords: 1, logRecords: 2 },
  ])
  expect(await eventsOf(id)).toEqual([])
  expect((await fixture.api.call('GET', erasuresOf(id))).body).toHaveLength(2)
})

test('a deleted instance is erased too; another account’s, or none, is not found', async () => {
  const { id } = await fixture.create()
  await stored(id, [['d1', 'd']])
  await fixture.api.call('DELETE', `/instances/${id}`)
  const stranger = authorizationOf(await fixture.api.app.get(Accounts).create({ name: 'Other' }))
  const body = { confirm: 'everything' }
  for (const [method, path] of [
    ['POST', erasuresOf(id)],
    ['GET', erasuresOf(id)],
  ] as const) {
    const asStranger = { authorization: stranger, ...(method === 'POST' && { body }) }
    expect((await fixture.api.call(method, path, asStranger)).status).toBe(404)
  }
  expect((await fixture.api.call('POST', '//api/instances/999999/erasures', { body })).status).toBe(404)
  const { status, body: report } = await fixture.api.call('POST', erasuresOf(id), { body })
  expect([status, (report as ErasureBody).removed.events]).toEqual([200, 1])
})

test.each([
  [{}, ['confirm: is missing; expected "everything"']],
  [undefined, ['confirm: is missing']],
  [{ confirm: true }, ['confirm: is true; expected "everything"']],
  [{ objectType: 'contacts' }, ['objectId: is missing; it goes with objectType']],
  [{ objectId: '7', confirm: 'everything' }, ['objectType: is missing', 'confirm: is for all events']],
  [
    { objectType: '', objectId: 'a\0', object: 1 },
    ['object: is none of', 'objectType: is of 0', 'objectId: has a NUL'],
  ],
])('nothing is erased by a request like %j, and each fault is named', async (body, faults) => {
  const { id } = await fixture.create()
  const answer = await fixture.api.call('POST', erasuresOf(id), { ...(body && { body }) })
  expect(answer.status).toBe(400)
  for (const fault of faults) expect((answer.body as { message: string }).message).toContain(fault)
  expect((await fixture.api.call('GET', erasuresOf(id))).body).toEqual([])
})

describe('tributary', () => {
  async function run(words: readonly string[]) {
    let [out, err] = ['', '']
    const output = { out: (text: string) => (out += text), err: (text: string) => (err += text) }
    const environment = {
      DATABASE_URL: fixture.database.url,
      MASTER_KEYS: `test:${Buffer.alloc(32, 7).toString('base64')}`,
    }
    return { code: await runCommand(words, environment, output), out, err }
  }

  test('erase does the same from the command line', async () => {
    const { id } = await fixture.create()
    await stored(id, [
      ['c1', 'c'],
      ['c2', 'c 2'],
    ])
    const words = ['erase', '--instance', String(id), '--object-type', 'contacts', '--object-id', 'c 2', '--json']
    const one = await run(words)
    expect([one.code, one.err]).toEqual([0, ''])
    expect(JSON.parse(one.out)).toMatchObject({
      instanceId: id,
      objectId: 'c 2',
      state: 'done',
      removed: { events: 1 },
    })
    const whole = await run(['erase', '--instance', String(id)])
    expect(whole.out).toMatch(new RegExp(`^Of instance ${id}, all events until \\S+Z are erased:\n  1 events\n`))
    expect(await eventsOf(id)).toEqual([])
    expect(await run(['erase', '--instance', '999999'])).toMatchObject({
      code: 1,
      err: '--instance: there is no instance 999999\n',
    })
    const half = await run(['erase', '--instance', String(id), '--object-id', 'x'])
    expect([half.code, half.err]).toEqual([1, '--object-type: is missing; it goes with objectId\n'])
  })

  test('rejected list shows what was put aside, and retry stores what can be stored', async () => {
    const { pool } = fixture.database
    await pool.query('delete from rejected_record')
    await pool.query('delete from webhook_spool')
    await new Partitions(pool).ensure(new Date())
    await fixture.api.app.get<EventLog>(EVENT_LOG).ensureTopics([topic])
    const head = {
      ...{ id: 'mended', instanceId: 3, instanceName: 'n', instanceTags: [], accountId: 1, companyId: 1, userId: 1 },
      ...{ elementKey: 'intercom', hubKey: 'marketing', objectType: 'contacts', objectId: 'm', eventType: 'CREATED' },
      ...{ date: '2026-11-20T10:00:00.000Z', source: 'webhook', origin: 'o', raw: { long: 1 } },
    }
    const values = [JSON.stringify(head), JSON.stringify({ ...head, objectId: 'a\0b', id: 'bad' }), 'no event']
    for (const [offset, value] of values.entries()) {
      await pool.query(
        `insert into rejected_record (topic, partition, record_offset, key, value, error) values ($1, 0, $2, 'k', $3, 'why')`,
        [topic, offset, Buffer.from(value)],
      )
    }
    await pool.query(
      `insert into webhook_spool (topic, key, value, headers, refused_at, error) values ($1, 's', '{}', '{}', now(), 'too large')`,
      [topic],
    )
    const list = await run(['rejected', 'list', '--json'])
    const entries = JSON.parse(list.out) as { id: string; error: string }[]
    expect(entries.map(({ id, error }) => [id.replace(/\d+/, 'n'), error])).toEqual([
      ['record-n', 'why'],
      ['record-n', 'why'],
      ['record-n', 'why'],
      ['spool-n', 'too large'],
    ])
    expect((await run(['rejected', 'retry', '--id', 'record-999999'])).err).toBe('--id: there is no record-999999\n')
    expect(await run(['rejected', 'retry', '--id', '7'])).toMatchObject({ code: 2 })

    const retried = await run(['rejected', 'retry', '--json'])
    expect([retried.err, JSON.parse(retried.out)]).toEqual(['', { stored: 1, kept: 2, spooled: 1 }])
    const left = (await run(['rejected', 'list'])).out
    expect(left).toMatch(
      /record-\d+ \S+Z tributary\.events\.intercom "k" \d+ bytes: "invalid byte sequence[^\n]*\nrecord-\d+ .*not a normalized event/,
    )
    expect(left).not.toContain('spool-')
    const { rows } = await pool.query<{ key: string }>(
      `select convert_from(key, 'UTF8') as key from event_log_record where key = '3:contacts:m'`,
    )
    expect(rows).toHaveLength(1)
    expect((await pool.query('select from event_key where id in ($1, $2)', ['mended', 'bad'])).rowCount).toBe(0)
  })
})
