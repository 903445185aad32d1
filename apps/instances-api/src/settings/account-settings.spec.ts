import { testDatabase, type TestDatabase } from '#test'
import { RunningApi } from '../testing/running-api.js'

let database: TestDatabase
let api: RunningApi

beforeAll(async () => {
  database = await testDatabase()
  api = await RunningApi.start({ DATABASE_URL: database.url })
})

afterAll(async () => {
  await api.close()
  await database.drop()
})

const policy = 'notification.webhook.failure.policy'

test('an account says what becomes of failed callbacks, in each documented way', async () => {
  expect(await api.call('GET', '/accounts/settings')).toMatchObject({ status: 200, body: { [policy]: 'retry' } })
  expect(await api.call('PATCH', '/accounts/settings', { body: { [policy]: 'queue' } })).toMatchObject({ status: 200 })
  expect((await api.call('GET', '/accounts/settings')).body).toEqual({ [policy]: 'queue' })
  const own = `/accounts/${api.account.accountId}/settings`
  expect((await api.call('PATCH', own, { body: { [policy]: 'retry' } })).body).toEqual({ [policy]: 'retry' })
  expect(await api.call('POST', own, { body: { [policy]: 'queue' } })).toMatchObject({
    ...{ status: 200, body: { [policy]: 'queue' } },
  })
  expect((await api.call('GET', own)).body).toEqual({ [policy]: 'queue' })
  expect((await api.call('POST', '/accounts/settings', { body: { other: 1 } })).body).toMatchObject({ other: '1' })
})

test('another account’s settings are not there, and an unknown policy is told', async () => {
  const other = `/accounts/${api.account.accountId + 1}/settings`
  for (const method of ['PATCH', 'POST']) {
    expect((await api.call(method, other, { body: { [policy]: 'queue' } })).status).toBe(404)
  }
  expect((await api.call('GET', other)).status).toBe(404)
  expect(await api.call('PATCH', '/accounts/settings', { body: { [policy]: 'never' } })).toMatchObject({
    status: 400,
    body: { message: expect.stringContaining('"never" is neither') as unknown },
  })
  expect((await api.call('PATCH', '/accounts/settings', { body: [1] })).status).toBe(400)
})

test('the documentation is served, and needs nothing from elsewhere', async () => {
  const document = await api.call('GET', '//docs/openapi.json', { authorization: null })
  expect([document.status, document.body]).toMatchObject([200, { openapi: '3.0.3' }])
  const page = await api.call('GET', '//docs', { authorization: null })
  expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
  expect(page.body).toContain('/elements/api-v2/instances')
  expect(page.body).not.toMatch(/<script|src=|https?:\/\/(?!tributary)/)
})
