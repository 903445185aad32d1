import { setTimeout as sleep } from 'node:timers/promises'
import { Ledger, written, type Entry } from './testing/ledger.js'

// A first poll begins with the second of creation, or as far back as was asked for; what is edited afterwards takes
// effect at once and loses nothing.

let ledger: Ledger

beforeEach(async () => {
  ledger = await Ledger.open()
})

afterEach(() => ledger.close())

const key = 'event.poller.configuration'
const backfill = 'event.poller.backfill'
const intervalKey = 'event.poller.refresh_interval'
const entries = (more: object = {}) => ({ [key]: JSON.stringify({ entries: { url: '/hubs/x/entries', ...more } }) })
const hour = 3_600
const long = Date.parse('2026-01-02T03:04:05Z') / 1_000
const now = () => Math.floor(Date.now() / 1_000)

function put(id: string, made: number, changed = made, more: object = {}): void {
  const kept = ledger.vendor.entries.filter(entry => entry.id !== id)
  ledger.vendor.entries = [...kept, { id, made, changed, text: `${id} at ${changed}`, ...more } satisfies Entry]
}

const told = () => ledger.events.map(({ objectId, date }) => `${objectId} ${date}`)
const distinct = () => new Set(ledger.events.map(({ id }) => id)).size

test.each(['dates', 'snapshot'])(
  'by %s, a first poll tells of nothing older than the second of creation, and of all since',
  async mode => {
    const { id } = await ledger.create(entries({ mode }))
    const second = await ledger.watermark(id)
    expect(Math.abs(second - now())).toBeLessThan(5)
    put('old', second - 1)
    put('just made', second)
    put('just changed', second - hour, second)
    put('later', second + 1)
    expect((await ledger.poll(id)).sort()).toEqual(['just changed UPDATED', 'just made CREATED', 'later CREATED'])
    expect(await ledger.poll(id)).toEqual([])
  },
)

test('a backfill tells of exactly what is dated since then: over pages, after a crash, at its pace, in order', async () => {
  for (let n = -3; n < 7; n++) put(`n${n}`, long + n)
  ledger.vendor.pageSize = 2
  const { id } = await ledger.create({ ...entries(), [backfill]: written(long) })
  // It dies with its second page published and not saved.
  let pages = 0
  const query = jest.spyOn(ledger.database.pool, 'query')
  ledger.onPublish = async () => {
    if (++pages === 2) query.mockRejectedValue(new Error('terminating connection') as never)
  }
  await ledger.tick(ledger.poller({ leaseMs: 300 }))
  query.mockRestore()
  expect(ledger.events).toHaveLength(4)
  await sleep(400)
  const began = Date.now()
  await ledger.tick(ledger.poller({ eventsPerSecond: 10 }))
  // From the third page on: two of two events are waited for.
  expect(Date.now() - began).toBeGreaterThan(380)
  const dates = Array.from({ length: 7 }, (_, n) => `n${n} ${new Date((long + n) * 1_000).toISOString()}`)
  expect([...new Set(told())]).toEqual(dates)
  expect(distinct()).toBe(7)
  expect(await ledger.watermark(id)).toBe(long + 6)
  expect(await ledger.poll(id)).toEqual([])
})

describe('a backfill that is changed afterwards', () => {
  async function filled(): Promise<number> {
    for (const n of [0, 1, 2, 3, 4, 5]) put(`n${n}`, long + n * hour)
    const { id } = await ledger.create({ ...entries(), [backfill]: written(long + 3 * hour) })
    await ledger.tick()
    expect(told()).toHaveLength(3)
    return id
  }

  test('earlier: what was left out is told of at once; what was told of has the same id, if it comes again', async () => {
    const id = await filled()
    await ledger.edit(id, { [backfill]: written(long + hour) })
    await ledger.tick()
    expect(new Set(told())).toEqual(new Set([1, 2, 3, 4, 5].map(n => `n${n} ${iso(long + n * hour)}`)))
    expect(distinct()).toBe(5)
    expect(await ledger.watermark(id)).toBe(long + 5 * hour)
    const asked = ledger.vendor.requests.length
    await ledger.edit(id, { [backfill]: written(long + hour), name: 'another edit' })
    await ledger.tick()
    expect(ledger.vendor.requests.length).toBe(asked)
  })

  test('later, or taken away, or put back: nothing comes again, and nothing is left out', async () => {
    const id = await filled()
    for (const value of [written(long + 4 * hour), null, written(long + 4 * hour)]) {
      await ledger.edit(id, { [backfill]: value })
      expect([value, await ledger.watermark(id)]).toEqual([value, long + 5 * hour])
    }
    put('n6', long + 6 * hour)
    expect(await ledger.poll(id)).toEqual(['n6 CREATED'])
  })

  test('later, while it is under way: what is older is not told of any more', async () => {
    for (const n of [0, 1, 2, 3, 4, 5]) put(`n${n}`, long + n * hour)
    ledger.vendor.pageSize = 2
    const { id } = await ledger.create({ ...entries(), [backfill]: written(long) })
    ledger.onPublish = async () => {
      ledger.onPublish = () => Promise.resolve()
      await ledger.edit(id, { [backfill]: written(long + 4 * hour) })
    }
    await ledger.tick()
    await ledger.tick()
    expect(told()).toEqual([0, 1, 4, 5].map(n => `n${n} ${iso(long + n * hour)}`))
    expect(await ledger.schedule.runs(id)).toMatchObject([{ state: 'done' }])
  })

  test('earlier, while a poll is under way: that poll doesn’t take it back', async () => {
    const id = await filled()
    put('n6', long + 6 * hour)
    ledger.onPublish = async () => {
      ledger.onPublish = () => Promise.resolve()
      await ledger.edit(id, { [backfill]: written(long + 2 * hour) })
    }
    await ledger.poll(id)
    await ledger.tick()
    expect(told()).toContain(`n2 ${iso(long + 2 * hour)}`)
    expect(distinct()).toBe(5)
  })

  test('earlier, of an instance that began from now', async () => {
    put('old', long)
    const { id } = await ledger.create(entries())
    await ledger.tick()
    await ledger.edit(id, { [backfill]: '2026-01-01' })
    await ledger.tick()
    expect(told()).toEqual([`old ${iso(long)}`])
  })
})

