import type { Deletion, Page, PageOrder, PageOutcome, VendorRecord } from '#connectors'
import type { Random } from './random.js'
import { listings, type Listing, type Scenario } from './scenario.js'

/** An object as it was for a while: an entry of the vendor's journal, which says what really happened. */
export interface Version {
  readonly serial: number
  readonly id: string
  readonly created: number
  readonly updated: number
  readonly content: string
  readonly madeAt: number
  /** When listings begin and cease to show it; that it never does is possible. */
  readonly shownFrom: number
  shownTo: number
}

interface Thing {
  readonly id: string
  readonly versions: Version[]
  deletedAt: number | null
  /** How often it was deleted. */
  gone: number
  /** Its place in a listing by rank. */
  rank: number
}

export interface Deleted {
  readonly id: string
  readonly at: number
  readonly date: number
}

export const dayMs = 86_400_000
/** The vendor's days begin five hours after ours. */
const zoneMs = 5 * 3_600_000
const scrollLivesMs = 60_000

/** A vendor whose dates are granular, whose index lags, and whose rows move between pages. */
export class SimulatedVendor {
  readonly journal: Version[] = []
  readonly deleted: Deleted[] = []
  readonly #things: Thing[] = []
  readonly #listing: Listing
  #cursors = 0
  #ranks = 0

  constructor(
    private readonly scenario: Scenario,
    private readonly random: Random,
  ) {
    this.#listing = listings[scenario.listing]
  }

  create(now: number): string {
    const thing: Thing = {
      id: `o${this.#things.length + 1}`,
      versions: [],
      deletedAt: null,
      rank: ++this.#ranks,
      gone: 0,
    }
    this.#things.push(thing)
    this.show(thing, now)
    return thing.id
  }

  update(now: number): string {
    const thing = this.random.pick(this.alive())
    if (thing) this.show(thing, now)
    return thing?.id ?? 'nothing'
  }

  /** In a listing by rank, something else than a change moves an object to the front. */
  touch(): string {
    const thing = this.random.pick(this.alive())
    if (thing) thing.rank = ++this.#ranks
    return thing?.id ?? 'nothing'
  }

  delete(now: number): string {
    const thing = this.random.pick(this.alive())
    if (!thing) return 'nothing'
    this.hide(thing, now)
    this.deleted.push({ id: thing.id, at: now, date: this.date(now) })
    return thing.id
  }

  /** One is no more, which no listing tells of, and another one has changed. */
  merge(now: number): string {
    const [lost, kept] = [this.random.pick(this.alive()), this.random.pick(this.alive())]
    if (!lost || !kept || lost === kept) return 'nothing'
    this.hide(lost, now)
    this.show(kept, now)
    return `${lost.id} into ${kept.id}`
  }

