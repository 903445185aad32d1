import type { Deletion, Page } from '#connectors'
import type { Checkpoint } from '../progress.js'
import { listings, type Scenario } from './scenario.js'
import { dayMs, dayOf, type SimulatedVendor } from './simulated-vendor.js'

/** What a run that came to its end has read, and what was to be read at most. */
export interface WorkDone {
  pages: number
  most: number
  deletionPages: number
  mostDeletionPages: number
}

interface Tally {
  pages: number
  deletionPages: number
  /** The newest dates up to the run's start. */
  reached: number
  /** The same, before the latest page. */
  reachedBefore: number
  deletionsReached: number
  /** When the first page was read. */
  began: number
  /** Pages of the visit under way. */
  visited: number
  /** Pages that may have been read once more, or had fewer rows than asked for. */
  allowed: number
  /** How often a listing had to begin anew for good reason. */
  begunAnew: boolean
  edition: number
}

const fresh: Omit<Tally, 'edition'> = {
  ...{ pages: 0, deletionPages: 0, reached: -Infinity, reachedBefore: -Infinity, deletionsReached: -Infinity },
  ...{ began: 0, visited: 0, allowed: 0, begunAnew: false },
}

/** Where rows can slip through, the last runs' changes are read again. */
const runsReadAgain = 4
/** Overlap and delay, and what edits add to the latter. */
const editsMs = 4_000
/** After this long a listing in which rows move isn't gone on with. */
const freshMs = 3_590_000

/** Counts the pages that are read, and what has changed. */
export class Work {
  readonly all: WorkDone[] = []
  readonly #reached: number[] = []
  #deletionsReached = -Infinity
  #tally: Tally | null = null
  #start = 0

  constructor(
    private readonly scenario: Scenario,
    private readonly vendor: SimulatedVendor,
  ) {}

  begin({ start, position }: Checkpoint, now: number, edition: number): void {
    this.#start = start
    const tally = (this.#tally ??= { ...fresh, edition })
    tally.visited = 0
    const stale = position !== undefined && Math.abs(now - position.savedAt) > freshMs
    if (stale || tally.edition !== edition) this.begunAnew()
  }

  changesRead({ records, next }: Page, now: number): void {
    const tally = this.#tally
    if (!tally) return
    tally.pages++
    tally.visited++
    tally.began ||= now
    tally.reachedBefore = tally.reached
    if (next !== null && records.length < this.scenario.pageSize) tally.allowed++
    const { faults, listing } = this.scenario
    // What shows late may be behind; an edit can say so as well.
    const late = listings[listing].by !== 'newest' && (this.window > editsMs || faults.edit > 0)
    for (const { fields } of records) {
      const date = this.dateIn(fields)
      const safe = late ? date - (now - tally.began) - Math.abs(this.scenario.clockMs) : date
      if (date <= this.#start && safe > tally.reached) tally.reached = safe
    }
  }

  deletionsRead({ records }: Page<Deletion>): void {
    const tally = this.#tally
    if (!tally) return
    tally.deletionPages++
    for (const { date } of records) {
      if (date !== null && date <= this.#start && date > tally.deletionsReached) tally.deletionsReached = date
    }
  }

  /** Those of this run will be read again. */
  deletionsRefused(): void {
    if (this.#tally) this.#tally.deletionsReached = -Infinity
  }

  /** One page was read for nothing, but no more; of a snapshot all that this visit read. */
  interrupted(): void {
    const tally = this.#tally
    if (!tally) return
    tally.allowed += this.scenario.snapshot ? tally.visited : 1
    tally.reached = tally.reachedBefore
  }

  begunAnew(): void {
    if (!this.#tally) return
    const forgotten = { reached: -Infinity, reachedBefore: -Infinity, deletionsReached: -Infinity }
    Object.assign(this.#tally, forgotten, { begunAnew: true })
  }

  /** Two read at once. */
  shared(): void {
    this.begunAnew()
  }

  done(start: number): void {
    const tally = this.#tally
    this.#tally = null
    if (!tally) return
    const { pages, deletionPages, reached, allowed, begunAnew } = tally
    const [most, mostDeletionPages] = [this.most() + allowed, this.mostOfDeletions() + allowed]
    this.#reached.push(Math.max(reached, this.#reached.at(-1) ?? -Infinity))
    this.#deletionsReached = Math.max(tally.deletionsReached, this.#deletionsReached)
    this.#start = start
    if (!begunAnew) this.all.push({ pages, most, deletionPages, mostDeletionPages })
  }

  private most(): number {
    const { listing, pageSize, snapshot } = this.scenario
    const { by, since, cursor } = listings[listing]
    const whole = cursor === 'none' ? 1 : Math.ceil(this.vendor.size / pageSize) + 1
    if (snapshot) return whole * 2
    if (by !== 'newest' && since === 'no') return whole
    const ordered = cursor === 'key' && (by === 'newest' || by === 'oldest')
    const changed = Math.ceil(this.changedSince(ordered ? 1 : runsReadAgain) / pageSize)
    // Rows that are counted are read once more for each that comes in before them.
    return changed * (cursor === 'count' ? 2 : 1) + 2
  }

  private changedSince(runs: number): number {
    const { listing, wholeDays } = this.scenario
    const floor = (this.#reached.at(-runs) ?? -Infinity) - this.window
    const { by, since } = listings[listing]
    // A day that is asked for is read whole, in whoever's zone.
    const oldest = wholeDays ? dayOf(floor) : by === 'oldest' && since === 'day' ? floor - dayMs : floor
    return this.vendor.journal.filter(version => this.vendor.dateOf(version) >= oldest).length
  }

  private dateIn(fields: Record<string, unknown>): number {
    const date = fields[this.scenario.createdOnly ? 'created_at' : 'updated_at']
    return typeof date === 'string' ? Date.parse(date) : Number(date) * 1_000
  }

  private mostOfDeletions(): number {
    const floor = this.#deletionsReached - this.window
    return Math.ceil(this.vendor.deleted.filter(({ date }) => date >= floor).length / this.scenario.pageSize) + 2
  }

  private get window(): number {
    return this.scenario.overlapMs + this.scenario.pollDelayMs + editsMs
  }
}
