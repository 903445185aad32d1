import { compile, type Settings } from '../records.js'
import { Random } from './random.js'

/** How a vendor lists. */
export interface Listing {
  /**
   * `rank`: by something that isn't told, and changes by itself; such rows jump to the front. `touched`: the same, and
   * they jump to the end, while the vendor calls it oldest first.
   */
  readonly by: 'newest' | 'oldest' | 'id' | 'rank' | 'touched'
  /** What the cursor stands for: the last row's place in the order, how many rows came before, or a reading that the
   * vendor keeps in mind for a minute. */
  readonly cursor: 'key' | 'count' | 'scroll' | 'none'
  /** How finely it can be asked for what changed since: not at all, or by whole days of its own zone. */
  readonly since: 'no' | 'day' | 'second'
}

export const listings = {
  'oldest first by key': { by: 'oldest', cursor: 'key', since: 'second' },
  'oldest first of whole days': { by: 'oldest', cursor: 'key', since: 'day' },
  'oldest first, or so it says': { by: 'touched', cursor: 'key', since: 'second' },
  'newest first by key': { by: 'newest', cursor: 'key', since: 'no' },
  'newest first of whole days': { by: 'newest', cursor: 'key', since: 'day' },
  'newest first by count': { by: 'newest', cursor: 'count', since: 'no' },
  'oldest first by count': { by: 'oldest', cursor: 'count', since: 'second' },
  'by id': { by: 'id', cursor: 'key', since: 'no' },
  'by id, since': { by: 'id', cursor: 'key', since: 'second' },
  'by id by count': { by: 'id', cursor: 'count', since: 'no' },
  unsorted: { by: 'rank', cursor: 'count', since: 'no' },
  scroll: { by: 'id', cursor: 'scroll', since: 'no' },
  'one page': { by: 'rank', cursor: 'none', since: 'no' },
} as const satisfies Record<string, Listing>

export type ListingName = keyof typeof listings

/** How likely each is, wherever it can happen. */
export interface Faults {
  /** The process dies, before or after any effect. */
  crash: number
  /** Someone else takes the lease, and both go on for a while. */
  rival: number
  /** The vendor fails, is too slow, wants a pause, rejects the request, or loses its own cursors. */
  vendor: number
  /** The log refuses a publish. */
  log: number
  /** A turn is over. */
  turn: number
  /** A page has fewer rows than asked for, or none, and yet isn't the last. */
  partial: number
  /** A record can't be read, or a page comes with a warning. */
  spoilt: number
  /** The configuration is edited between two polls. */
  edit: number
}

export const nothing: Faults = { crash: 0, rival: 0, vendor: 0, log: 0, turn: 0, partial: 0, spoilt: 0, edit: 0 }

/** One run of the model: all that isn't left to its dice. */
export interface Scenario {
  readonly seed: number
  readonly listing: ListingName
  readonly snapshot: boolean
  /** Whether objects have dates. */
  readonly dated: boolean
  /** Dates have no time. */
  readonly wholeDays: boolean
  /** Only the date of creation counts; the vendor lists by it. */
  readonly createdOnly: boolean
  readonly pageSize: number
  /** How far the vendor's clock is from ours. */
  readonly skewMs: number
  /** How likely a change is dated a day ahead. */
  readonly oddDates: number
  /** A change shows this much later, at most. */
  readonly lagMs: number
  readonly overlapMs: number
  readonly pollDelayMs: number
  readonly filterByCurrentDate: boolean
  readonly listsDeletions: boolean
  /** How far the clock of every second poller is from the true time. */
  readonly clockMs: number
  /** Since how long before the instance was made changes are wanted, and whether of a first snapshot too. */
  readonly backfillMs: number
  readonly wantsPast: boolean
  /** Objects from before anyone asked, and the changes that are waiting for the first poll. */
  readonly objects: number
  readonly backlog: number
  /** How likely something changes between any two effects. */
  readonly busy: number
  readonly faults: Faults
  /** Polls before everything comes to rest. */
  readonly polls: number
}

const snapshots: ListingName[] = ['by id', 'by id by count', 'unsorted', 'scroll', 'one page', 'newest first by key']

/** The scenario of a seed. */
export function scenarioOf(seed: number): Scenario {
  const random = new Random(Math.imul(seed, 0x9e3779b1))
  const pick = <T>(...from: T[]): T => from[random.below(from.length)]!
  const snapshot = random.chance(0.25)
  const lagMs = snapshot ? 0 : pick(0, 0, 9_000)
  const calm = random.chance(0.2)
  const skewMs = pick(0, 0, 7_000, -7_000, 3_600_000, -3_600_000)
  const clockMs = pick(0, 0, 0, 4_000, -4_000)
  return {
    seed,
    snapshot,
    listing: pick(...(snapshot ? snapshots : (Object.keys(listings) as ListingName[]))),
    dated: !snapshot || random.chance(0.5),
    pageSize: pick(2, 3, 5, 8),
    wholeDays: !snapshot && random.chance(0.1),
    createdOnly: !snapshot && random.chance(0.1),
    ...{ skewMs, clockMs },
    backfillMs: pick(0, 0, 3_600_000),
    wantsPast: snapshot && random.chance(0.3),
    // Where the vendor is behind, such a date, once it is over, hides what comes after: nobody can tell.
    oddDates: skewMs < 0 || clockMs > 0 ? 0 : pick(0, 0, 0.03),
    lagMs,
    ...(random.chance(0.5) ? { overlapMs: lagMs, pollDelayMs: 0 } : { overlapMs: 0, pollDelayMs: lagMs }),
    filterByCurrentDate: random.chance(0.2),
    listsDeletions: !snapshot && random.chance(0.3),
    objects: random.below(12),
    backlog: pick(0, 0, 0, 40),
    busy: calm ? 0 : pick(0, 0.05, 0.2),
    faults: calm
      ? nothing
      : {
          crash: pick(0, 0.02, 0.1),
          rival: pick(0, 0, 0.02),
          vendor: pick(0, 0.05, 0.2),
          log: pick(0, 0.1),
          turn: pick(0, 0.1),
          partial: pick(0, 0.2),
          spoilt: pick(0, 0, 0.05),
          edit: pick(0, 0, 0.2),
        },
    polls: 4 + random.below(8),
  }
}

const compiled = new Map<string, Settings>()

/** @param edition of a configuration that is edited now and then */
export function settingsOf(scenario: Scenario, edition: number): Settings {
  const { snapshot, dated, wholeDays, createdOnly, overlapMs, pollDelayMs, filterByCurrentDate } = scenario
  const delay = pollDelayMs + (edition % 3) * 2_000
  const key = [snapshot, dated, wholeDays, createdOnly, overlapMs, delay, filterByCurrentDate].join()
  const known = compiled.get(key)
  if (known) return known
  const format = wholeDays ? 'yyyy-MM-dd' : 'timestamp'
  const date = (field: string) => (dated ? { field, format, timeZone: 'UTC' } : null)
  const settings = compile({
    ...{ name: 'things', url: '/hubs/any/things', idField: 'id', pageSize: null },
    ...{ updated: date('updated_at'), created: date('created_at'), filterByUpdatedDate: !createdOnly },
    ...{ filterByCurrentDate, snapshot, createdCheckToleranceMs: 0, pollDelayMs: delay, overlapMs },
  })
  compiled.set(key, settings)
  return settings
}
