import { LOGGER, type Logger } from '#platform'
import { apiFixture } from '../testing/api-fixture.js'

const here = apiFixture()

test('trace logging takes effect at once, and each request to the vendor is one line without secrets', async () => {
  here.vendor.answers.set('/teams', { status: 200, body: { type: 'team.list', teams: [{ type: 'team', id: '1' }] } })
  const { id, token } = await here.create({}, { 'oauth.user.token': 'hush' })
  const authorization = `User ${here.api.account.userSecret}, Element ${token}`
  const lines: unknown[][] = []
  const log = jest.spyOn(here.api.app.get<Logger>(LOGGER), 'info').mockImplementation((...line: unknown[]) => {
    if (JSON.stringify(line).includes(`"instanceId":${id}`)) lines.push(line)
  })
  try {
    const teams = async () => (await here.api.call('GET', '/hubs/crm/teams', { authorization })).status
    expect([await teams(), lines]).toEqual([200, []])
    await here.api.call('PUT', `/instances/${id}/trace-logging`)
    expect(await teams()).toBe(200)
    const line = { instanceId: id, elementKey: 'intercom', ms: expect.any(Number) as unknown }
    expect(lines).toEqual([[{ ...line, method: 'GET', path: '/teams', status: 200 }, expect.any(String)]])
    const change = { configuration: { 'oauth.user.token': 'hush hush' } }
    expect((await here.api.call('PATCH', `/instances/${id}`, { body: change })).status).toBe(200)
    expect(lines.slice(1)).toEqual([[{ ...line, method: 'GET', path: '/me', status: 200 }, expect.any(String)]])
    expect(JSON.stringify(lines)).not.toContain('hush')
    await here.api.call('DELETE', `/instances/${id}/trace-logging`)
    expect([await teams(), lines.length]).toEqual([200, 2])
  } finally {
    log.mockRestore()
  }
})
