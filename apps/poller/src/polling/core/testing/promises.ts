import { contentHash } from '../records.js'
import { listings, nothing } from './scenario.js'
import type { CompleteRun, Published, Simulation } from './simulation.js'
import type { Version } from './simulated-vendor.js'

/** What polling promises: how each is broken by a simulation that was played, in sentences; none: it is kept. */
export const promises: Record<string, (simulation: Simulation) => string[]> = {
  'no change is lost, whatever moves, lags, fails or dies': lost,
  'nothing is published that did not happen, or happened before anyone asked': invented,
  'an event’s id stands for one change': ambiguous,
  'and a change has one id, whoever tells of it, and however often': renamed,
  'a watermark never goes back, nor beyond the run’s start': watermarks,
  'what is read is bounded by what changed, after crashes too': overworked,
  'where nothing fails, nothing is published twice': repeated,
  'where nothing changes meanwhile, an object’s first event is its creation, and no other': misjudged,
  'a mirror that follows a snapshot’s events ends up as the vendor is': mirrored,
  'what is deleted is published as deleted, and nothing else is': deletions,
}

/**
 * What showed, unchanged, through a whole run that was read to its end, is published. Where rows are counted, one can
 * slip through a run, but what stays is found. So is what nothing came after, in any case.
 */
function lost({ scenario, vendor, published, since, runs }: Simulation): string[] {
  if (scenario.snapshot) return []
  const { cursor, by } = listings[scenario.listing]
  // Where every page may be in order by chance, and no date is after the run's start, nobody can tell.
  if (by === 'touched' && (scenario.skewMs < 0 || scenario.clockMs > 0)) return []
  const slips = cursor === 'count' || (by === 'rank' && cursor !== 'none')
  const { filterByCurrentDate, createdOnly } = scenario
  const changeOf = ({ serial, id }: Version) => (createdOnly ? id : serial)
  const known = new Set(published.map(({ serial, objectId }) => (createdOnly ? objectId : serial)))
  const wanted = (version: Version, { start }: CompleteRun) => !filterByCurrentDate || vendor.dateOf(version) <= start
  const last = runs.slice(-1)
  return vendor.journal
    .filter(version => vendor.dateOf(version) >= since && !known.has(changeOf(version)))
    .filter(version =>
      slips
        ? version.shownTo === Infinity && last.some(run => wanted(version, run))
        : runs.some(run => version.shownFrom < run.from && run.to < version.shownTo && wanted(version, run)),
    )
    .map(version => `${told(version)} is not published`)
}

function invented({ scenario, vendor, published, since }: Simulation): string[] {
  return published.flatMap(change => {
    const { objectId, type, date, serial, at } = change
    if (type !== 'DELETED') {
      const version = vendor.journal[serial]
      if (!version || version.id !== objectId || version.shownFrom > at) return [`${toldOf(change)} did not happen`]
      if (!scenario.snapshot && vendor.dateOf(version) !== date) return [`${toldOf(change)} has another date`]
    }
    return date < since ? [`${toldOf(change)} is of before ${since}`] : []
  })
}

/** It may come twice; but where something else came in between, what comes again is another change. */
function ambiguous({ published, scenario }: Simulation): string[] {
  const first = new Map<string, number>()
  return published.flatMap((change, at) => {
    const before = first.get(change.eventId)
    first.set(change.eventId, at)
    const other = before === undefined ? undefined : published[before]
    if (before === undefined || !other || other.serial === change.serial) return []
    if (scenario.createdOnly && other.objectId === change.objectId && change.type !== 'DELETED') return []
    if (other.objectId !== change.objectId || !scenario.snapshot) return [`${toldOf(change)} has the id of another`]
    if (change.type === 'DELETED' && scenario.faults.rival > 0) return []
    const between = published.slice(before, at).filter(({ objectId }) => objectId === change.objectId)
    return between.some(({ eventId }) => eventId !== change.eventId)
      ? [`${toldOf(change)} has the id of #${other.serial}`]
      : []
  })
}

/** What was gone, as far as anyone could tell, and is there again, is another change. */
function renamed({ published, scenario }: Simulation): string[] {
  const ids = new Map<string, string>()
  return published.flatMap(change => {
    const { objectId, type, serial, eventId } = change
    const known = scenario.createdOnly ? objectId : `${objectId} ${serial}`
    if (type === 'DELETED') {
      if (scenario.snapshot) for (const key of ids.keys()) if (key.startsWith(`${objectId} `)) ids.delete(key)
      return []
    }
    const before = ids.get(known) ?? eventId
    ids.set(known, eventId)
    return before === eventId ? [] : [`${toldOf(change)} has another id than before`]
  })
}

function watermarks({ scenario, states, runs }: Simulation): string[] {
  return (['changes', 'deletions'] as const).flatMap(feed =>
    states.flatMap((state, at) => {
      const before = states[at - 1]?.[feed].watermark ?? state.since
      const { watermark } = state[feed]
      const { start = 0, to = 0 } = runs[at] ?? {}
      // A snapshot's run begins anew with its listing, whoever's clock says so.
      const latest = Math.max(before, scenario.snapshot ? to + 5_000 : start)
      if (watermark >= before && watermark <= latest) return []
      return [`the watermark of ${feed} went from ${before} to ${watermark}, the run began at ${latest}`]
    }),
  )
}

