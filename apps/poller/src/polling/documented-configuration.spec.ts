import { Ledger } from './testing/ledger.js'

// What the replaced platform documents of polling, in real polls: every variable of a URL, every format of a date, the
// older event.poller.urls, and {objectName}.

let ledger: Ledger

beforeAll(async () => {
  ledger = await Ledger.open()
})

beforeEach(() => {
  ledger.vendor.requests.length = 0
  ledger.vendor.entries = []
})

afterAll(() => ledger.close())

const key = 'event.poller.configuration'
const since = '2026-07-02T03:04:05Z'
const seconds = Date.parse(since) / 1_000
const polled = (resources: object, more: Record<string, string> = {}) =>
  ledger.create({ [key]: JSON.stringify(resources), 'event.poller.backfill': since, ...more })

// A second before the watermark, so that a vendor's > leaves out nothing that is dated the same second.
test.each<[template: string, value: string]>([
  ["${gmtDate:yyyy-MM-dd'T'HH:mm:ss'Z'}", '2026-07-02T03:04:04Z'],
  ['${gmtDate:yyyy-MM-dd}', '2026-07-02'],
  ['${gmtDate}', '2026-07-02T03:04:04Z'],
  ['${date:yyyy-MM-dd HH:mm:ss}', '2026-07-02 03:04:04'],
  ['${date:yyyy-MM-dd HH:mm:ss -0800}', '2026-07-02 03:04:04 -0800'],
  ['${date}', '2026-07-02T03:04:04Z'],
  ['${date:milliseconds}', '1782961444000'],
  ["${dateTimeZone:PST:yyyy-MM-dd'T'HH:mm:ss}", '2026-07-01T20:04:04'],
  ['${dateTimeZone:EST:HH:mm}', '22:04'],
  ['${DateTimeZone:America/Denver:MM/dd/yyyy HH:mm:ss}', '07/01/2026 21:04:04'],
  ["${dateTimeZone:-8:00:yyyy-MM-dd'T'HH:mm:ssXXX}", '2026-07-01T19:04:04-08:00'],
  ['${epoch}', '1782961444000'],
  ['${epoch:ms}', '1782961444000'],
  ['${epoch:s}', '1782961444'],
  ['${epoch:us}', '1782961444000000'],
  ['${epoch:0}', '1782961444000'],
  ['${milliseconds}', '1782961444000'],
  ["${yyyy-MM-dd'T'HH:mm:ss}", '2026-07-02T03:04:04'],
])('a poll asks with %s for what came after %s', async (template, value) => {
  const { id } = await polled({ journal: { url: `/hubs/x/journal?from=${template}` } })
  await ledger.tick()
  expect((await ledger.schedule.resources(id))[0]?.error).toBeNull()
  expect(ledger.vendor.requests.map(({ searchParams }) => searchParams.get('from'))).toEqual([value])
})

test('an upper bound by ${nowTimeZone} is the poll’s start, the same on every page; pollDelay is taken off the lower one', async () => {
  ledger.vendor.entries = [1, 2, 3].map(n => ({ id: `${n}`, made: seconds, changed: seconds + 100 + n }))
  ledger.vendor.pageSize = 1
  const url = "/hubs/x/journal?to=${nowTimeZone:GMT:yyyy-MM-dd'T'HH:mm:ss.SSSXXX}&from=${gmtDate:HH:mm:ss}"
  const { id } = await polled({ journal: { url, pollDelay: 60 } })
  const before = Date.now()
  await ledger.tick()
  const asked = ledger.vendor.requests.map(({ searchParams }) => searchParams)
  const [to, ...others] = new Set(asked.map(each => each.get('to')))
  expect([asked.length, others]).toEqual([3, []])
  expect(Date.parse(to!)).toBeGreaterThanOrEqual(before)
  expect(Date.parse(to!)).toBeLessThanOrEqual(Date.now())
  // A listing without an order is read twice before its watermark moves: then it's a minute before 03:05:48, and a second.
  ledger.vendor.pageSize = 100
  await ledger.poll(id)
  await ledger.poll(id)
  const from = ledger.vendor.requests.map(({ searchParams }) => searchParams.get('from'))
  expect(from).toEqual(['03:04:04', '03:04:04', '03:04:04', '03:04:04', '03:04:47'])
})

test('a variable in a where, quotes and all, is the condition that the vendor gets', async () => {
  const url = "/hubs/crm/entries?where=changed>='${gmtDate:yyyy-MM-dd'T'HH:mm:ss'Z'}'"
  ledger.vendor.entries = [{ id: 'a', made: seconds, changed: seconds }]
  await polled({ entries: { url } })
  const before = ledger.events.length
  await ledger.tick()
  expect(ledger.vendor.requests.map(({ searchParams }) => searchParams.get('changed_since'))).toEqual([
    '2026-07-02T03:04:04Z',
  ])
  expect(ledger.events.slice(before)).toMatchObject([{ objectId: 'a', eventType: 'CREATED' }])
})

const instant = '2026-07-05T16:07:08.000Z'

