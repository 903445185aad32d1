import { apiFixture } from '../testing/api-fixture.js'
import { RunningApi, type Answer } from '../testing/running-api.js'

const page = 'https://console.example'

const here = apiFixture(() => ({ CORS_ORIGINS: `${page}, http://localhost:5173` }))

function expectError({ status, headers, body }: Answer, expected: number): void {
  expect([status, body]).toEqual([
    expected,
    {
      requestId: expect.stringMatching(/^[0-9a-f]{24}$/) as unknown,
      message: expect.any(String) as unknown,
      providerMessage: null,
    },
  ])
  expect(headers.get('elements-request-id')).toBe((body as { requestId: string }).requestId)
  expect(JSON.stringify(body)).not.toMatch(/FST_|\.[jt]s:|node_modules|Cannot (?:GET|POST|PUT)/)
}

function allowed({ headers }: Answer): string[] {
  return (headers.get('allow') ?? '').split(', ').sort()
}

test('a known path with another method is 405 and tells which it takes, with or without secrets', async () => {
  for (const authorization of [undefined, null]) {
    for (const [method, path, methods] of [
      ['PUT', '/elements', ['GET', 'HEAD', 'OPTIONS']],
      ['POST', '/instances/5/events', ['GET', 'HEAD', 'OPTIONS']],
      ['DELETE', '/instances/5/events?x=1', ['GET', 'HEAD', 'OPTIONS']],
      ['POST', '/contacts', ['GET', 'HEAD', 'OPTIONS']],
      ['GET', '//api/instances/5/poll', ['OPTIONS', 'POST']],
    ] as const) {
      const answer = await here.api.call(method, path, authorization === null ? { authorization } : {})
      expectError(answer, 405)
      expect([path, allowed(answer)]).toEqual([path, methods])
    }
  }
})

test("a call on the Element token's instance is no id: GET of a switch is 405, not an unknown instance", async () => {
  const answer = await here.api.call('GET', '/instances/enabled')
  expectError(answer, 405)
  expect(allowed(answer)).toEqual(['DELETE', 'OPTIONS', 'PUT'])
})

test("what begins like the API's own and isn't is 404: no vendor is asked, and no secret wanted", async () => {
  for (const authorization of [undefined, null]) {
    for (const path of [
      '/instances/5/nothing',
      '/elements/intercom/nothing',
      '/notifications',
      '/hubs/marketing',
      '/accounts/1/2/3/4',
      '/events/intercom/NDEw',
      '//api/nothing',
      '//api',
    ]) {
      expectError(await here.api.call('GET', path, authorization === null ? { authorization } : {}), 404)
    }
  }
  expectError(await here.api.call('POST', '//nothing?secret=1'), 404)
  // Any other first name can be a vendor's resource, so it takes secrets to know.
  expectError(await here.api.call('GET', '/contacts', { authorization: null }), 401)
})

test('HEAD answers as GET would, without a body', async () => {
  const head = await here.api.call('HEAD', '/instances')
  const get = await here.api.call('GET', '/instances')
  expect([head.status, head.body]).toEqual([200, ''])
  expect(head.headers.get('content-length')).toBe(get.headers.get('content-length'))
  expect(head.headers.get('elements-returned-count')).toBe('0')
  expect((await here.api.call('HEAD', '/instances', { authorization: null })).status).toBe(401)
  expect((await here.api.call('HEAD', '/instances/7')).status).toBe(404)
  expect((await here.api.call('HEAD', '//api/instances/7/poll')).status).toBe(405)
})

test('only an Accept that leaves no room for JSON is 406', async () => {
  for (const accept of ['*/*', 'application/json', 'text/html, application/*;q=0.5']) {
    expect((await here.api.call('GET', '/instances', { headers: { accept } })).status).toBe(200)
  }
  const refused = await here.api.call('GET', '/instances', { headers: { accept: 'application/xml' } })
  expectError(refused, 406)
  expect(JSON.stringify(refused.body)).toContain('application/xml')
  expect((await here.api.call('GET', '//docs', { headers: { accept: 'text/html' } })).status).toBe(200)
})

