import { Connectors, type Connector } from '#connectors'
import { pollQuery, readPolling } from './polling-configuration.js'

let intercom: Connector
let icontact: Connector

beforeAll(async () => {
  const connectors = await Connectors.load()
  intercom = connectors.get('intercom')!
  icontact = connectors.get('icontact')!
})

const key = 'event.poller.configuration'

function read(connector: Connector, resources: unknown, more: Record<string, string> = {}) {
  return readPolling({ [key]: JSON.stringify(resources), ...more }, connector)
}

test('the documented Intercom configuration is read as it stands', () => {
  const { resources, faults, intervalMs } = read(
    intercom,
    {
      conversations: {
        url: '/hubs/marketing/conversations?orderBy=updated_at desc',
        idField: 'id',
        datesConfiguration: {
          updatedDateField: 'updated_at',
          updatedDateFormat: 'timestamp',
          updatedDateTimezone: 'GMT',
          createdDateField: 'created_at',
          createdDateFormat: 'timestamp',
          createdDateTimezone: 'GMT',
        },
      },
    },
    { 'event.poller.refresh_interval': '15' },
  )
  expect(faults).toEqual([])
  expect(intervalMs).toBe(900_000)
  expect(resources).toMatchObject([
    {
      name: 'conversations',
      idField: 'id',
      updated: { field: 'updated_at', format: 'timestamp', timeZone: 'GMT' },
      created: { field: 'created_at', format: 'timestamp', timeZone: 'GMT' },
      filterByUpdatedDate: true,
      snapshot: false,
    },
  ])
})

test('the documented iContact configuration is read, stray characters and all', () => {
  const dates = (format: string) => ({
    updatedDateField: 'createDate',
    updatedDateFormat: format,
    createdDateField: 'createDate',
    createdDateFormat: format,
  })
  const { resources, faults } = read(icontact, {
    contacts: {
      url: "/hubs/general/contacts}'",
      idField: 'contactId',
      datesConfiguration: dates("yyyy-MM-dd' 'HH:mm:ss"),
    },
    message: {
      url: "/hubs/general/messages}'",
      idField: 'messageId',
      datesConfiguration: dates("yyyy-MM-dd'T'HH:mm:ssXXX"),
    },
  })
  expect(faults).toEqual([])
  expect(resources.map(({ name, created }) => [name, created?.timeZone])).toEqual([
    ['contacts', 'America/New_York'],
    ['message', 'America/New_York'],
  ])
  expect(pollQuery(resources[1]!, { since: 0, now: 0 }).resource).toBe('messages')
})

test('a format that doesn’t fit leaves the definition’s own to fall back to', () => {
  const { resources } = read(icontact, {
    contacts: {
      url: '/hubs/general/contacts',
      idField: 'messageId',
      datesConfiguration: { updatedDateField: 'createDate', updatedDateFormat: "yyyy-MM-dd'T'HH:mm:ssXXX" },
    },
  })
  expect(resources[0]!.updated).toMatchObject({ field: 'createDate', fallback: { timeZone: 'America/New_York' } })
  const format = "yyyy-MM-dd'T'HH:mm:ss'Z'"
  const dates = { updatedDateField: 'createDate', updatedDateFormat: format, updatedDateTimezone: 'GMT' }
  const zoned = read(icontact, { contacts: { url: '/hubs/general/contacts', datesConfiguration: dates } })
  expect(zoned.resources[0]!.updated).toMatchObject({ timeZone: 'GMT', fallback: { timeZone: 'America/New_York' } })
})

test('without a configuration the element’s default resources are polled, or those of event.objects', () => {
  expect(readPolling({}, intercom).resources.map(({ name }) => name)).toEqual(Object.keys(intercom.defaultPolling))
  const { resources, faults } = readPolling({ 'event.objects': 'contacts, conversations' }, intercom)
  expect([resources.map(({ name }) => name), faults]).toEqual([['contacts', 'conversations'], []])
})

test('{objectName} stands for each of event.objects that isn’t configured by name', () => {
  const configured = {
    conversations: { url: '/hubs/marketing/conversations' },
    '{objectName}': { url: '/hubs/marketing/{objectName}?pageSize=50' },
  }
  const { resources, faults } = read(intercom, configured, { 'event.objects': 'contacts,conversations' })
  expect(faults).toEqual([])
  expect(resources.map(({ name, url }) => [name, url])).toEqual([
    ['conversations', '/hubs/marketing/conversations'],
    ['contacts', '/hubs/marketing/contacts?pageSize=50'],
  ])
})

