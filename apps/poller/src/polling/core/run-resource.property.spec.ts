import fc from 'fast-check'
import type { ResourcePolling } from '#instances'
import { compile, contentHash, type Settings } from './records.js'
import { Random } from './testing/random.js'
import { Simulation, type Faults, type Published } from './testing/simulation.js'
import type { Fact, VendorOptions } from './testing/simulated-vendor.js'

// A failing seed is printed; POLL_RUNS asks for more.
const runs = { numRuns: Number(process.env['POLL_RUNS'] ?? 150) }
const manyRuns = { numRuns: Number(process.env['POLL_RUNS'] ?? 500) }
jest.setTimeout(600_000)
const none: Faults = { crash: 0, vendor: 0, log: 0 }

const faults = fc.record({
  crash: fc.constantFrom(0, 0.02, 0.1),
  vendor: fc.constantFrom(0, 0.05, 0.2),
  log: fc.constantFrom(0, 0.1),
})

const vendor = fc.record({
  listing: fc.constantFrom('newest-first' as const, 'oldest-first' as const, 'jumping' as const),
  pageSize: fc.integer({ min: 2, max: 7 }),
  skewMs: fc.constantFrom(0, 0, 7_000),
  lagMs: fc.constantFrom(0, 0, 9_000),
  filters: fc.boolean(),
  dated: fc.constant(true),
})

const scenario = fc.record({ vendor, faults, seed: fc.integer(), busy: fc.constantFrom(0, 0.05, 0.2) })

interface Scenario {
  vendor: VendorOptions
  faults: Faults
  seed: number
  busy: number
}

test('no change is lost, whatever moves, lags, fails or dies', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async given => {
      const simulation = await simulated(given)
      const published = new Set(simulation.published.map(key))
      const missing = facts(simulation, given.vendor).filter(fact => !published.has(key(versionOf(fact))))
      expect(missing).toEqual([])
    }),
    manyRuns,
  )
})

test('nothing is published that did not happen, or happened before anyone asked', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async given => {
      const simulation = await simulated(given)
      const real = new Set(simulation.vendor.facts().map(fact => key(versionOf(fact))))
      expect(simulation.published.filter(change => !real.has(key(change)))).toEqual([])
      expect(simulation.published.filter(change => change.date < simulation.since)).toEqual([])
    }),
    runs,
  )
})

test('a watermark never goes back', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async given => {
      const { watermarks } = await simulated(given)
      expect(watermarks).toEqual([...watermarks].sort((one, other) => one - other))
    }),
    runs,
  )
})

test('where nothing fails, nothing is published twice, and an object is created once', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async given => {
      const { published } = await simulated({ ...given, faults: none })
      const keys = published.map(key)
      expect(keys.length).toBe(new Set(keys).size)
      // What changes twice before it shows, or while it is being read, may be seen first as updated.
      const calm = await simulated({ ...given, vendor: { ...given.vendor, lagMs: 0 }, faults: none, busy: 0 })
      expect(misjudged(calm.published, calm.since)).toEqual([])
    }),
    runs,
  )
})

test('a mirror that follows a snapshot’s events ends up as the vendor is', async () => {
  const undated = vendor.map(options => ({ ...options, listing: 'jumping' as const, dated: false, lagMs: 0 }))
  await fc.assert(
    fc.asyncProperty(
      fc.record({ vendor: undated, faults, seed: fc.integer(), busy: fc.constantFrom(0, 0.05, 0.2) }),
      async given => {
        const simulation = await simulated(given, { snapshot: true, updated: null, created: null })
        const { published, vendor } = simulation
        const mirror = new Map(
          published.map(change => [change.objectId, change.type === 'DELETED' ? null : change.hash]),
        )
        const alive = new Map(vendor.facts().flatMap(fact => (fact.shownTo === Infinity ? [[fact.id, fact]] : [])))
        for (const [id, hash] of mirror) {
          const fact = alive.get(id)
          expect([id, hash]).toEqual([id, fact ? contentHash({ id, content: fact.content }) : null])
        }
        const unseen = [...alive.values()].filter(({ id, created }) => created > simulation.since && !mirror.has(id))
        expect(unseen.filter(({ shownFrom }) => shownFrom > (simulation.runs[0]?.to ?? Infinity))).toEqual([])
      },
    ),
    runs,
  )
})

