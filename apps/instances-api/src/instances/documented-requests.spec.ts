import { apiFixture } from '../testing/api-fixture.js'
import { printed } from '../testing/running-api.js'
import type { InstanceBody } from './instance.dto.js'

const here = apiFixture()

const icontactCredentials = { 'api.version': '2.2', AppID: 'app', 'api.username': 'me', 'api.password': 'secret' }

/** Real values for the placeholders; nothing else is touched. */
function filled(body: string): string {
  return body
    .replace('"<minutes>"', '"15"')
    .replace('<CALLBACK_URL>', 'https://mycoolapp.com/events')
    .replace('<Intercom Authorization callback URL >', 'https://mycoolapp.com/oauth')
    .replace(/<[^<>"]+>/g, 'real-value')
}

/** What curl would send: the text between the quotes after -d, as printed. */
function curlBody(name: string): string {
  const curl = printed(name)
  return curl.slice(curl.indexOf("-d '") + 4, curl.lastIndexOf('}') + 1)
}

function messageOf(body: unknown): string {
  return (body as { message: string }).message
}

test.each(['intercom-polling', 'intercom-webhooks', 'icontact-polling'])(
  'the body %s with its placeholders left in is refused, each of them named',
  async name => {
    const { status, body } = await here.api.call('POST', '/instances', { body: printed(`${name}.body.txt`) })
    expect(status).toBe(400)
    expect(messageOf(body)).toContain('name: "<INSTANCE_NAME>" is a placeholder')
    expect(messageOf(body)).toMatch(/tags\.0: "<[\w_]+>" is a placeholder/)
    if (name.startsWith('intercom'))
      expect(messageOf(body)).toContain('providerData.code: "<AUTHORIZATION_GRANT_CODE>"')
    else {
      expect(messageOf(body)).not.toContain('providerData')
      expect(messageOf(body)).toContain('configuration."api.password": "<iContact API password>" is a placeholder')
      expect(messageOf(body)).toContain('configuration."event.poller.refresh_interval": "<minutes>" is a placeholder')
    }
  },
)

test('the Intercom polling body works once real values stand in for its placeholders', async () => {
  const { status, body } = await here.api.call('POST', '/instances', {
    body: filled(printed('intercom-polling.body.txt')),
  })
  expect([status, body]).toMatchObject([200, { eventsEnabled: true, name: 'real-value', tags: ['real-value'] }])
  const { configuration, webhookUrl } = body as InstanceBody
  expect(configuration).toMatchObject({
    'event.notification.enabled': 'true',
    'oauth.user.refresh_time': null,
    'oauth.user.refresh_token': null,
    'oauth.api.secret': '********',
    'oauth.user.token': '********',
    'event.vendor.type': 'polling',
    'filter.response.nulls': 'true',
  })
  expect(JSON.parse(configuration?.['event.poller.configuration'] ?? '')).toMatchObject({
    conversations: { url: '/hubs/marketing/conversations?orderBy=updated_at desc' },
  })
  expect(webhookUrl).toBeUndefined()
})

test('the Intercom webhook body works, and its answer holds the URL to enter at Intercom', async () => {
  const { status, body } = await here.api.call('POST', '/instances', {
    body: filled(printed('intercom-webhooks.body.txt')),
  })
  expect(status).toBe(200)
  const { id, webhookUrl } = body as InstanceBody
  const segment = Buffer.from(String(id)).toString('base64')
  expect(webhookUrl).toBe(`https://tributary.example/elements/api-v2/events/intercom/${segment}`)
})

test('the iContact body works: stray quotes in URLs, a code that nothing needs, no event type', async () => {
  const { status, body } = await here.api.call('POST', '/instances', {
    body: filled(printed('icontact-polling.body.txt')),
  })
  expect([status, body]).toMatchObject([200, { eventsEnabled: true, element: { key: 'icontact', hub: 'marketing' } }])
  const { configuration } = body as InstanceBody
  expect(configuration).toMatchObject({ 'api.password': '********', AppID: 'real-value' })
  expect(configuration?.['event.poller.configuration']).toContain("/hubs/general/contacts}'")
})

test.each(['element-polling', 'element-webhooks'])('the example %s names no element that exists: 404', async name => {
  const { status, body } = await here.api.call('POST', '/instances', { body: printed(`${name}.body.txt`) })
  expect([status, messageOf(body)]).toEqual([404, expect.stringContaining('no element "elementKey"')])
})

test('the polling example works with a real element, its credentials and its own dates', async () => {
  const example = filled(printed('element-polling.body.txt')).replace('elementKey', 'icontact')
  const request = JSON.parse(example) as { configuration: Record<string, unknown> }
  Object.assign(request.configuration, icontactCredentials)
  const poller = request.configuration['event.poller.configuration'] as { contacts: { url: string } }
  poller.contacts.url = poller.contacts.url.replace('lastUpdated', 'createDate')
  const { status, body } = await here.api.call('POST', '/instances', { body: request })
  expect([status, body]).toMatchObject([200, { eventsEnabled: true }])
  // Unknown keys are kept; a password is one whatever the element.
  expect((body as InstanceBody).configuration).toMatchObject({ username: 'xxxxxxxxxxxxxxxxxx', password: '********' })
})

test('the webhook example works with a real element and its credentials', async () => {
  const request = JSON.parse(filled(printed('element-webhooks.body.txt')).replace('elementKey', 'intercom')) as {
    configuration: Record<string, unknown>
  }
  request.configuration['oauth.user.token'] = 'an-access-token'
  const { status, body } = await here.api.call('POST', '/instances', { body: request })
  expect([status, body]).toMatchObject([200, { eventsEnabled: true, webhookUrl: expect.any(String) as unknown }])
})

test.each(['intercom-polling', 'intercom-webhooks'])('the curl call %s works as printed', async name => {
  const { status, body } = await here.api.call('POST', '/instances', { body: curlBody(`${name}.curl.txt`) })
  expect([status, body]).toMatchObject([200, { tags: ['Marketing'], element: { key: 'intercom' }, valid: true }])
})

test('the code goes to the token endpoint with the application, and the tokens are for later use', async () => {
  const before = here.vendor.requests.length
  await here.api.call('POST', '/instances', { body: curlBody('intercom-webhooks.curl.txt') })
  const [exchange, me] = here.vendor.requests.slice(before)
  expect(exchange).toMatchObject({ method: 'POST', path: '/auth/eagle/token' })
  for (const sent of ['xoz8AFqScK2ngM04kSSM', 'Rand0MAP1-key', 'fak3AP1-s3Cr3t']) expect(exchange?.body).toContain(sent)
  expect(me).toMatchObject({ path: '/me', headers: { authorization: 'Bearer tok' } })
})

test('the iContact curl call as printed lacks its four credentials, which are named; with them it works', async () => {
  const asPrinted = curlBody('icontact-polling.curl.txt')
  const refused = await here.api.call('POST', '/instances', { body: asPrinted })
  expect(refused.status).toBe(400)
  const lines = messageOf(refused.body).split('\n')
  expect(lines.map(line => line.split(':')[0])).toEqual([
    'configuration."api.version"',
    'configuration.AppID',
    'configuration."api.username"',
    'configuration."api.password"',
  ])
  const request = JSON.parse(asPrinted) as { configuration: Record<string, unknown> }
  Object.assign(request.configuration, icontactCredentials)
  const { status, body } = await here.api.call('POST', '/instances', { body: request })
  expect([status, body]).toMatchObject([200, { tags: ['Docs'], name: 'API Instance with Polling' }])
})

test.each(['intercom-polling', 'intercom-webhooks', 'icontact-polling'])(
  'what %s made can be read and put back as it is, masks included',
  async name => {
    const made = await here.api.call('POST', '/instances', { body: filled(printed(`${name}.body.txt`)) })
    const { id } = made.body as InstanceBody
    const before = await here.stored(id)
    const shown = await here.api.call('GET', `/instances/${id}`)
    const asked = here.vendor.requests.length
    const put = await here.api.call('PUT', `/instances/${id}`, { body: shown.body })
    expect([put.status, put.body]).toEqual([200, shown.body])
    expect((await here.stored(id))?.configuration).toEqual(before?.configuration)
    expect(here.vendor.requests).toHaveLength(asked)
  },
)
