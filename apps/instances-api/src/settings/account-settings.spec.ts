import { apiFixture } from '../testing/api-fixture.js'

const here = apiFixture()

const policy = 'notification.webhook.failure.policy'

test('an account says what becomes of failed callbacks, in each documented way', async () => {
  expect(await here.api.call('GET', '/accounts/settings')).toMatchObject({ status: 200, body: { [policy]: 'retry' } })
  expect(await here.api.call('PATCH', '/accounts/settings', { body: { [policy]: 'queue' } })).toMatchObject({
    status: 200,
  })
  expect((await here.api.call('GET', '/accounts/settings')).body).toEqual({ [policy]: 'queue' })
  const own = `/accounts/${here.api.account.accountId}/settings`
  expect((await here.api.call('PATCH', own, { body: { [policy]: 'retry' } })).body).toEqual({ [policy]: 'retry' })
  expect(await here.api.call('POST', own, { body: { [policy]: 'queue' } })).toMatchObject({
    ...{ status: 200, body: { [policy]: 'queue' } },
  })
  expect((await here.api.call('GET', own)).body).toEqual({ [policy]: 'queue' })
  expect((await here.api.call('POST', '/accounts/settings', { body: { other: 1 } })).body).toMatchObject({ other: '1' })
})

test('another account’s settings are not there, and an unknown policy is told', async () => {
  const other = `/accounts/${here.api.account.accountId + 1}/settings`
  for (const method of ['PATCH', 'POST']) {
    expect((await here.api.call(method, other, { body: { [policy]: 'queue' } })).status).toBe(404)
  }
  expect((await here.api.call('GET', other)).status).toBe(404)
  expect(await here.api.call('PATCH', '/accounts/settings', { body: { [policy]: 'never' } })).toMatchObject({
    status: 400,
    body: { message: expect.stringContaining('"never" is neither') as unknown },
  })
  expect((await here.api.call('PATCH', '/accounts/settings', { body: [1] })).status).toBe(400)
})

test('the documentation is served, and needs nothing from elsewhere', async () => {
  const document = await here.api.call('GET', '//docs/openapi.json', { authorization: null })
  expect([document.status, document.body]).toMatchObject([200, { openapi: '3.0.3' }])
  const page = await here.api.call('GET', '//docs', { authorization: null })
  expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
  expect(page.body).toContain('/elements/api-v2/instances')
  expect(page.body).not.toMatch(/<script|src=|https?:\/\/(?!tributary)/)
})