test('the old event.poller.urls are read: a line per resource, or names', () => {
  const line = 'conversations|/hubs/marketing/conversations||updated_at|timestamp|GMT|created_at|timestamp|GMT'
  const { resources, faults } = readPolling({ 'event.poller.urls': `${line}\ncontacts|tags` }, intercom)
  expect(faults).toEqual([])
  expect(resources.map(({ name, updated, snapshot }) => [name, updated?.format, snapshot])).toEqual([
    ['conversations', 'timestamp', false],
    ['contacts', 'timestamp', false],
    ['tags', undefined, true],
  ])
})

test.each<[string, string, [name: string, url: string][]]>([
  ['bars', 'contacts|tags', ['contacts', 'tags'].map(name => [name, `/hubs/any/${name}`])],
  ['lines', 'contacts\r\ntags\n\n', ['contacts', 'tags'].map(name => [name, `/hubs/any/${name}`])],
  [
    'lines of a text that was escaped twice',
    'contacts\\ntags',
    ['contacts', 'tags'].map(name => [name, `/hubs/any/${name}`]),
  ],
  ['commas', ' contacts, tags ,', ['contacts', 'tags'].map(name => [name, `/hubs/any/${name}`])],
  ['a name and a URL', 'people|/hubs/crm/contacts?pageSize=5', [['people', '/hubs/crm/contacts?pageSize=5']]],
  [
    'nine fields, the URL left out',
    'contacts|||created_at|timestamp|GMT|created_at|timestamp|GMT',
    [['contacts', '/hubs/any/contacts']],
  ],
  [
    'each object by one line',
    '{objectName}|/hubs/crm/{objectName}\ncontacts|/contacts',
    [
      ['tags', '/hubs/crm/tags'],
      ['conversations', '/hubs/crm/conversations'],
      ['contacts', '/contacts'],
    ],
  ],
])('the old event.poller.urls by %s', (_, urls, expected) => {
  const more: Record<string, string> = urls.includes('{') ? { 'event.objects': 'tags,contacts,conversations' } : {}
  const { resources, faults } = readPolling({ 'event.poller.urls': urls, ...more }, intercom)
  expect(faults).toEqual([])
  const shown = resources.map(({ name, url }) => [name, url.replace(/\?orderBy.*/, '').replace('marketing', 'any')])
  expect(shown).toEqual(expected)
})

test('what is wrong with the old event.poller.urls is told by resource; a newer configuration goes before them', () => {
  const urls = 'nonsense|/hubs/x/nonsense\ncontacts|/contacts||updated_at|jj|GMT\ncontacts|tags'
  const place = 'configuration."event.poller.urls"'
  const { faults } = readPolling({ 'event.poller.urls': urls }, intercom)
  expect(faults.map(({ key: at }) => at).sort()).toEqual([
    place,
    `${place}.contacts.datesConfiguration.updatedDateFormat`,
    `${place}.nonsense.url`,
  ])
  expect(faults[0]?.message).toBe('names "contacts" more than once')
  const both = read(intercom, { tags: { url: '/hubs/x/tags' } }, { 'event.poller.urls': urls })
  expect([both.resources.map(({ name }) => name), both.faults]).toEqual([['tags'], []])
})

test('{objectName} may stand in dates and ids, too, is itself elsewhere, and needs event.objects', () => {
  const one = {
    '{objectName}': {
      url: '/hubs/x/{objectName}',
      idField: '{objectName}.id',
      datesConfiguration: { updatedDateField: '{objectName}.changed', updatedDateFormat: 'timestamp' },
    },
    tags: { url: '/hubs/x/{objectName}' },
  }
  const { resources, faults } = read(intercom, one, { 'event.objects': 'contacts, conversations,contacts' })
  expect(faults).toEqual([])
  expect(resources.map(({ name, url, idField, updated }) => [name, url, idField, updated?.field])).toEqual([
    ['contacts', '/hubs/x/contacts', 'contacts.id', 'contacts.changed'],
    ['conversations', '/hubs/x/conversations', 'conversations.id', 'conversations.changed'],
    ['tags', '/hubs/x/tags', null, undefined],
  ])
  expect(read(intercom, one).faults).toEqual([
    { key: `configuration."${key}".{objectName}`, message: expect.stringContaining('event.objects') as string },
  ])
})

