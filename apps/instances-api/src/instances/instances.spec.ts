import { Accounts, Instances } from '#instances'
import { apiFixture } from '../testing/api-fixture.js'
import { authorizationOf } from '../testing/running-api.js'
import type { InstanceBody } from './instance.dto.js'

const here = apiFixture()

test('an instance has the documented shape, on creation as on GET', async () => {
  const created = await here.create({ tags: ['Docs'] }, { 'event.notification.signature.key': 'hush' })
  expect(created).toEqual({
    id: expect.any(Number) as unknown,
    name: 'Mine',
    createdDate: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as unknown,
    token: expect.stringMatching(/^[\w-]{43,}$/) as unknown,
    element: expect.objectContaining({
      key: 'intercom',
      hub: 'marketing',
      active: true,
      authentication: { type: 'oauth2' },
    }) as unknown,
    elementId: created.element?.id,
    tags: ['Docs'],
    provisionInteractions: [],
    valid: true,
    disabled: false,
    maxCacheSize: 0,
    cacheTimeToLive: 0,
    configuration: {
      'event.notification.enabled': 'false',
      'oauth.user.token': '********',
      'oauth.api.secret': '********',
      'event.notification.signature.key': '********',
    },
    eventsEnabled: false,
    traceLoggingEnabled: false,
    cachingEnabled: false,
    externalAuthentication: 'none',
    user: { id: here.api.account.userId },
  })
  const { status, body, headers } = await here.api.call('GET', `/instances/${created.id}`)
  expect([status, body]).toEqual([200, created])
  expect(headers.get('elements-request-id')).toMatch(/^[0-9a-f]{24}$/)
})

test('no secret and no token stands in the database in clear', async () => {
  const { id, token } = await here.create(
    {},
    { 'oauth.user.token': 'vendor-token-1', 'api.password': 'pass-1', my_secret: 'mine-1' },
  )
  const { rows } = await here.database.pool.query('select i::text as row from instance i where id = $1', [id])
  const text = `${(rows as { row: string }[])[0]?.row}`
  for (const secret of [token, 'vendor-token-1', 'client-secret', 'pass-1', 'mine-1'])
    expect(text).not.toContain(secret)
  const instance = await here.stored(id)
  expect(instance?.configuration).toMatchObject({ 'oauth.user.token': 'vendor-token-1', my_secret: 'mine-1' })
  expect(instance?.identity).toMatchObject({ workspace: 'drzzt019', timeZone: 'Europe/Paris' })
})

test('an instance with nothing to verify by gets a webhook URL that cannot be guessed', async () => {
  const { webhookUrl } = await here.create({}, { 'event.vendor.type': 'webhook', 'oauth.api.secret': null })
  const segment = webhookUrl?.split('/').at(-1) ?? ''
  expect(segment).toMatch(/^[\w-]{43,}$/)
  const found = await here.api.app.get(Instances).byDoorKey(segment)
  expect(found?.doorKey).toBe(segment)
})

test('another account can neither see, list, change, poll nor delete an instance: 404', async () => {
  const { id } = await here.create({ name: 'Private' })
  const authorization = authorizationOf(await here.api.app.get(Accounts).create())
  for (const [method, path, body] of [
    ['GET', `/instances/${id}`],
    ['PATCH', `/instances/${id}`, { name: 'Taken' }],
    ['PUT', `/instances/${id}`, { name: 'Taken' }],
    ['DELETE', `/instances/${id}`],
    ['PUT', `/instances/${id}/enabled`],
    ['POST', `//api/instances/${id}/poll`],
    ['GET', `//api/instances/${id}/polls`],
  ] as const) {
    const { status } = await here.api.call(method, path, { authorization, ...(body && { body }) })
    expect([method, path, status]).toEqual([method, path, 404])
  }
  const { status, body } = await here.api.call('GET', '/instances', { authorization })
  expect([status, body]).toEqual([200, []])
  expect((await here.api.call('GET', `/instances/${id}`)).body).toMatchObject({ name: 'Private' })
})

test.each(['0', '-1', 'abc', '99999999999', '2147483648', '1e3'])('there is no instance %s: 404', async id => {
  expect((await here.api.call('GET', `/instances/${id}`)).status).toBe(404)
})