function overworked({ work }: Simulation): string[] {
  return work.all.flatMap(({ pages, most, deletionPages, mostDeletionPages }, at) => {
    if (pages > most) return [`${pages} pages were read, ${most} at most would do (run ${at})`]
    if (deletionPages <= mostDeletionPages) return []
    return [`${deletionPages} pages of deletions were read, ${mostDeletionPages} at most would do (run ${at})`]
  })
}

function repeated({ scenario, published }: Simulation): string[] {
  if (scenario.faults !== nothing) return []
  const known = new Set<string>()
  return published.filter(({ eventId }) => known.size === known.add(eventId).size).map(toldOf)
}

function misjudged({ scenario, published, since, vendor }: Simulation): string[] {
  const { faults, busy, lagMs, oddDates, snapshot, filterByCurrentDate } = scenario
  // A creation that is left to a later run can be overwritten until then.
  if (faults !== nothing || busy > 0 || lagMs > 0 || oddDates > 0 || snapshot || filterByCurrentDate) return []
  const met = new Set<string>()
  return published.flatMap(change => {
    const version = vendor.journal[change.serial]
    if (change.type === 'DELETED' || !version || vendor.deletionsOf(change.objectId) > 0) return []
    const first = !met.has(change.objectId)
    met.add(change.objectId)
    const created = (first && version.created >= since) || version.created === version.updated
    return (change.type === 'CREATED') === created ? [] : [`${toldOf(change)} isn’t what it was`]
  })
}

function mirrored({ scenario, published, vendor, firstRead, runs }: Simulation): string[] {
  // Two who publish at once have no order.
  if (!scenario.snapshot || scenario.faults.rival > 0) return []
  const last = new Map(published.map(change => [change.objectId, change]))
  const alive = new Map(vendor.journal.flatMap(v => (v.shownTo === Infinity ? [[v.id, v] as const] : [])))
  const wanted = scenario.wantsPast && !scenario.dated
  // What was read before the first listing began anew counts as well.
  const first = runs[0] && { ...runs[0], from: firstRead }
  const stale = [...alive.values()].filter(version => {
    const change = last.get(version.id)
    if (!change) return wanted || !first || !vendor.journal.some(other => wasThere(other, version, first))
    return change.type === 'DELETED' || change.hash !== hashOf(version, scenario.dated)
  })
  const dead = [...last.values()].filter(({ objectId, type }) => type !== 'DELETED' && !alive.has(objectId))
  return [
    ...stale.map(version => `${told(version)} is not mirrored`),
    ...dead.map(change => `${toldOf(change)} is gone`),
  ]
}

/** Whether the first listing can have shown an object as it is now. */
function wasThere(other: Version, now: Version, { from, to }: CompleteRun): boolean {
  return other.id === now.id && other.content === now.content && other.shownFrom <= to && other.shownTo > from
}

function deletions({ scenario, published, vendor, began, runs }: Simulation): string[] {
  const found = published.filter(({ type }) => type === 'DELETED')
  const { cursor, by } = listings[scenario.listing]
  const moves = cursor === 'count' || by === 'newest'
  if (scenario.snapshot) return [...falseDeletions(), ...missedDeletions()]
  const known = new Set(found.map(({ objectId, date }) => `${objectId} ${date}`))
  const real = new Set(vendor.deleted.map(({ id, date }) => `${id} ${date}`))
  const missing = vendor.deleted.filter(
    ({ id, date }) => scenario.listsDeletions && date >= began && !known.has(`${id} ${date}`),
  )
  return [
    ...missing.map(({ id, date }) => `the deletion of ${id} at ${date} is not published`),
    ...found.filter(({ objectId, date }) => !real.has(`${objectId} ${date}`)).map(toldOf),
  ]

  function falseDeletions(): string[] {
    // One can slip through both readings; it comes back.
    if (moves) return []
    return found.filter(change => isThere(vendor.journal, change)).map(change => `${toldOf(change)} was there`)
  }

  function missedDeletions(): string[] {
    if (moves || scenario.faults.spoilt > 0) return []
    const events = new Set(published.map(({ objectId }) => objectId))
    const alive = new Set(vendor.journal.filter(({ shownTo }) => shownTo === Infinity).map(({ id }) => id))
    const first = runs[0]
    const listed = vendor.journal.filter(
      v => first && v.shownFrom < first.from && v.shownTo > first.to && !alive.has(v.id),
    )
    return listed.filter(({ id }) => !events.has(id)).map(version => `the end of ${told(version)} is not published`)
  }
}

/** Whether an object showed from the run's beginning until it was said to be gone. */
function isThere(journal: readonly Version[], { objectId, runBegan, at }: Published): boolean {
  let until = runBegan
  for (const { id, shownFrom, shownTo } of journal)
    if (id === objectId && shownFrom <= until && shownTo > until) until = shownTo
  return until > at
}

function hashOf({ id, created, updated, content }: Version, dated: boolean): string {
  return contentHash(
    dated ? { id, created_at: created / 1_000, updated_at: updated / 1_000, content } : { id, content },
  )
}

function told({ serial, id, updated, content }: Version): string {
  return `${id} #${serial} (${content}, dated ${updated})`
}

function toldOf({ objectId, type, date, serial }: Published): string {
  return `${objectId} #${serial} ${type} dated ${date}`
}