test('an interval that is changed while its poll is under way counts from that poll on', async () => {
  const { id } = await ledger.create({ ...entries(), [intervalKey]: '60' })
  put('a', now())
  ledger.onPublish = async () => {
    ledger.onPublish = () => Promise.resolve()
    await ledger.edit(id, { [intervalKey]: '2' })
  }
  await ledger.tick()
  await ledger.tick()
  const [resource] = await ledger.schedule.resources(id)
  expect(resource!.nextDue.getTime() - Date.now()).toBeLessThan(121_000)
  expect(distinct()).toBe(1)
})

test.each<[string, Record<string, string>, string, number]>([
  ['the URL', entries({ url: '/hubs/y/entries?pageSize=50' }), 'new', 1],
  ['the id’s place', entries({ idField: 'number' }), 'no. 7', 1],
  [
    'the dates',
    entries({ datesConfiguration: { updatedDateField: 'touched', updatedDateFormat: 'timestamp' } }),
    ...(['new', 1] as const),
  ],
  // A creation's id doesn't depend on the record's content, so what both read has two.
  ['what dates are filtered by', entries({ filterByUpdatedDate: false }), 'new', 2],
  ['the mode', entries({ mode: 'snapshot' }), 'new', 1],
])('an edit of %s goes on from where polling was', async (_, edited, expected, ids) => {
  const { id } = await ledger.create({ ...entries(), [backfill]: written(long) })
  put('told', long + hour, long + hour, { number: 'no. 6', touched: long + hour })
  expect(await ledger.poll(id)).toEqual(['told CREATED'])
  const watermark = await ledger.watermark(id)
  // Made while nobody looked, but before the edit.
  put('new', watermark + 10, watermark + 10, { number: 'no. 7', touched: watermark + 10 })
  await ledger.edit(id, edited)
  expect(await ledger.watermark(id)).toBe(watermark)
  await ledger.poll(id)
  expect(ledger.events.at(-1)).toMatchObject({ objectId: expected, eventType: 'CREATED' })
  expect(ledger.events.filter(({ raw }) => raw.includes('"told"')).length).toBeLessThanOrEqual(2)
  expect(new Set(ledger.events.filter(({ objectId }) => objectId === 'told').map(event => event.id)).size).toBe(ids)
})

test('from dates to a snapshot and back, and again: each change is told of once, and a deletion by snapshots only', async () => {
  const { id } = await ledger.create({ ...entries(), [backfill]: written(long) })
  put('a', long)
  put('b', long + 1)
  expect(await ledger.poll(id)).toEqual(['a CREATED', 'b CREATED'])
  // Changed and made between the last poll by dates and the first snapshot.
  put('a', long, long + 10)
  put('c', long + 11)
  await ledger.edit(id, entries({ mode: 'snapshot' }))
  expect((await ledger.poll(id)).filter(each => each[0] !== 'b').sort()).toEqual(['a UPDATED', 'c CREATED'])
  ledger.vendor.entries = ledger.vendor.entries.filter(entry => entry.id !== 'b')
  put('c', long + 11, now() - 60)
  expect((await ledger.poll(id)).sort()).toEqual(['b DELETED', 'c UPDATED'])
  await ledger.edit(id, entries())
  expect(await ledger.poll(id)).toEqual([])
  // In the very second of the last listing, after it.
  const later = Math.floor(await ledger.watermark(id))
  put('d', later)
  put('a', long, later)
  expect((await ledger.poll(id)).sort()).toEqual(['a UPDATED', 'd CREATED'])
  await ledger.edit(id, entries({ mode: 'snapshot' }))
  const before = distinct()
  await ledger.poll(id)
  expect(distinct()).toBe(before)
  ledger.vendor.entries = ledger.vendor.entries.filter(entry => entry.id !== 'd')
  expect(await ledger.poll(id)).toEqual(['d DELETED'])
})

function iso(seconds: number): string {
  return new Date(seconds * 1_000).toISOString()
}