test('the list goes page by page, each instance once', async () => {
  const authorization = authorizationOf(await here.api.app.get(Accounts).create())
  const ids: number[] = []
  for (const name of ['a', 'b', 'c', 'd', 'e']) ids.push((await here.create({ name }, {}, authorization)).id)
  const seen: number[] = []
  for (let token: string | null = ''; token !== null;) {
    const next: string = token ? `&nextPage=${token}` : ''
    const { status, body, headers } = await here.api.call('GET', `/instances?pageSize=2${next}`, { authorization })
    expect(status).toBe(200)
    expect(headers.get('elements-total-count')).toBe('5')
    seen.push(...(body as InstanceBody[]).map(({ id }) => id))
    token = headers.get('elements-next-page-token')
  }
  expect(seen).toEqual(ids)
  const all = await here.api.call('GET', '/instances?pageSize=201', { authorization })
  expect([all.status, all.headers.get('elements-next-page-token')]).toEqual([200, null])
  const last = Buffer.from('after:2147483647').toString('base64url')
  expect((await here.api.call('GET', `/instances?nextPage=${last}`, { authorization })).body).toEqual([])
  const wrong = await here.api.call('GET', '/instances?nextPage=xyz&pageSize=0&hydrate=perhaps', { authorization })
  expect([
    wrong.status,
    (wrong.body as { message: string }).message.split('\n').map(line => line.split(':')[0]),
  ]).toEqual([400, ['pageSize', 'nextPage', 'hydrate']])
})

test('the list is narrowed by tags and text; nothing found is 404, nothing there 200', async () => {
  const authorization = authorizationOf(await here.api.app.get(Accounts).create())
  expect(await here.api.call('GET', '/instances', { authorization })).toMatchObject({ status: 200, body: [] })
  const red = await here.create({ name: 'Übersee 100%', tags: ['red', 'big'] }, {}, authorization)
  const blue = await here.create({ name: 'Plain', tags: ['blue', 'big'] }, {}, authorization)
  const found = async (query: string) => {
    const { status, body } = await here.api.call('GET', `/instances?${query}`, { authorization })
    return status === 200 ? (body as InstanceBody[]).map(({ id }) => id) : status
  }
  expect(await found('tags[]=big')).toEqual([red.id, blue.id])
  expect(await found('tags[]=big&tags[]=red')).toEqual([red.id])
  expect(await found('tags%5B%5D=blue')).toEqual([blue.id])
  expect(await found(`searchText=${encodeURIComponent('übersee 100%')}`)).toEqual([red.id])
  expect(await found('searchText=BLU')).toEqual([blue.id])
  expect(await found('searchText=intercom')).toEqual([red.id, blue.id])
  expect(await found('searchText=%25')).toEqual([red.id])
  expect(await found('searchText=100_')).toBe(404)
  expect(await found('searchText=nothing')).toBe(404)
  const change = { name: 'Ünder', tags: ['blue', 'big', 'C\\D'] }
  await here.api.call('PATCH', `/instances/${blue.id}`, { authorization, body: change })
  expect(await found(`searchText=${encodeURIComponent('ÜND')}`)).toEqual([blue.id])
  expect(await found(`searchText=${encodeURIComponent('c\\d')}`)).toEqual([blue.id])
  expect(await found('searchText=plain')).toBe(404)
  expect(await found('tags[]=green')).toBe(404)
  const { body } = await here.api.call('GET', '/instances?hydrate=false', { authorization })
  expect((body as InstanceBody[])[0]).not.toHaveProperty('configuration')
})

test('PATCH merges the configuration, replaces tags, and a mask keeps what is stored', async () => {
  const { id } = await here.create({ tags: ['old'] }, { 'event.notification.signature.key': 'hush', extra: 'kept' })
  const { status, body } = await here.api.call('PATCH', `/instances/${id}`, {
    body: {
      tags: ['new'],
      configuration: {
        'event.notification.signature.key': '********',
        'event.notification.callback.url': 'https://a.example',
      },
    },
  })
  expect([status, body]).toMatchObject([200, { name: 'Mine', tags: ['new'], configuration: { extra: 'kept' } }])
  const stored = await here.stored(id)
  expect(stored?.configuration).toMatchObject({
    'event.notification.signature.key': 'hush',
    'event.notification.callback.url': 'https://a.example',
  })
  const refused = await here.api.call('PATCH', `/instances/${id}`, {
    body: { configuration: { 'event.notification.callback.url': 'http://127.0.0.1/' }, tags: ['<TAG>'] },
  })
  expect([refused.status, (refused.body as { message: string }).message.split('\n')]).toEqual([
    400,
    [expect.stringContaining('tags.0'), expect.stringContaining('callback.url')],
  ])
})

