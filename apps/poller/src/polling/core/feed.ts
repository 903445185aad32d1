import type { PageOrder } from '#connectors'

/** One version of an object that was published: its date and the hash of its content. */
export type Version = readonly [date: number, hash: string]

/**
 * The versions published within a feed's reach, by object id. An id can have several: one that changed twice, or records
 * that share it because the configured `idField` isn't unique.
 */
export type Seen = Map<string, Version[]>

/** How far a dated listing is published. Dates are the vendor's, in milliseconds since 1970. */
export interface Feed {
  /** All that changed before it, and showed in time, is published. */
  readonly watermark: number
  /** Where the watermark may go once later runs have confirmed it, the next place first; see `advance`. */
  readonly held: readonly number[]
  readonly seen: Seen
}

/** A feed while it is being read. */
export interface Reading {
  /** What is older isn't looked at. */
  readonly lower: number
  /** The run's start. What is dated later, since it changed meanwhile or a clock is ahead, moves no watermark. */
  readonly upper: number
  /** The newest date that showed, of those up to `upper`. */
  highest: number | null
  /** What this run has published, as far as its end or another process will need it. */
  readonly fresh: Seen
  /** The objects that this process published last, since rows come twice where they move or pages overlap. */
  readonly recent: Seen
  pages: number
  /** When its first page was read, and how much later than that the latest one; see `turn`. */
  began: number | null
  behind: number
  /** The date of the last row. */
  edge: number | null
  /** A page came in an order, or by a count of rows, by which a row can change its place and be missed. */
  drifting: boolean
  /** More is new than is worth remembering until other readings. */
  flooded: boolean
}

/**
 * How far back of a watermark the next run looks: some changes show late, and one that is dated by its day alone is dated
 * back to its beginning.
 */
export type Reach = (watermark: number) => number

/** A first poll begins at `since`; nothing older is ever read. */
export function read(feed: Feed, since: number, reach: Reach, start: number): Reading {
  return {
    ...{ lower: Math.max(since, reach(feed.watermark)), upper: start, highest: null },
    ...{
      fresh: new Map(),
      recent: new Map(),
      pages: 0,
      began: null,
      behind: 0,
      edge: null,
      drifting: false,
      flooded: false,
    },
  }
}

/**
 * Before each page. What shows late can turn up before the place that a listing has got to, while the newest dates are
 * still to come: so they count less the time for which was read. `safe`: nothing shows late, or the
 * newest dates come first.
 */
export function turn(reading: Reading, now: number, safe: boolean): void {
  reading.began ??= now
  reading.behind = safe ? 0 : Math.max(0, now - reading.began)
}

/** Before each row: pages that are in order by themselves needn't be so one after another. */
export function follow(reading: Reading, date: number, order: PageOrder): void {
  const { edge } = reading
  if (edge !== null && (order === 'newest-first' ? date > edge : date < edge)) reading.drifting = true
  reading.edge = date
}

/** Whether a version is news. What was published is known by date and content, since dates are granular. */
export function notice(feed: Feed, reading: Reading, id: string, date: number, hash: string): boolean {
  if (date < reading.lower) return false
  const safe = date - reading.behind
  if (date <= reading.upper) reading.highest = Math.max(reading.highest ?? safe, safe)
  const { fresh, recent } = reading
  if ([feed.seen, fresh, recent].some(seen => holds(seen, id, date, hash))) return false
  add(fresh, id, [date, hash])
  add(recent, id, [date, hash])
  const [oldest] = recent.size > recentObjects ? recent.keys() : []
  if (oldest !== undefined) recent.delete(oldest)
  return true
}

/** Whether any version of the object was published within the reach. */
export function knows(feed: Feed, { fresh, recent }: Reading, id: string): boolean {
  return feed.seen.has(id) || fresh.has(id) || recent.has(id)
}

const recentObjects = 20_000

/** Beyond this many new versions they aren't remembered: it costs more than it saves. */
const heldVersions = 5_000

/** One run in some dozens misses a row that moves, where much does; four in a row don't. */
const runsBehind = 3

/**
 * The feed after a run that was read and published to its end. The watermark is the newest date that showed, of those up
 * to the run's start, since what changed during the run may have slipped through; and never goes back.
 *
 * Where rows can change their place while several pages are read, one whose date is old can slip through as well: there
 * the watermark stays some runs behind, so that every change has as many more to show itself. Where more is new than is
 * remembered, it is one run, which publishes all of it again, with the same ids.
 */
export function advance(feed: Feed, reading: Reading, reach: Reach): Feed {
  const reached = reachedBy(feed, reading)
  const behind = reading.flooded ? 1 : runsBehind
  const held = reading.drifting && reading.pages > 1 ? [...feed.held, reached].slice(-behind - 1) : []
  const confirmed = held.length > behind ? held.shift() : feed.watermark
  const watermark = held.length > 0 ? Math.max(feed.watermark, confirmed ?? feed.watermark) : reached
  const seen: Seen = new Map()
  keep(seen, feed.seen, reach(watermark))
  keep(seen, reading.fresh, reach(watermark))
  return { watermark, held, seen }
}

/**
 * Forgets what of a long run its end won't need, so that its checkpoint stays small. A short one forgets nothing: its
 * listing may turn out to drift on any page.
 */
export function forget(feed: Feed, reading: Reading, reach: Reach): void {
  reading.flooded ||= count(reading.fresh) > heldVersions
  if (!reading.flooded) return
  const kept: Seen = new Map()
  keep(kept, reading.fresh, reach(reachedBy(feed, reading)))
  reading.fresh.clear()
  for (const [id, versions] of kept) reading.fresh.set(id, versions)
}

function reachedBy(feed: Feed, { highest }: Reading): number {
  return Math.max(feed.watermark, highest ?? feed.watermark)
}

function holds(seen: Seen, id: string, date: number, hash: string): boolean {
  return seen.get(id)?.some(version => version[0] === date && version[1] === hash) ?? false
}

function add(seen: Seen, id: string, version: Version): void {
  const versions = seen.get(id)
  if (versions) versions.push(version)
  else seen.set(id, [version])
}

function keep(into: Seen, from: Seen, oldest: number): void {
  for (const [id, versions] of from) {
    for (const version of versions) if (version[0] >= oldest && !holds(into, id, ...version)) add(into, id, version)
  }
}

function count(seen: Seen): number {
  let versions = 0
  for (const list of seen.values()) versions += list.length
  return versions
}