test.each<[string, number | null]>([
  ['15', 900_000],
  ['0.5', 60_000],
  ['1.5', 90_000],
  ['525600', 525_600 * 60_000],
  ['0', null],
  ['-5', null],
  ['abc', null],
  ['0x10', null],
  ['1e9', null],
  ['525601', null],
])('an interval of %s minutes', (text, intervalMs) => {
  const { faults, ...polling } = readPolling({ 'event.poller.refresh_interval': text }, intercom)
  expect(polling.intervalMs).toBe(intervalMs ?? 900_000)
  expect(faults).toHaveLength(intervalMs === null ? 1 : 0)
})

test.each<[string, string | null]>([
  ['2026-01-31', '2026-01-31T00:00:00.000Z'],
  ['2026-01-31T10:00', '2026-01-31T10:00:00.000Z'],
  ['2026-01-31T10:00:00', '2026-01-31T10:00:00.000Z'],
  ['2026-01-31T10:00:00.5+02:00', '2026-01-31T08:00:00.500Z'],
  ['2026-01-31T10:00:00-0530', '2026-01-31T15:30:00.000Z'],
  ['2026-02-30', null],
  ['2026-01-31T25:00:00Z', null],
  ['2026-01-31Tnoon', null],
  ['1700000000', null],
  ['9999-01-01', null],
])('a backfill since %s is in UTC unless it says otherwise, and not in the future', (text, instant) => {
  const { backfill, faults } = readPolling({ 'event.poller.backfill': text }, intercom)
  expect(backfill === null ? null : new Date(backfill).toISOString()).toBe(instant)
  expect(faults).toHaveLength(instant === null ? 1 : 0)
})

test('flags and numbers may be texts, and empty texts are missing', () => {
  const { resources, faults } = read(intercom, {
    conversations: {
      url: '/hubs/marketing/conversations',
      idField: '',
      filterByUpdatedDate: 'false',
      filterByCurrentDate: 'true',
      pollDelay: '30',
      createdCheckTolerance: 5,
      pageSize: '10',
      datesConfiguration: { updatedDateField: '', createdDateTimezone: '' },
    },
  })
  expect(faults).toEqual([])
  expect(resources[0]).toMatchObject({
    ...{ idField: null, filterByUpdatedDate: false, filterByCurrentDate: true, pollDelayMs: 30_000, pageSize: 10 },
    ...{ createdCheckToleranceMs: 5_000, updated: { field: 'updated_at' } },
  })
})

test('templates are rendered before the URL is read', () => {
  const url = "/hubs/marketing/conversations?where=updated_at>'${epoch:s}'"
  const { resources, faults } = read(intercom, { conversations: { url } })
  expect(faults).toEqual([])
  expect(pollQuery(resources[0]!, { since: 1_700_000_000_000, now: 0 }).where).toEqual([
    { field: 'updated_at', operator: '>', values: ['1700000000'] },
  ])
})

test('every fault is told, each by its place', () => {
  const { faults } = read(
    intercom,
    {
      nonsense: { url: '/hubs/marketing/nonsense', datesConfiguration: { updatedDateFormat: 'jj' } },
      conversations: {
        url: '/hubs/marketing/conversations',
        pollDelay: 'soon',
        datesConfiguration: { createdDateFormat: 'yyyy-MM-ddTHH:mm', updatedDateTimezone: 'Mars/Base' },
      },
      contacts: 'yes',
    },
    { 'event.poller.refresh_interval': 'often', 'event.poller.mode': 'magic', 'event.poller.backfill': 'yesterday' },
  )
  const place = 'configuration."event.poller.configuration"'
  expect(faults.map(({ key }) => key).sort()).toEqual(
    [
      `${place}.contacts`,
      `${place}.conversations.datesConfiguration.createdDateFormat`,
      `${place}.conversations.datesConfiguration.updatedDateTimezone`,
      `${place}.conversations.pollDelay`,
      `${place}.nonsense.datesConfiguration.updatedDateFormat`,
      `${place}.nonsense.url`,
      'configuration."event.poller.backfill"',
      'configuration."event.poller.mode"',
      'configuration."event.poller.refresh_interval"',
    ].sort(),
  )
})

test('an interval is never shorter than a minute', () => {
  expect(readPolling({ 'event.poller.refresh_interval': '0.1' }, intercom).intervalMs).toBe(60_000)
})

test('what is no JSON object is a fault, and JSON printed twice is none', () => {
  expect(readPolling({ [key]: '[]' }, intercom).faults).toHaveLength(1)
  const twice = JSON.stringify(JSON.stringify({ conversations: { url: '/hubs/marketing/conversations' } }))
  expect(readPolling({ [key]: twice }, intercom).faults).toEqual([])
})