test('PUT replaces the instance but keeps its vendor tokens', async () => {
  const { id } = await here.create({ tags: ['old'] }, { extra: 'gone' })
  const { status, body } = await here.api.call('PUT', `/instances/${id}`, {
    body: { element: { key: 'intercom' }, name: 'Renamed', configuration: { 'oauth.api.secret': '********' } },
  })
  expect([status, body]).toMatchObject([200, { name: 'Renamed', tags: [] }])
  const stored = await here.stored(id)
  expect(stored?.configuration).toEqual({
    'event.notification.enabled': 'false',
    'oauth.user.token': 'tok',
    'oauth.api.secret': 'client-secret',
  })
})

test('what GET shows can be put back as it is', async () => {
  const { id } = await here.create(
    { tags: ['a'] },
    { 'event.notification.signature.key': 'hush', 'event.vendor.type': 'webhook' },
  )
  const before = await here.stored(id)
  const shown = await here.api.call('GET', `/instances/${id}`)
  const put = await here.api.call('PUT', `/instances/${id}`, { body: shown.body })
  expect([put.status, put.body]).toEqual([200, shown.body])
  const { configuration, name, tags, identity } = (await here.stored(id))!
  expect({ configuration, name, tags, identity }).toEqual({
    ...{ configuration: before?.configuration, name: before?.name },
    ...{ tags: before?.tags, identity: before?.identity },
  })
})

test('PUT without a configuration is refused: it would empty it', async () => {
  const { id } = await here.create()
  const { status, body } = await here.api.call('PUT', `/instances/${id}`, { body: { name: 'x' } })
  expect([status, body]).toMatchObject([
    400,
    { message: expect.stringMatching(/^configuration: is missing/) as unknown },
  ])
})

test('an instance stays what it is: its own id and element may be sent along, no other', async () => {
  const { id, elementId } = await here.create({ tags: ['a', 'b'] })
  const authorization = `User ${here.api.account.userSecret}, Element ${(await here.stored(id))?.token}`
  for (const element of [{ key: 'intercom' }, { id: elementId }, { id: String(elementId) }]) {
    for (const path of [`/instances/${id}`, '/instances']) {
      const { status, body } = await here.api.call('PATCH', path, { authorization, body: { id, element, tags: [] } })
      expect([status, body]).toMatchObject([200, { id, tags: [] }])
    }
  }
  for (const body of [
    { name: 'Moved', id: id + 1 },
    { name: 'Moved', element: { key: 'icontact' } },
    { name: 'Moved', element: { id: 1 } },
    { name: 'Moved', element: { key: 'nothing' } },
  ]) {
    const place = 'id' in body ? 'id' : 'element'
    for (const [method, path] of [
      ['PATCH', `/instances/${id}`],
      ['PATCH', '/instances'],
      ['PUT', `/instances/${id}`],
    ] as const) {
      const sent = { ...body, configuration: { 'oauth.user.token': '********' } }
      const refused = await here.api.call(method, path, { authorization, body: sent })
      expect([method, refused.status, refused.body]).toMatchObject([
        ...[method, 400],
        { message: expect.stringMatching(new RegExp(`^${place}: `)) as unknown },
      ])
    }
  }
  expect((await here.api.call('GET', `/instances/${id}`)).body).toMatchObject({
    name: 'Mine',
    element: { key: 'intercom' },
  })
})

test('names and tags are kept as they were written, markup too; no tag is added', async () => {
  const name = '@me <script>alert(1)</script> & "co"'
  const { id } = await here.create({ name, tags: ['<b>bold</b>', 'ü'] })
  expect((await here.api.call('GET', `/instances/${id}`)).body).toMatchObject({ name, tags: ['<b>bold</b>', 'ü'] })
  expect((await here.create({ name })).tags).toEqual([])
})

test('trace logging is turned on and off, and shown', async () => {
  const { id, token } = await here.create()
  const authorization = `User ${here.api.account.userSecret}, Element ${token}`
  const shown = async () => ((await here.api.call('GET', `/instances/${id}`)).body as InstanceBody).traceLoggingEnabled
  expect((await here.api.call('PUT', `/instances/${id}/trace-logging`)).body).toMatchObject({
    traceLoggingEnabled: true,
  })
  expect((await here.api.call('PATCH', `/instances/${id}`, { body: { name: 'x' } })).status).toBe(200)
  expect(await shown()).toBe(true)
  const off = await here.api.call('DELETE', '/instances/trace-logging', { authorization })
  expect([off.status, off.body]).toMatchObject([200, { traceLoggingEnabled: false }])
  expect((await here.api.call('PUT', '/instances/trace-logging', { authorization })).body).toMatchObject({ id })
  expect(await shown()).toBe(true)
  expect((await here.api.call('PUT', '/instances/trace-logging')).status).toBe(401)
})

