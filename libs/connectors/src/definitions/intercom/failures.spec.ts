import { scripted, type ScriptedAnswer } from '../../../test/scripted-vendor.js'
import { Connector, parseHubUrl, type PageOutcome, type VendorSession } from '../../index.js'
import { intercom } from './index.js'

const now = Date.parse('2026-03-10T12:00:00Z')
const connector = new Connector(intercom, { now: () => now })
const session: VendorSession = { configuration: { 'oauth.user.token': 't' }, identity: { variables: {} } }

async function poll(answer: ScriptedAnswer | Error): Promise<PageOutcome> {
  return connector.listPage(session, parseHubUrl('/conversations'), scripted(answer).http)
}

const errors = (code: string, message: string) => ({
  type: 'error.list',
  request_id: null,
  errors: [{ code, message }],
})

test.each([
  [401, 'unauthorized', 'Access Token Invalid', false],
  [401, 'token_revoked', 'Token has been revoked', true],
  [401, 'token_suspended', 'Workspace closed', true],
  [402, 'payment_required', 'Unpaid', true],
  [403, 'api_plan_restricted', 'Active subscription needed.', true],
  [403, 'forbidden', 'Not allowed', true],
])('after %i %s (%s) only a person can help: %p', async (status, code, message, permanent) => {
  expect(await poll({ status, body: errors(code, message) })).toEqual({
    kind: 'unauthorized',
    message: `Intercom answered ${status}: ${message} (${code})`,
    permanent,
    status,
  })
})

test('API 1.x says "type" for "code"', async () => {
  const body = { errors: [{ type: 'token_revoked', message: 'Revoked' }] }
  expect(await poll({ status: 401, body })).toMatchObject({ kind: 'unauthorized', permanent: true })
})

test.each([
  ['X-RateLimit-Reset in seven seconds', { 'X-RateLimit-Reset': String(now / 1000 + 7) }, 7000],
  ['a reset that is past', { 'X-RateLimit-Reset': String(now / 1000 - 7) }, 1000],
  ['a reset in a thousand years', { 'X-RateLimit-Reset': '33000000000' }, 300_000],
  ['a reset in words', { 'X-RateLimit-Reset': 'soon' }, 60_000],
  [
    'Retry-After in seconds, which is stronger',
    { 'Retry-After': '30', 'X-RateLimit-Reset': String(now / 1000 + 7) },
    30_000,
  ],
  ['Retry-After as a date', { 'retry-after': 'Tue, 10 Mar 2026 12:00:45 GMT' }, 45_000],
  ['no word at all', {}, 60_000],
])('429 with %s', async (_, headers, waitMs) => {
  expect(await poll({ status: 429, headers, body: errors('rate_limit_exceeded', 'Exceeded') })).toEqual({
    kind: 'throttled',
    retryAt: now + waitMs,
    message: 'Intercom answered 429: Exceeded (rate_limit_exceeded)',
  })
})

test.each([
  [500, { errors: [{ code: 'server_error', message: 'Oops' }] }, 'Intercom answered 500: Oops (server_error)'],
  [502, '<html>Bad gateway</html>', 'Intercom answered 502'],
  [503, { errors: null }, 'Intercom answered 503'],
  [504, { errors: [] }, 'Intercom answered 504'],
  [408, '', 'Intercom answered 408'],
  [302, '', 'Intercom answered 302'],
  [200, '', 'Intercom answered 200 with an empty body'],
  [200, '<html>', 'Intercom answered 200 with something other than JSON'],
  [200, { type: 'error.list' }, 'Intercom answered 200, but with no list at "conversations"'],
  [200, { conversations: null }, 'Intercom answered 200, but with no list at "conversations"'],
])('%i with %p is worth another try', async (status, body, message) => {
  expect(await poll({ status, body })).toEqual({ kind: 'unavailable', message })
})

test('a byte order mark before the JSON is no part of it', async () => {
  const body = '\uFEFF{"conversations":[{"id":"1","x":1.0}]}'
  expect(await poll({ body })).toMatchObject({ kind: 'page', records: [{ id: '1' }] })
})

test('a network that fails is worth another try', async () => {
  expect(await poll(new Error('connect ETIMEDOUT'))).toEqual({
    kind: 'unavailable',
    message: 'Intercom could not be reached: connect ETIMEDOUT',
  })
})

test.each([
  [400, 'invalid_sort_order'],
  [404, 'not_found'],
  [422, 'parameter_invalid'],
])('%i %s will never do', async (status, code) => {
  expect(await poll({ status, body: errors(code, 'No') })).toEqual({
    kind: 'rejected',
    status,
    message: `Intercom answered ${status}: No (${code})`,
  })
})

test('without a token nothing is asked', async () => {
  const vendor = scripted()
  const outcome = await connector.listPage(
    { configuration: {}, identity: { variables: {} } },
    parseHubUrl('/tags'),
    vendor.http,
  )
  expect(outcome).toEqual({
    kind: 'rejected',
    status: 0,
    message: 'Intercom can\'t be asked: there is no value for "oauth.user.token" in the configuration',
  })
})

test('a line break in a credential ends no header', async () => {
  const vendor = scripted({ body: { data: [] } })
  const configuration = { 'oauth.user.token': 'a\r\nx-evil: 1' }
  await connector.listPage({ configuration, identity: { variables: {} } }, parseHubUrl('/tags'), vendor.http)
  expect(vendor.requests[0]?.headers.authorization).toBe('Bearer ax-evil: 1')
})
