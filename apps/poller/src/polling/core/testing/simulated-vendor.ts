import type { Deletion, Page, PageOrder, PageOutcome, VendorRecord } from '#connectors'
import type { Random } from './random.js'

/** How a vendor lists: what it's ordered by, and what its cursor stands for. */
export type Listing =
  /** Newest first; the cursor is the last row's date and id. */
  | 'newest-first'
  /** Oldest first; likewise. */
  | 'oldest-first'
  /** By an order that has nothing to do with dates, in which rows jump to the front; the cursor counts rows. */
  | 'jumping'

export interface VendorOptions {
  listing: Listing
  pageSize: number
  /** How far its clock is from ours. */
  skewMs: number
  /** A change shows this much later, at most. */
  lagMs: number
  /** Whether it can be asked for what changed since. */
  filters: boolean
  /** Whether it dates its objects. */
  dated: boolean
}

interface Version {
  updated: number
  content: string
  /** When listings begin to show it. */
  shows: number
}

interface SimulatedObject {
  id: string
  created: number
  versions: Version[]
  deletedAt: number | null
  /** Its place in a listing that isn't by date. */
  rank: number
}

/** What really happened to an object, with the time in which listings showed it. */
export interface Fact {
  id: string
  created: number
  updated: number
  content: string
  shownFrom: number
  shownTo: number
}

/** A vendor whose dates are granular to the second, whose index lags, and whose rows move between pages. */
export class SimulatedVendor {
  readonly #objects = new Map<string, SimulatedObject>()
  #names = 0
  #contents = 0
  #ranks = 0

  constructor(
    private readonly options: VendorOptions,
    private readonly random: Random,
  ) {}

  create(now: number): void {
    const created = this.date(now)
    const version = { updated: created, content: this.content(), shows: this.showsAt(now) }
    const id = `o${++this.#names}`
    this.#objects.set(id, { id, created, versions: [version], deletedAt: null, rank: ++this.#ranks })
  }

  update(now: number): void {
    const object = this.random.pick(this.alive())
    if (!object) return
    const last = object.versions.at(-1)
    const shows = Math.max(this.showsAt(now), (last?.shows ?? 0) + 1)
    object.versions.push({ updated: this.date(now), content: this.content(), shows })
  }

  /** In a listing that isn't by date, something else than a change moves an object to the front. */
  touch(): void {
    const object = this.random.pick(this.alive())
    if (object) object.rank = ++this.#ranks
  }

  delete(now: number): void {
    const object = this.random.pick(this.alive())
    if (object) object.deletedAt = now
  }

  facts(): Fact[] {
    return [...this.#objects.values()].flatMap(({ id, created, versions, deletedAt }) =>
      versions.map(({ updated, content, shows }, at) => ({
        ...{ id, created, updated, content },
        shownFrom: shows,
        shownTo: Math.min(versions[at + 1]?.shows ?? Infinity, deletedAt ?? Infinity),
      })),
    )
  }

  changes(now: number, since: number | null, cursor: string | null): PageOutcome {
    const { filters, listing, pageSize } = this.options
    const rows = this.shown(now)
      .filter(({ updated }) => !filters || since === null || updated >= since)
      .sort(byListing[listing])
    const from = cursor === null ? 0 : after(rows, cursor, listing)
    const part = rows.slice(from, from + pageSize)
    const last = part.at(-1)
    const more = from + pageSize < rows.length && last !== undefined
    return this.page(
      part.map(row => this.record(row)),
      more ? (listing === 'jumping' ? String(from + pageSize) : `${last.updated}/${last.id}`) : null,
    )
  }

  deletions(now: number): PageOutcome<Deletion> {
    const deleted = [...this.#objects.values()].flatMap(({ id, deletedAt }) =>
      deletedAt !== null && deletedAt <= now ? [{ id, date: this.date(deletedAt), raw: `{"id":"${id}"}` }] : [],
    )
    return { ...this.page(deleted, null), order: 'unordered' }
  }

  private page<R>(records: R[], next: string | null): Page<R> {
    const { listing, filters, dated } = this.options
    const order: PageOrder = listing === 'jumping' || !dated ? 'unordered' : listing
    const orderedBy = order === 'unordered' ? null : 'updated_at'
    return { kind: 'page', records, next, order, orderedBy, limitedBySince: filters, warnings: [] }
  }

  private record({ id, created, updated, content }: Row): VendorRecord {
    const dates = this.options.dated ? { created_at: created / 1_000, updated_at: updated / 1_000 } : {}
    const fields = { id, ...dates, content }
    return { id, fields, raw: JSON.stringify(fields) }
  }

  private shown(now: number): Row[] {
    return [...this.#objects.values()].flatMap(({ id, created, versions, deletedAt, rank }) => {
      const version = versions.findLast(({ shows }) => shows <= now)
      return version && !(deletedAt !== null && deletedAt <= now) ? [{ id, created, rank, ...version }] : []
    })
  }

  private alive(): SimulatedObject[] {
    return [...this.#objects.values()].filter(({ deletedAt }) => deletedAt === null)
  }

  private date(now: number): number {
    return Math.floor((now + this.options.skewMs) / 1_000) * 1_000
  }

  private showsAt(now: number): number {
    return now + Math.floor(this.random.next() * this.options.lagMs)
  }

  private content(): string {
    return `c${++this.#contents}`
  }
}

interface Row extends Version {
  id: string
  created: number
  rank: number
}

const byListing: Record<Listing, (one: Row, other: Row) => number> = {
  'newest-first': (one, other) => other.updated - one.updated || one.id.localeCompare(other.id),
  'oldest-first': (one, other) => one.updated - other.updated || one.id.localeCompare(other.id),
  jumping: (one, other) => other.rank - one.rank,
}

/** Where the row behind the cursor's is now. */
function after(rows: Row[], cursor: string, listing: Listing): number {
  if (listing === 'jumping') return Number(cursor)
  const [updated = '', id = ''] = cursor.split('/')
  const last = { updated: Number(updated), id } as Row
  const at = rows.findIndex(row => byListing[listing](row, last) > 0)
  return at < 0 ? rows.length : at
}