const formats: [format: string, zone: string, text: string | number, date?: string][] = [
  ["yyyy-MM-dd'T'HH:mm:ssXXX", '', '2026-07-05T18:07:08+02:00'],
  ["yyyy-MM-dd'T'HH:mm:ss'Z'", 'GMT', '2026-07-05T16:07:08Z'],
  ['yyyy-MM-dd HH:mm:ss', '', '2026-07-05 16:07:08'],
  ["yyyy-MM-dd' 'HH:mm:ss", 'America/New_York', '2026-07-05 12:07:08'],
  ["yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", 'GMT', '2026-07-05T16:07:08.250Z', '2026-07-05T16:07:08.250Z'],
  ["yyyy-MM-dd'T'HH:mm:ss.SSSZ", '', '2026-07-05T09:07:08.000-0700'],
  ['MM/dd/yyyy HH:mm:ss', 'PST', '07/05/2026 09:07:08'],
  ['EEE, dd MMM yyyy HH:mm:ss Z', '', 'Sun, 05 Jul 2026 16:07:08 +0000'],
  ['yyyy-MM-dd', '', '2026-07-05', '2026-07-05T00:00:00.000Z'],
  ["yyyy-MM-dd'T'HH:mmz", '', '2026-07-05T16:07GMT', '2026-07-05T16:07:00.000Z'],
  ["yyyy-MM-dd'T'HH:mm:ssXXX'", '', '2026-07-05T16:07:08Z'],
  ['milliseconds', '', 1783267628000],
  ["milliseconds'", '', '1783267628000'],
  ['timestamp', '', 1783267628],
]

test('every documented date format is read from a record as the instant that it means', async () => {
  const stamps = Object.fromEntries(formats.map(([, , text], index) => [`stamp${index}`, text]))
  ledger.vendor.entries = [{ id: 'a', made: seconds, changed: seconds, nested: stamps }]
  const resources = formats.map(([updatedDateFormat, updatedDateTimezone], index) => {
    const dates = { updatedDateField: `nested.stamp${index}`, updatedDateFormat, updatedDateTimezone }
    return [`format${index}`, { url: '/hubs/x/journal', datesConfiguration: { ...dates, createdDateField: 'made' } }]
  })
  await polled(Object.fromEntries(resources) as object)
  const before = ledger.events.length
  await ledger.tick()
  const found = new Map(ledger.events.slice(before).map(({ objectType, date }) => [objectType, date]))
  expect(formats.map(([format], index) => [format, found.get(`format${index}`)])).toEqual(
    formats.map(([format, , , date]) => [format, date ?? instant]),
  )
})

describe('the older event.poller.urls', () => {
  const line = (name: string) =>
    `${name}|/hubs/finance/entries|//entries|changed|yyyy-MM-dd'T'HH:mm:ss'Z'|GMT|made|yyyy-MM-dd'T'HH:mm:ss'Z'|GMT`

  test.each<[string, Record<string, string>, string[]]>([
    [
      'a line of nine fields for each resource',
      { 'event.poller.urls': `${line('ones')}\n${line('others')}` },
      ['ones', 'others'],
    ],
    ['names by bars', { 'event.poller.urls': 'entries|journal' }, ['entries', 'journal']],
    ['names by lines', { 'event.poller.urls': 'entries\njournal' }, ['entries', 'journal']],
    [
      'a newer configuration beside it, which counts',
      { 'event.poller.urls': line('ones'), [key]: '{"new":{"url":"/hubs/x/entries"}}' },
      ['new'],
    ],
  ])('%s', async (_, configuration, resources) => {
    ledger.vendor.entries = [{ id: 'a', made: seconds, changed: seconds + 5 }]
    await ledger.create({ 'event.poller.backfill': since, ...configuration })
    const before = ledger.events.length
    await ledger.tick()
    const told = ledger.events.slice(before)
    expect(told.map(({ objectType }) => objectType).sort()).toEqual(resources)
    for (const event of told) expect(event).toMatchObject({ objectId: 'a', date: '2026-07-02T03:04:10.000Z' })
  })
})

test('{objectName} is each of event.objects, in URL, id and dates; taken out of them, an object is polled no more', async () => {
  const fields = { entries_changed: '2026-07-03T00:00:00Z', journal_changed: '2026-07-04T00:00:00Z' }
  ledger.vendor.entries = [
    { id: 'a', made: seconds, changed: seconds, ...fields, entries: { no: 7 }, journal: { no: 8 } },
  ]
  const { id } = await polled(
    {
      '{objectName}': {
        url: '/hubs/x/{objectName}',
        idField: '{objectName}.no',
        datesConfiguration: { updatedDateField: '{objectName}_changed', updatedDateFormat: "yyyy-MM-dd'T'HH:mm:ss'Z'" },
      },
    },
    { 'event.objects': 'entries, journal' },
  )
  const before = ledger.events.length
  await ledger.tick()
  expect(ledger.events.slice(before).map(({ objectType, objectId, date }) => [objectType, objectId, date])).toEqual([
    ['entries', '7', '2026-07-03T00:00:00.000Z'],
    ['journal', '8', '2026-07-04T00:00:00.000Z'],
  ])
  await ledger.edit(id, { 'event.objects': 'journal' })
  ledger.vendor.requests.length = 0
  await ledger.poll(id)
  expect(ledger.vendor.requests.map(({ pathname }) => pathname)).toEqual(['/journal'])
})
