import { Vault } from '#vault'
import { getDataSourceToken } from '@nestjs/typeorm'
import { randomUUID } from 'node:crypto'
import type { DataSource } from 'typeorm'
import type { InstanceBody } from '../instances/instance.dto.js'
import { apiFixture } from '../testing/api-fixture.js'
import { authorizationOf, type Answer, type RunningApi } from '../testing/running-api.js'
import { contentIntercom } from '../testing/vendor-stand-in.js'
import { IdempotencyKeys } from './idempotency-keys.js'
import { rotateAnswers } from './rotate-answers.js'

const here = apiFixture()

beforeEach(() => {
  contentIntercom(here.vendor)
  here.vendor.requests.length = 0
})

const request = (name: string) => ({
  element: { key: 'intercom' },
  name,
  configuration: { 'oauth.user.token': 'tok', 'oauth.api.secret': 'client-secret' },
})

function create(key: string, name: string, options: Parameters<RunningApi['call']>[2] = {}): Promise<Answer> {
  const { headers, ...rest } = options
  return here.api.call('POST', '/instances', {
    body: request(name),
    headers: { 'idempotency-key': key, ...headers },
    ...rest,
  })
}

function replayed({ headers }: Answer): boolean {
  return headers.get('idempotent-replayed') === 'true'
}

async function instancesNamed(name: string): Promise<number[]> {
  const { rows } = await here.database.pool.query<{ id: number }>('select id from instance where name = $1', [name])
  return rows.map(({ id }) => id)
}

/** Changes a key's row, as a process that died left it or as time does. */
async function set(key: string, assignments: string): Promise<void> {
  const { rowCount } = await here.database.pool.query(`update idempotency_key set ${assignments} where key = $1`, [key])
  expect(rowCount).toBe(1)
}

/** Does `during` while `work` waits for the table that it writes to. */
async function heldUp<Result>(work: () => Promise<Result>, during: () => Promise<unknown> | void): Promise<Result> {
  const client = await here.database.pool.connect()
  try {
    await client.query('begin')
    await client.query('lock table instance in exclusive mode')
    const working = work()
    for (let waiting = 0; waiting === 0;) {
      const { rows } = await here.database.pool.query<{ count: number }>(
        `select count(*)::int from pg_locks where not granted and relation = 'instance'::regclass
         and database = (select oid from pg_database where datname = current_database())`,
      )
      waiting = rows[0]?.count ?? 0
    }
    await during()
    await client.query('commit')
    return await working
  } finally {
    client.release()
  }
}

test('the first answer is given again, byte for byte, and nothing is done again', async () => {
  const key = randomUUID()
  const first = await create(key, 'Once')
  expect([first.status, replayed(first)]).toEqual([200, false])
  const asked = here.vendor.requests.length
  const id = (first.body as InstanceBody).id
  expect((await here.api.call('PATCH', `/instances/${id}`, { body: { tags: ['Changed'] } })).status).toBe(200)
  const repeat = await create(key, 'Once')
  expect([repeat.status, replayed(repeat), repeat.body]).toEqual([200, true, first.body])
  for (const name of ['content-type', 'content-length', 'etag', 'cache-control']) {
    expect([name, repeat.headers.get(name)]).toEqual([name, first.headers.get(name)])
  }
  expect(repeat.headers.get('elements-request-id')).not.toBe(first.headers.get('elements-request-id'))
  expect(here.vendor.requests.length).toBe(asked)
  expect(await instancesNamed('Once')).toEqual([id])
})

test('a kept answer, which holds a token, is sealed', async () => {
  const key = randomUUID()
  const { token } = (await create(key, 'Sealed')).body as InstanceBody
  const { rows } = await here.database.pool.query<{ answer: Buffer }>(
    'select answer from idempotency_key where key = $1',
    [key],
  )
  expect(rows[0]!.answer.length).toBeGreaterThan(200)
  expect(rows[0]!.answer.includes(token)).toBe(false)
})

test('twenty equal requests at once make one instance', async () => {
  const key = randomUUID()
  const answers = await Promise.all(Array.from({ length: 20 }, () => create(key, 'Twenty')))
  const done = answers.filter(({ status }) => status === 200)
  expect(done.length).toBeGreaterThan(0)
  expect(done.filter(answer => !replayed(answer))).toHaveLength(1)
  for (const { status, headers } of answers.filter(answer => !done.includes(answer))) {
    expect([status, headers.get('retry-after')]).toEqual([409, '2'])
  }
  const [id] = await instancesNamed('Twenty')
  expect(await instancesNamed('Twenty')).toHaveLength(1)
  expect((await create(key, 'Twenty')).body).toMatchObject({ id })
})