test('an instance can be disabled and enabled again', async () => {
  const { id } = await here.create()
  expect((await here.api.call('DELETE', `/instances/${id}/enabled`)).body).toMatchObject({ disabled: true })
  expect((await here.api.call('PUT', `/instances/${id}/enabled`)).body).toMatchObject({ disabled: false })
})

test('a deleted instance is gone, with what opens the vendor; who it was is still known to the deliveries', async () => {
  const { id, token } = await here.create({}, { 'event.notification.signature.key': 'hush' })
  const { status } = await here.api.call('DELETE', `/instances/${id}`, {
    headers: { 'content-type': 'application/json' },
  })
  expect(status).toBe(200)
  expect((await here.api.call('GET', `/instances/${id}`)).status).toBe(404)
  expect((await here.api.call('DELETE', `/instances/${id}`)).status).toBe(404)
  const stored = await here.stored(id)
  expect(stored?.deletedAt).toBeInstanceOf(Date)
  expect(stored?.configuration).toMatchObject({
    'event.notification.signature.key': 'hush',
    'oauth.api.secret': 'client-secret',
  })
  expect(stored?.configuration).not.toHaveProperty(['oauth.user.token'])
  const authorization = `User ${here.api.account.userSecret}, Element ${token}`
  expect((await here.api.call('PATCH', '/instances', { authorization, body: { name: 'x' } })).status).toBe(401)
})

test('an element’s instances have calls of their own, and no other’s', async () => {
  const authorization = authorizationOf(await here.api.app.get(Accounts).create())
  const body = { name: 'Mine', configuration: { 'oauth.user.token': 'tok' } }
  const made = await here.api.call('POST', '/elements/intercom/instances', { authorization, body })
  expect([made.status, made.body]).toMatchObject([200, { element: { key: 'intercom' } }])
  const { id, elementId } = made.body as InstanceBody
  const path = `/elements/${elementId}/instances/${id}`
  const call = async (method: string, at: string, sent?: object) => {
    const answer = await here.api.call(method, at, { authorization, ...(sent && { body: sent }) })
    return [answer.status, answer.body]
  }
  expect(await call('GET', path)).toEqual([200, made.body])
  expect(await call('PATCH', path, { tags: ['a'] })).toMatchObject([200, { tags: ['a'], name: 'Mine' }])
  expect(await call('PUT', path, { ...body, name: 'Put' })).toMatchObject([200, { tags: [], name: 'Put' }])
  expect(await call('GET', '/elements/intercom/instances?searchText=put&hydrate=false')).toMatchObject([200, [{ id }]])
  expect(await call('GET', '/elements/icontact/instances')).toEqual([200, []])
  const other = `/elements/icontact/instances/${id}`
  for (const [method, sent] of [['GET'], ['PATCH', {}], ['PUT', body], ['DELETE']] as const)
    expect([method, ...(await call(method, other, sent))]).toMatchObject([method, 404, {}])
  expect(await call('GET', '/elements/nothing/instances')).toMatchObject([404, {}])
  expect(await call('DELETE', path)).toMatchObject([200, ''])
  expect(await call('GET', path)).toMatchObject([404, {}])
})

test('calls without an id act on the instance of the Element token', async () => {
  const { id, token } = await here.create()
  const authorization = `Element ${token},User ${here.api.account.userSecret}`
  expect(
    (await here.api.call('PATCH', '/instances', { authorization, body: { name: 'By token' } })).body,
  ).toMatchObject({
    id,
    name: 'By token',
  })
  expect((await here.api.call('PATCH', '/instances', { body: { name: 'x' } })).status).toBe(401)
  expect((await here.api.call('DELETE', '/instances', { authorization })).status).toBe(200)
  expect((await here.api.call('GET', `/instances/${id}`)).status).toBe(404)
})

test('many changes at once are all kept', async () => {
  const { id } = await here.create()
  const keys = Array.from({ length: 8 }, (_, at) => `key.${at}`)
  await Promise.all(
    keys.map(key => here.api.call('PATCH', `/instances/${id}`, { body: { configuration: { [key]: 'x' } } })),
  )
  const stored = await here.stored(id)
  for (const key of keys) expect(stored?.configuration[key]).toBe('x')
})