test('deletions that the vendor lists are published', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async given => {
      const simulation = await simulated(given, {}, true)
      const deleted = new Set(
        simulation.published.flatMap(({ type, objectId }) => (type === 'DELETED' ? [objectId] : [])),
      )
      const gone = simulation.vendor.facts().filter(({ shownTo }) => shownTo > simulation.since && shownTo < Infinity)
      const last = gone.filter(
        fact => !simulation.vendor.facts().some(other => other.id === fact.id && other.shownTo > fact.shownTo),
      )
      expect(
        last.filter(({ id, shownTo }) => shownTo + given.vendor.skewMs >= simulation.since + 1_000 && !deleted.has(id)),
      ).toEqual([])
    }),
    runs,
  )
})

async function simulated(
  { vendor, faults, seed, busy }: Scenario,
  polling: Partial<ResourcePolling> = {},
  listsDeletions = false,
): Promise<Simulation> {
  const random = new Random(seed)
  const simulation = new Simulation(settings(vendor, polling), vendor, busy, faults, random, listsDeletions)
  for (let polls = 0; polls < 12; polls++) {
    for (let changes = random.below(10); changes > 0; changes--) simulation.change()
    await simulation.poll()
    simulation.pass(random.below(20_000))
  }
  simulation.rest()
  simulation.pass(vendor.lagMs + 1_000)
  // The last run may have to be finished first, and a watermark that is held takes one more.
  for (let polls = 0; polls < 4; polls++) {
    await simulation.poll()
    simulation.pass(5_000)
  }
  return simulation
}

/**
 * What must have been published: what showed, unchanged, through a whole run that was read to its end. Where rows jump
 * between pages one run can miss a row, but what stays is found.
 */
function facts(simulation: Simulation, { listing }: VendorOptions): Fact[] {
  return simulation.vendor
    .facts()
    .filter(({ updated }) => updated >= simulation.since)
    .filter(({ shownFrom, shownTo }) =>
      listing === 'jumping'
        ? shownTo === Infinity
        : simulation.runs.some(({ from, to }) => shownFrom <= from && to < shownTo),
    )
}

function settings({ lagMs }: VendorOptions, polling: Partial<ResourcePolling>): Settings {
  return compile({
    name: 'things',
    url: '/hubs/any/things',
    idField: 'id',
    updated: { field: 'updated_at', format: 'timestamp', timeZone: 'UTC' },
    created: { field: 'created_at', format: 'timestamp', timeZone: 'UTC' },
    filterByUpdatedDate: true,
    filterByCurrentDate: false,
    snapshot: false,
    createdCheckToleranceMs: 0,
    pollDelayMs: 0,
    overlapMs: lagMs === 0 ? 0 : lagMs + 1_000,
    pageSize: null,
    ...polling,
  })
}

function versionOf({ id, created, updated, content }: Fact): Pick<Published, 'objectId' | 'date' | 'hash'> {
  const hash = contentHash({ id, created_at: created / 1_000, updated_at: updated / 1_000, content })
  return { objectId: id, date: updated, hash }
}

function key({ objectId, date, hash }: Pick<Published, 'objectId' | 'date' | 'hash'>): string {
  return `${objectId} ${date} ${hash}`
}

/** Objects made since anyone asked whose first event isn't their creation, and those created twice. */
function misjudged(published: readonly Published[], since: number): Published[] {
  const first = new Map<string, Published>()
  return published.filter(change => {
    const known = first.has(change.objectId)
    if (!known) first.set(change.objectId, change)
    const { created_at, updated_at } = JSON.parse(change.raw) as { created_at: number; updated_at: number }
    const created = (known ? false : created_at * 1_000 >= since) || created_at === updated_at
    return (change.type === 'CREATED') !== created
  })
}