test('while the first is at work, a repeat is 409 and told when to ask again', async () => {
  const key = randomUUID()
  const first = await heldUp(
    () => create(key, 'Slow'),
    async () => {
      const { status, headers, body } = await create(key, 'Slow')
      expect([status, headers.get('retry-after'), body]).toMatchObject([409, '2', { providerMessage: null }])
    },
  )
  expect(first.status).toBe(200)
  expect((await create(key, 'Slow')).body).toEqual(first.body)
})

test('a client that went away before its answer has it when it asks again', async () => {
  const key = randomUUID()
  const client = new AbortController()
  const left = heldUp(
    () =>
      fetch(`${here.api.url}/elements/api-v2/instances`, {
        method: 'POST',
        headers: {
          authorization: authorizationOf(here.api.account),
          'content-type': 'application/json',
          'idempotency-key': key,
        },
        body: JSON.stringify(request('Impatient')),
        signal: client.signal,
      }),
    () => client.abort(),
  )
  await expect(left).rejects.toThrow('aborted')
  let again = await create(key, 'Impatient')
  while (again.status === 409) again = await create(key, 'Impatient')
  expect([again.status, replayed(again)]).toEqual([200, true])
  expect(await instancesNamed('Impatient')).toEqual([(again.body as InstanceBody).id])
})

test('a key that comes with another body or path is 422; another account’s is its own', async () => {
  const key = randomUUID()
  expect((await create(key, 'Bound')).status).toBe(200)
  const inOtherWords = await create(key, 'Bound', { body: JSON.stringify(request('Bound'), null, 1) })
  const elsewhere = await here.api.call('POST', '/elements/intercom/instances', {
    body: request('Bound'),
    headers: { 'idempotency-key': key },
  })
  for (const { status, body } of [await create(key, 'Other'), inOtherWords, elsewhere]) {
    expect([status, body]).toMatchObject([422, { message: expect.stringContaining('another path or body') as unknown }])
  }
  const theirs = await create(key, 'Bound', { authorization: here.stranger })
  expect([theirs.status, replayed(theirs)]).toEqual([200, false])
  expect(await instancesNamed('Bound')).toHaveLength(2)
})

test('a key is 1 to 255 printable characters, and means nothing but on a POST', async () => {
  for (const key of ['', 'x'.repeat(256), 'caf\u00e9', 'tab\there']) {
    const { status, body } = await create(key, 'Misnamed')
    expect([key, status, body]).toMatchObject([key, 400, { message: expect.stringContaining('1 to 255') as unknown }])
    const headers = { 'idempotency-key': key }
    expect((await here.api.call('GET', '/instances', { headers })).status).toBe(200)
  }
  expect((await create('x'.repeat(255), 'Longest')).status).toBe(200)
  expect(await instancesNamed('Misnamed')).toEqual([])
})

test('faults, failures and wrong secrets leave a key free: the request can be mended', async () => {
  const key = randomUUID()
  const headers = { 'idempotency-key': key }
  expect((await create(key, '<NAME>')).status).toBe(400)
  expect((await create(key, 'Mended', { authorization: null })).status).toBe(401)
  here.vendor.answers.set('/auth/eagle/token', { status: 500, body: {} })
  const configuration = {
    ...{ 'oauth.api.key': 'k', 'oauth.api.secret': 's', 'oauth.callback.url': 'https://app.example/cb' },
  }
  const byCode = { element: { key: 'intercom' }, name: 'Mended', providerData: { code: 'c' }, configuration }
  expect((await here.api.call('POST', '/instances', { body: byCode, headers })).status).toBe(502)
  contentIntercom(here.vendor)
  const mended = await here.api.call('POST', '/instances', { body: byCode, headers })
  expect([mended.status, replayed(mended)]).toEqual([200, false])
})

