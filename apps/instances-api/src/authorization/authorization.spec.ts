import { Accounts } from '#instances'
import { apiFixture } from '../testing/api-fixture.js'
import type { RunningApi } from '../testing/running-api.js'

const here = apiFixture()

test('the header is read in any order, spacing and case', async () => {
  const { userSecret, organizationSecret } = here.api.account
  for (const authorization of [
    `User ${userSecret}, Organization ${organizationSecret}`,
    `Organization ${organizationSecret},User ${userSecret}`,
    `  USER   ${userSecret} ,  organization ${organizationSecret} `,
    `User ${userSecret} Organization ${organizationSecret}`,
    `User ${userSecret},,Organization ${organizationSecret},`,
  ]) {
    expect((await here.api.call('GET', '/instances', { authorization })).status).toBe(200)
    const byOtherName = { AUTHORIZATION: authorization }
    expect((await here.api.call('GET', '/instances', { authorization: null, headers: byOtherName })).status).toBe(200)
  }
})

test('a missing or wrong secret is 401 with the error body', async () => {
  const other = await here.api.app.get(Accounts).create()
  const { userSecret, organizationSecret } = here.api.account
  for (const authorization of [
    null,
    'nonsense',
    `Bearer ${userSecret}`,
    `Bearer ${userSecret}, Organization ${organizationSecret}`,
    `User ${userSecret}, User ${userSecret}, Organization ${organizationSecret}`,
    `User ${organizationSecret}, Organization ${userSecret}`,
    `User ${userSecret}=, Organization ${organizationSecret}`,
    `User ${userSecret.toLowerCase()}, Organization ${organizationSecret}`,
    `User ${userSecret}, Organisation ${organizationSecret}`,
    `User "${userSecret}", Organization "${organizationSecret}"`,
    `User ${userSecret}`,
    `Organization ${organizationSecret}`,
    `User ${userSecret}x, Organization ${organizationSecret}`,
    `User ${userSecret}, Organization ${organizationSecret}x`,
    `User ${userSecret}, Organization ${other.organizationSecret}`,
    `User ${userSecret}, Organization ${organizationSecret}, Element unknown`,
    `User ${userSecret}, Element unknown`,
  ]) {
    const { status, body, headers } = await here.api.call('GET', '/instances', { authorization })
    expect([authorization, status]).toEqual([authorization, 401])
    expect(body).toEqual({
      requestId: expect.stringMatching(/^[0-9a-f]{24}$/) as unknown,
      message: expect.any(String) as unknown,
      providerMessage: null,
    })
    expect(headers.get('elements-request-id')).toBe((body as { requestId: string }).requestId)
    expect(JSON.stringify(body)).not.toContain(userSecret)
  }
})

test('every error has the documented body: unknown paths, bodies that are no JSON, too deep, too long, or of another type', async () => {
  const expected: [number, Parameters<RunningApi['call']>][] = [
    [404, ['GET', '/nothing']],
    [404, ['GET', '//nothing']],
    [400, ['POST', '/instances', { body: '{"element":' }]],
    [400, ['POST', '/instances', { body: '['.repeat(70) + ']'.repeat(70) }]],
    [400, ['POST', '/instances', {}]],
    [413, ['POST', '/instances', { body: `"${'x'.repeat(1024 * 1024)}"` }]],
    [415, ['POST', '/instances', { body: 'a=b', headers: { 'content-type': 'application/x-www-form-urlencoded' } }]],
  ]
  for (const [status, call] of expected) {
    const answer = await here.api.call(...call)
    expect([call[1], answer.status, answer.body]).toEqual([
      call[1],
      status,
      {
        requestId: expect.stringMatching(/^[0-9a-f]{24}$/) as unknown,
        message: expect.any(String) as unknown,
        providerMessage: null,
      },
    ])
    expect(JSON.stringify(answer.body)).not.toMatch(/\.ts:|\.js:|node_modules/)
  }
})