test('broken JSON is told by its place', async () => {
  const answer = await here.api.call('POST', '/instances', { body: '{"element":\n  {"key" "intercom"}}' })
  expectError(answer, 400)
  expect((answer.body as { message: string }).message).toBe(
    'The body is not valid JSON: at line 2, column 10 (position 21) stands a string, where : was expected',
  )
})

test('what a body must be is told where it is something else', async () => {
  for (const [status, message, headers, body] of [
    [413, '1 MiB', {}, `"${'x'.repeat(1024 * 1024)}"`],
    [415, 'application/x-www-form-urlencoded', { 'content-type': 'application/x-www-form-urlencoded' }, 'a=b'],
    [415, 'application/json', { 'content-type': 'json' }, '{}'],
    [415, 'gzip', { 'content-encoding': 'gzip' }, '{}'],
    [400, 'deeper than 64', {}, '['.repeat(65) + ']'.repeat(65)],
    [400, '__proto__', {}, '{"__proto__":{}}'],
  ] as const) {
    const answer = await here.api.call('POST', '/instances', { body, headers })
    expectError(answer, status)
    expect((answer.body as { message: string }).message).toContain(message)
  }
})

test('a 401 tells what it wants', async () => {
  const answer = await here.api.call('GET', '/instances', { authorization: null })
  expectError(answer, 401)
  expect(answer.headers.get('www-authenticate')).toBe('User')
})

test('no answer is kept by anyone or guessed at, and scripts may read the documented headers', async () => {
  for (const answer of [await here.api.call('GET', '/instances'), await here.api.call('GET', '/instances/7')]) {
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'access-control-expose-headers':
        'Elements-Returned-Count, Elements-Total-Count, Elements-Request-Id, Elements-Next-Page-Token, ' +
        'Elements-Trace-Id, Elements-Error, Content-Disposition, ETag',
    })
  }
})

describe('other origins', () => {
  const preflight = (origin: string, path = '/instances/7') =>
    here.api.call('OPTIONS', path, {
      authorization: null,
      headers: { origin, 'access-control-request-method': 'PATCH', 'access-control-request-headers': 'authorization' },
    })

  test('a page of a listed origin may ask, and read the answer, errors included', async () => {
    const asked = await preflight(page)
    expect(asked.status).toBe(204)
    expect(asked.headers.get('access-control-allow-origin')).toBe(page)
    expect(asked.headers.get('access-control-allow-methods')).toContain('PATCH')
    expect(asked.headers.get('access-control-allow-headers')).toMatch(/Authorization.*Idempotency-Key/)
    for (const path of ['/instances', '/instances/7', '/instances/7/nothing']) {
      const { headers } = await here.api.call('GET', path, { headers: { origin: page } })
      expect([headers.get('access-control-allow-origin'), headers.get('vary')]).toEqual([page, 'origin'])
    }
  })

  test('a page of any other may not', async () => {
    for (const origin of ['https://evil.example', `${page}.evil.example`, 'null', `${page}:8443`]) {
      const { status, headers } = await preflight(origin)
      expect([status, headers.get('access-control-allow-origin')]).toEqual([204, null])
      expect(headers.get('access-control-allow-methods')).toBeNull()
      const answer = await here.api.call('GET', '/instances', { headers: { origin } })
      expect([answer.headers.get('access-control-allow-origin'), answer.headers.get('vary')]).toEqual([null, 'origin'])
    }
  })

  test('OPTIONS tells what a path takes, and that there is none', async () => {
    const answer = await here.api.call('OPTIONS', '/instances', { authorization: null })
    expect(answer.status).toBe(204)
    expect(allowed(answer)).toEqual(['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'])
    expectError(await here.api.call('OPTIONS', '//api/nothing', { authorization: null }), 404)
  })
})

test('unless the setting lists origins, no other origin may ask', async () => {
  const closed = await RunningApi.start({ DATABASE_URL: here.database.url })
  const { headers } = await closed.call('GET', '/instances', { headers: { origin: page } })
  expect([headers.get('access-control-allow-origin'), headers.get('vary')]).toEqual([null, null])
  await closed.close()
})