test("the vendor's refusal is given again, without asking it twice", async () => {
  const key = randomUUID()
  here.vendor.answers.set('/me', { status: 401, body: { errors: [{ message: 'Access Token Invalid' }] } })
  const first = await create(key, 'Refused')
  expect([first.status, replayed(first)]).toEqual([400, false])
  contentIntercom(here.vendor)
  here.vendor.requests.length = 0
  const repeat = await create(key, 'Refused')
  expect([repeat.status, replayed(repeat), repeat.body]).toEqual([400, true, first.body])
  expect(here.vendor.requests).toEqual([])
})

test('other POSTs are repeated as well, their status with them', async () => {
  const { id } = (await create(randomUUID(), 'Polled')).body as InstanceBody
  const polling = { 'event.notification.enabled': true, 'event.vendor.type': 'polling' }
  expect((await here.api.call('PATCH', `/instances/${id}`, { body: { configuration: polling } })).status).toBe(200)
  const poll = () => here.api.call('POST', `//api/instances/${id}/poll`, { headers: { 'idempotency-key': 'poll-1' } })
  const first = await poll()
  const repeat = await poll()
  expect([first.status, repeat.status, replayed(repeat), repeat.body]).toEqual([202, 202, true, first.body])
})

describe('a process that was killed', () => {
  test('before it made the instance: its key is free once the lease is over', async () => {
    const key = randomUUID()
    expect((await create(key, 'Killed early')).status).toBe(200)
    await here.database.pool.query(`delete from instance where name = 'Killed early'`)
    await set(key, `answer = null, instance_id = null, leased_until = now() + interval '30 s'`)
    expect((await create(key, 'Killed early')).status).toBe(409)
    await set(key, `leased_until = now() - interval '1 ms'`)
    const again = await create(key, 'Killed early')
    expect([again.status, replayed(again)]).toEqual([200, false])
    expect(await instancesNamed('Killed early')).toHaveLength(1)
  })

  test('after it made the instance: the repeat answers with that one, and so does the next', async () => {
    const key = randomUUID()
    const { body } = await create(key, 'Killed late')
    await set(key, `answer = null, leased_until = now() - interval '1 ms'`)
    here.vendor.requests.length = 0
    const again = await create(key, 'Killed late')
    expect([again.status, replayed(again), again.body]).toEqual([200, true, body])
    expect(here.vendor.requests).toEqual([])
    expect((await create(key, 'Killed late')).body).toEqual(body)
    expect(await instancesNamed('Killed late')).toHaveLength(1)
  })

  test('only it seemed: one that lost its key to another makes nothing any more', async () => {
    const key = randomUUID()
    const first = await heldUp(
      () => create(key, 'Overtaken'),
      () => set(key, `claim_id = gen_random_uuid()`),
    )
    expect(first.status).toBe(409)
    expect(await instancesNamed('Overtaken')).toEqual([])
  })
})

test('after 24 hours a key is new again, and what is past its time is removed, a batch at a time', async () => {
  const keys = Array.from({ length: 3 }, () => randomUUID())
  for (const key of keys) {
    await create(key, 'Old')
    await set(key, `created_at = now() - interval '24 hours'`)
  }
  const anew = await create(keys[0]!, 'Anew')
  expect([anew.status, replayed(anew)]).toEqual([200, false])
  await set(keys[1]!, `answer = null, leased_until = now() + interval '30 s'`)
  const forgotten = here.api.app.get(IdempotencyKeys)
  expect([await forgotten.forget(1), await forgotten.forget(1)]).toEqual([1, 0])
  const { rows } = await here.database.pool.query('select key from idempotency_key where key = any($1)', [keys])
  expect(rows).toHaveLength(2)
})

test('kept answers follow the master keys', async () => {
  const key = randomUUID()
  const first = await create(key, 'Rotated')
  const [older, newer] = [7, 8].map(byte => ({ id: `k${byte}`, key: Buffer.alloc(32, byte) }))
  const dataSource = here.api.app.get<DataSource>(getDataSourceToken())
  // The running API's own key has another name; the bytes are the same.
  const known = { ...older!, id: 'test' }
  expect(await rotateAnswers(dataSource, new Vault([newer!, known]))).toBeGreaterThan(0)
  expect(await rotateAnswers(dataSource, new Vault([newer!]))).toBe(0)
  expect(await rotateAnswers(dataSource, new Vault([known, newer!]))).toBeGreaterThan(0)
  expect((await create(key, 'Rotated')).body).toEqual(first.body)
})
