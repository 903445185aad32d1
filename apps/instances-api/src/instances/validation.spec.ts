import { apiFixture } from '../testing/api-fixture.js'
import { contentIntercom } from '../testing/vendor-stand-in.js'

const here = apiFixture()

const poller = 'configuration."event.poller.configuration"'

/** An Intercom instance that polls, with changes; what is wrong with it, line by line. */
async function faultsOf(configuration: Record<string, unknown>, rest: Record<string, unknown> = {}): Promise<string[]> {
  const request = {
    element: { key: 'intercom' },
    name: 'Polling',
    configuration: {
      'oauth.user.token': 'tok',
      'event.notification.enabled': true,
      'event.vendor.type': 'polling',
      ...configuration,
    },
    ...rest,
  }
  const { status, body } = await here.api.call('POST', '/instances', { body: request })
  expect([status, body]).toMatchObject([
    400,
    { requestId: expect.stringMatching(/^[0-9a-f]{24}$/) as unknown, providerMessage: null },
  ])
  return (body as { message: string }).message.split('\n')
}

function contacts(changes: Record<string, unknown>, dates: Record<string, unknown> = {}): Record<string, unknown> {
  const datesConfiguration = { updatedDateField: 'updated_at', updatedDateFormat: 'timestamp', ...dates }
  return {
    'event.poller.configuration': {
      contacts: { url: '/hubs/x/contacts', idField: 'id', datesConfiguration, ...changes },
    },
  }
}

test('every fault of a request is told at once', async () => {
  const faults = await faultsOf(
    {
      ...contacts(
        { url: '/hubs/x/contact-cards' },
        { createdDateField: 'created_at', createdDateFormat: 'yyyy-MM-ddTHH:mm:ss' },
      ),
      'event.poller.refresh_interval': '0.5',
      'event.notification.callback.url': 'http://169.254.169.254/latest',
    },
    { name: '', tags: ['<Add_Your_Tag>'] },
  )
  expect(faults.map(fault => fault.split(': ')[0]).sort()).toEqual(
    [
      'configuration."event.notification.callback.url"',
      'configuration."event.poller.refresh_interval"',
      `${poller}.contacts.datesConfiguration.createdDateFormat`,
      `${poller}.contacts.url`,
      'name',
      'tags.0',
    ].sort(),
  )
})