  /** One that was deleted is there again. */
  restore(now: number): string {
    const thing = this.random.pick(this.#things.filter(({ deletedAt }) => deletedAt !== null))
    // Its creation is long over.
    if (!thing || this.scenario.createdOnly) return 'nothing'
    thing.deletedAt = null
    this.show(thing, now)
    return thing.id
  }

  deletionsOf(id: string): number {
    return this.#things.find(thing => thing.id === id)?.gone ?? 0
  }

  /** Objects there ever were. */
  get size(): number {
    return this.#things.length
  }

  changes(now: number, since: number | null, cursor: string | null): PageOutcome {
    const { cursor: kind } = this.#listing
    const place = cursor === null ? null : placeOf(cursor)
    if (kind === 'scroll' && place && now - place.givenAt > scrollLivesMs)
      return { kind: 'unavailable', restart: true, message: 'the scroll is forgotten' }
    const rows = this.rows(now, since)
    const from = place ? this.after(rows, place) : 0
    const size = kind === 'none' ? rows.length : this.sizeOf(rows.length - from)
    const part = rows.slice(from, from + size)
    const more = from + size < rows.length
    const last = part.at(-1) ?? place?.last ?? null
    const count = from + part.length
    const next = more ? [++this.#cursors, now, count, last?.date, last?.rank, last?.id].join('/') : null
    const records = part.map(row => this.record(row))
    return this.page(records, next, this.shownOrder(part))
  }

  /** Newest first, pages counted; later ones push the others down. */
  deletions(now: number, cursor: string | null): PageOutcome<Deletion> {
    const { pageSize } = this.scenario
    const rows = this.deleted.filter(({ at }) => at <= now).reverse()
    const from = cursor === null ? 0 : Number(cursor)
    const part = rows.slice(from, from + pageSize)
    const next = from + pageSize < rows.length ? String(from + pageSize) : null
    // Two within a second are one, as far as anyone can tell.
    const serial = (one: Deleted) => this.deleted.findIndex(({ id, date }) => id === one.id && date === one.date)
    const records = part.map(one => ({ id: one.id, date: one.date, raw: `{"serial":${serial(one)}}` }))
    return { ...this.page(records, next, 'newest-first'), orderedBy: 'deleted_at' }
  }

  /** By the vendor's own clock, to the second. */
  date(now: number): number {
    return Math.floor((now + this.scenario.skewMs) / 1_000) * 1_000
  }

  /** The one that counts. */
  dateOf({ created, updated }: Pick<Version, 'created' | 'updated'>): number {
    return this.scenario.createdOnly ? created : updated
  }

  private show(thing: Thing, now: number): void {
    const { versions, id } = thing
    const before = versions.at(-1)
    const lag = Math.floor(this.random.next() * this.scenario.lagMs)
    const shownFrom = Math.max(now + lag, before ? before.shownFrom + 1 : 0)
    // Some take a date from whoever makes the change.
    const dated = this.date(now) + (this.random.chance(this.scenario.oddDates) ? dayMs : 0)
    const updated = this.scenario.wholeDays ? dayOf(dated) : dated
    const version = {
      ...{ serial: this.journal.length, id, created: before?.created ?? updated, updated },
      ...{ content: this.content(versions, updated), madeAt: now, shownFrom, shownTo: Infinity },
    }
    if (before) before.shownTo = Math.min(before.shownTo, shownFrom)
    versions.push(version)
    this.journal.push(version)
  }

  // Contents come back, but not within a second: nobody could tell that from no change.
  private content(versions: readonly Version[], updated: number): string {
    for (;;) {
      const content = `c${this.random.below(4)}`
      const repeated = versions.at(-1)?.content === content
      if (!repeated && !versions.some(known => known.updated === updated && known.content === content)) return content
      if (versions.filter(known => known.updated === updated).length > 2) return `c${this.journal.length + 4}`
    }
  }

  private hide(thing: Thing, now: number): void {
    thing.deletedAt = now
    thing.gone++
    for (const version of thing.versions) version.shownTo = Math.min(version.shownTo, now)
  }

  private rows(now: number, since: number | null): Row[] {
    const from = since === null ? -Infinity : this.lowerBound(since)
    const rows: Row[] = []
    for (const { versions, rank } of this.#things) {
      const version = versions.findLast(({ shownFrom, shownTo }) => shownFrom <= now && now < shownTo)
      if (!version || this.dateOf(version) < from) continue
      rows.push({ rank, version, id: version.id, date: this.dateOf(version) })
    }
    return rows.sort(orders[this.#listing.by])
  }

  private lowerBound(since: number): number {
    switch (this.#listing.since) {
      case 'no':
        return -Infinity
      case 'day':
        return dayOf(since - zoneMs) + zoneMs
      case 'second':
        return Math.floor(since / 1_000) * 1_000
    }
  }

  private after(rows: readonly Row[], { count, last }: Place): number {
    if (this.#listing.cursor === 'count') return count
    if (!last) return 0
    const at = rows.findIndex(row => orders[this.#listing.by](row, last) > 0)
    return at < 0 ? rows.length : at
  }

  private sizeOf(rest: number): number {
    const { pageSize, faults } = this.scenario
    if (rest <= 0 || !this.random.chance(faults.partial)) return pageSize
    // Where rows are counted, an empty page is the end.
    return this.#listing.cursor === 'count' ? 1 + this.random.below(pageSize) : this.random.below(pageSize)
  }

  /** As the engine has it: what the vendor says, unless the page shows that it isn't so. */
  private shownOrder(rows: readonly Row[]): PageOrder {
    const { by } = this.#listing
    const said = by === 'touched' ? 'oldest' : by
    if (!this.scenario.dated || (said !== 'newest' && said !== 'oldest')) return 'unordered'
    const sign = said === 'newest' ? -1 : 1
    const isSo = rows.every(({ date }, at) => sign * (date - (rows[at - 1]?.date ?? date)) >= 0)
    return isSo ? `${said}-first` : 'unordered'
  }

  private page<R>(records: R[], next: string | null, order: PageOrder): Page<R> {
    const { cursor, since } = this.#listing
    const orderedBy = order === 'unordered' ? null : this.scenario.createdOnly ? 'created_at' : 'updated_at'
    return {
      ...{ kind: 'page', records, next, order, orderedBy, limitedBySince: since !== 'no', warnings: [] },
      ...(cursor === 'count' && { counted: true }),
    }
  }

  private record({ version: { serial, id, created, updated, content } }: Row): VendorRecord {
    const dates = this.scenario.dated ? { created_at: this.shown(created), updated_at: this.shown(updated) } : {}
    // Two renderings of one and the same content.
    const fields = this.random.chance(0.5) ? { id, ...dates, content } : { content, ...dates, nothing: null, id }
    return { id, fields, raw: `{"id":"${id}","serial":${serial}}` }
  }

  private shown(date: number): string | number {
    return this.scenario.wholeDays ? new Date(date).toISOString().slice(0, 10) : date / 1_000
  }

  private alive(): Thing[] {
    return this.#things.filter(({ deletedAt }) => deletedAt === null)
  }
}

interface Key {
  id: string
  date: number
  rank: number
}

interface Row extends Key {
  version: Version
}

interface Place {
  givenAt: number
  /** Rows before the page. */
  count: number
  last: Key | null
}

function placeOf(cursor: string): Place {
  const [, givenAt, count, date, rank, id] = cursor.split('/')
  const last = id ? { id, date: Number(date), rank: Number(rank) } : null
  return { givenAt: Number(givenAt), count: Number(count), last }
}

/** The beginning of a day. */
export function dayOf(date: number): number {
  return Math.floor(date / dayMs) * dayMs
}

function byId(one: Key, other: Key): number {
  return one.id < other.id ? -1 : one.id > other.id ? 1 : 0
}

const orders: Record<Listing['by'], (one: Key, other: Key) => number> = {
  newest: (one, other) => other.date - one.date || byId(one, other),
  oldest: (one, other) => one.date - other.date || byId(one, other),
  id: byId,
  rank: (one, other) => other.rank - one.rank,
  touched: (one, other) => one.rank - other.rank,
}