test.each<[string, Record<string, unknown>, RegExp]>([
  [
    'a date pattern that Java would refuse',
    contacts({}, { updatedDateFormat: 'yyyy-MM-ddTHH:mm:ss' }),
    /\.contacts\.datesConfiguration\.updatedDateFormat: .*T/,
  ],
  [
    'a zone that nobody knows',
    contacts({}, { updatedDateTimezone: 'Mars/Olympus' }),
    /\.contacts\.datesConfiguration\.updatedDateTimezone: .*Mars/,
  ],
  ['a resource that there is not', contacts({ url: '/hubs/x/nothing' }), /\.contacts\.url: .*nothing/],
  [
    'a template that is none',
    contacts({ url: "/hubs/x/contacts?where=updated_at>'${whenever:yyyy}'" }),
    /\.contacts\.url: .*whenever/,
  ],
  ['a url that is no text', contacts({ url: 5 }), /\.contacts\.url: 5 is not a text/],
  ['a page of nothing', contacts({ pageSize: 0 }), /\.contacts\.pageSize: 0 is not/],
  ['a negative tolerance', contacts({ createdCheckTolerance: '-1' }), /\.contacts\.createdCheckTolerance: "-1" is not/],
  [
    'a flag that is none',
    contacts({ filterByUpdatedDate: 'perhaps' }),
    /\.contacts\.filterByUpdatedDate: "perhaps" is not true or false/,
  ],
  [
    'a resource that is no object',
    { 'event.poller.configuration': { contacts: 'all' } },
    /\.contacts: is not an object/,
  ],
  [
    'a configuration that is no JSON',
    { 'event.poller.configuration': '{contacts' },
    /"event.poller.configuration": is not a JSON object/,
  ],
  [
    'a configuration without resources',
    { 'event.poller.configuration': {} },
    /"event.poller.configuration": names no resource/,
  ],
  [
    'objects that have no webhooks',
    { 'event.vendor.type': 'webhooks', 'event.objects': 'contacts,nothing' },
    /^configuration."event.objects": "nothing" has no webhooks; these have: .*conversations/,
  ],
  ['objects that there are not', { 'event.objects': 'contacts,nothing' }, /nothing/],
  [
    'an interval in words',
    { 'event.poller.refresh_interval': 'often' },
    /refresh_interval": "often" is not a number of minutes/,
  ],
  [
    'an interval below a minute',
    { 'event.poller.refresh_interval': '0' },
    /refresh_interval": "0" is shorter than a minute/,
  ],
  [
    'a backfill that is no instant',
    { 'event.poller.backfill': 'yesterday' },
    /backfill": "yesterday" is not an ISO 8601/,
  ],
  ['a mode that there is not', { 'event.poller.mode': 'guess' }, /mode": "guess" is neither/],
  [
    'a placeholder deep in a text',
    { 'event.poller.configuration': '{"contacts":{"url":"<URL>"}}' },
    /\.contacts\.url: "<URL>" is a placeholder/,
  ],
])('told: %s', async (_what, configuration, fault) => {
  const faults = await faultsOf(configuration)
  expect(faults).toEqual([expect.stringMatching(fault)])
})

test.each<[string, Record<string, unknown>, RegExp]>([
  ['neither true nor false', { 'event.notification.enabled': 'yes' }, /enabled": "yes" is neither true nor false/],
  ['an event type that there is not', { 'event.vendor.type': 'pigeon' }, /"event.vendor.type": "pigeon" is neither/],
  [
    'a callback that is no URL',
    { 'event.notification.callback.url': 'mycoolapp.com' },
    /callback.url": "mycoolapp.com" is not a URL/,
  ],
  [
    'a callback to a private address',
    { 'event.notification.callback.url': 'http://10.0.0.1/x' },
    /callback.url": "http:\/\/10.0.0.1\/x"/,
  ],
  ['a callback to ourselves', { 'event.notification.callback.url': 'https://tributary.example/x' }, /own address/],
  [
    'a callback by another protocol',
    { 'event.notification.callback.url': 'ftp://example.com/x' },
    /callback.url": "ftp:/,
  ],
  [
    'a broken signature key',
    { 'event.notification.signature.key': 'whsec_???' },
    /^configuration."event.notification.signature.key": begins with whsec_/,
  ],
  ['a user name with a colon', { 'event.notification.basic.username': 'a:b' }, /basic.username": has a colon/],
  ['headers that are none', { 'event.notification.callback.headers': 'no header' }, /callback.headers": has a line/],
  ['headers that are ours', { 'event.notification.callback.headers': '{"Webhook-Id":"1"}' }, /can't set Webhook-Id/],
  ['a limit of nothing', { 'event.notification.rate.limit': 'slow' }, /rate.limit": "slow" is not a rate/],
  ['an order that there is not', { 'event.notification.ordering': 'strict' }, /"strict" is no order.*write "object"/],
  ['a site that there is not', { siteAddress: 'evil.example' }, /siteAddress: "evil.example" is none of/],
  [
    'a mask that nothing is behind',
    { 'oauth.user.token': '********' },
    /"oauth.user.token": "\*{8}" stands for a value that is stored/,
  ],
  ['a NUL', { note: 'a\0b' }, /configuration.note: has a NUL/],
])('told: %s', async (_what, configuration, fault) => {
  expect(await faultsOf(configuration)).toEqual([expect.stringMatching(fault)])
})

test.each<[string, unknown, RegExp]>([
  ['no body at all', undefined, /body: is missing; send one/],
  ['a body that is no object', [1], /body: \[1\] is not a JSON object/],
  [
    'a missing name',
    { element: { key: 'intercom' }, configuration: { 'oauth.user.token': 't' } },
    /^name: is missing/m,
  ],
  ['no element', { name: 'x' }, /^element: is missing/m],
  [
    'tags that are no list',
    { element: { key: 'intercom' }, name: 'x', tags: 'one', configuration: { 'oauth.user.token': 't' } },
    /^tags: "one" is not a list/m,
  ],
  [
    'neither code nor token',
    { element: { key: 'intercom' }, name: 'x', configuration: {} },
    /^providerData.code: is missing; .*^configuration."oauth.api.key": is missing/ms,
  ],
  [
    'webhooks of an element without',
    { element: { key: 'icontact' }, name: 'x', configuration: { 'event.vendor.type': 'webhooks' } },
    /"event.vendor.type": iContact has no webhooks/,
  ],
])('told: %s', async (_what, request, fault) => {
  const { status, body } = await here.api.call('POST', '/instances', { body: request })
  expect(status).toBe(400)
  expect((body as { message: string }).message).toMatch(fault)
})

test('secrets are not repeated in what is told', async () => {
  const faults = await faultsOf({ 'event.notification.signature.key': 'whsec_?hunter2', 'event.poller.mode': 'guess' })
  expect(faults.join()).not.toContain('hunter2')
})

test('what is given as text may stand for booleans, numbers and the whole poller configuration', async () => {
  const request = {
    element: { key: 'intercom' },
    name: 'Texts',
    configuration: {
      'oauth.user.token': 'tok',
      'event.notification.enabled': 'true',
      'event.vendor.type': 'polling',
      'event.poller.refresh_interval': 5,
      'event.poller.configuration': JSON.stringify(contacts({})['event.poller.configuration']),
      'something.else': { kept: true },
      'event.notification.callback.url': '',
    },
  }
  const { status, body } = await here.api.call('POST', '/instances', { body: request })
  expect([status, body]).toMatchObject([
    200,
    { configuration: { 'event.poller.refresh_interval': '5', 'something.else': '{"kept":true}' }, tags: [] },
  ])
})

test('a code that the vendor refuses is 400 with its words, a vendor that fails 502', async () => {
  const request = {
    element: { key: 'intercom' },
    name: 'Code',
    providerData: { code: 'abc=' },
    configuration: { 'oauth.api.key': 'k', 'oauth.api.secret': 's', 'oauth.callback.url': 'https://x.example/cb' },
  }
  here.vendor.answers.set('/auth/eagle/token', {
    status: 401,
    body: { type: 'error.list', errors: [{ code: 'unauthorized', message: 'Unauthorized Code' }] },
  })
  const refused = await here.api.call('POST', '/instances', { body: request })
  expect([refused.status, refused.body]).toMatchObject([
    400,
    {
      message: expect.stringContaining('refused') as unknown,
      providerMessage: expect.stringContaining('Unauthorized Code') as unknown,
    },
  ])
  here.vendor.answers.set('/auth/eagle/token', { status: 503, body: {} })
  const failed = await here.api.call('POST', '/instances', { body: request })
  expect([failed.status, failed.body]).toMatchObject([502, { providerMessage: expect.any(String) as unknown }])
  contentIntercom(here.vendor)
  here.vendor.answers.set('/me', { status: 503, body: {} })
  const unknown = await here.api.call('POST', '/instances', { body: request })
  expect(unknown.status).toBe(200)
  here.vendor.answers.set('/me', {
    status: 401,
    body: { type: 'error.list', errors: [{ code: 'unauthorized', message: 'Access Token Invalid' }] },
  })
  const invalid = await here.api.call('POST', '/instances', { body: request })
  expect([invalid.status, invalid.body]).toMatchObject([
    400,
    { providerMessage: expect.stringContaining('Access Token Invalid') as unknown },
  ])
  contentIntercom(here.vendor)
})
