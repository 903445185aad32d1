import type { Deletion, Failure, Page, PageOutcome } from '#connectors'
import { meaningOf, spentUntil, type Ended, type Outcome } from './outcome.js'
import type { Journal, Pages, Publisher, Turn } from './ports.js'
import type { Change } from './change.js'
import {
  checkpointOf,
  endListing,
  stateAfter,
  takeChanges,
  takeDeletions,
  type Checkpoint,
  type Progress,
} from './progress.js'
import { deletionOf, doubted, type Compared, type Hashes } from './snapshot.js'

export interface Ports {
  pages: Pages
  publisher: Publisher
  journal: Journal
  turn: Turn
}

export interface RunOptions {
  /** A listing longer than this never ends. */
  maxPages: number
  /** A first snapshot publishes everything: the past was asked for. */
  wantsPast: boolean
}

const reportsKept = 20
const publishedAtOnce = 500
// The log takes 4 MiB; one record that doesn't fit must not stop those behind it.
const largestRecord = 3 * 1024 * 1024

/**
 * Reads a resource's listing from where it is to its end: a page is published, then the checkpoint saved, then the next
 * one fetched. Whatever happens in between, what was published is published again with the same ids, or not at all.
 */
export async function runResource(progress: Progress, ports: Ports, options: RunOptions): Promise<Outcome> {
  const run = new Run(progress, ports, options)
  for (;;) {
    const outcome = await run.page()
    if (outcome) return { ...outcome, counts: progress.counts, reports: run.reports }
  }
}

class Run {
  readonly reports: string[] = []
  readonly #cursors = new Set<string>()
  /** As of the last page that is published and saved; of a snapshot, which has long ones, of where the visit began. */
  #saved: Checkpoint
  #stored = false

  constructor(
    private readonly progress: Progress,
    private readonly ports: Ports,
    private readonly options: RunOptions,
  ) {
    this.#saved = this.checkpoint(false)
    if (progress.cursor !== null) this.#cursors.add(progress.cursor)
  }

  /** One page; null: go on. */
  async page(): Promise<Ended | null> {
    const { progress, ports } = this
    if (ports.turn.state() !== 'on') return this.stop()
    const page = await this.fetch()
    const now = ports.turn.now()
    if (page.kind !== 'page') return this.interrupted(page, now)
    const taken = this.take(page, now)
    progress.counts.pages++
    progress.counts.records += page.records.length
    const unpublished = await this.publish(taken.changes, taken.doubts)
    if (unpublished) return unpublished
    const last = taken.stop || page.next === null
    if (!last) {
      if (this.#cursors.has(page.next!)) return this.failed('the vendor gave the same cursor twice')
      this.#cursors.add(page.next!)
      progress.cursor = page.next
    }
    const ended = last ? endListing(progress) : { more: true, gone: [] }
    if (!ended.more) return this.finish(ended.gone, taken.hashes, spentUntil(page.limits, now))
    return this.goOn(taken, spentUntil(page.limits, now))
  }

  private async goOn(taken: Compared, restUntil: number | null): Promise<Ended | null> {
    const { progress, ports } = this
    if (progress.cursor === null) this.#cursors.clear()
    if (progress.counts.pages >= this.options.maxPages)
      return this.failed(`the listing goes on after ${this.options.maxPages} pages`)
    if (!progress.comparison) {
      this.#saved = this.checkpoint(false)
      this.#stored = false
    }
    if (!(await this.save(taken.hashes))) return { kind: 'lost' }
    if (restUntil !== null) {
      const why = 'throttled: the request budget is spent'
      return { kind: 'throttled', until: restUntil, why, checkpoint: this.checkpoint(false) }
    }
    await ports.publisher.pace(taken.changes.length)
    return null
  }

  private async finish(gone: string[], hashes: [id: string, hash: string][], restUntil: number | null): Promise<Ended> {
    const { progress } = this
    const known = progress.comparison?.known
    const deletions = gone.map(id => deletionOf(id, known?.get(id) ?? '', progress.date))
    const unpublished = await this.publish(
      deletions,
      deletions.map(({ objectId, date }) => [objectId, doubted(known?.get(objectId), date, '')]),
    )
    if (unpublished) return unpublished
    return { kind: 'done', state: stateAfter(progress), hashes, gone, restUntil }
  }

  private fetch(): Promise<PageOutcome<Deletion> | PageOutcome> {
    const { phase, cursor, changes, deletions, comparison } = this.progress
    if (phase === 'deletions') return this.ports.pages.deletions(deletions.lower, cursor)
    return this.ports.pages.changes(comparison ? null : changes.lower, cursor)
  }

  private take(page: Page<Deletion> | Page, now: number): Compared {
    const { progress } = this
    const taken: Compared =
      progress.phase === 'deletions'
        ? { ...takeDeletions(progress, page as Page<Deletion>, now), hashes: [], doubts: [] }
        : takeChanges(progress, page as Page, this.options.wantsPast, now)
    this.report(taken.reports)
    return taken
  }

  private async publish(changes: Change[], doubts: Hashes): Promise<Ended | null> {
    if (doubts.length > 0 && !(await this.save(doubts))) return { kind: 'lost' }
    const fit = changes.filter(({ raw, objectId }) => {
      const bytes = raw.length * 3 <= largestRecord ? 0 : Buffer.byteLength(raw)
      if (bytes <= largestRecord) return true
      this.report([`${objectId}: ${bytes} bytes are more than an event can hold`])
      return false
    })
    for (let at = 0; at < fit.length; at += publishedAtOnce) {
      // Between two polls of one resource only the lease stands.
      if (this.ports.turn.state() === 'lost') return { kind: 'lost' }
      const part = fit.slice(at, at + publishedAtOnce)
      try {
        const published = await this.ports.publisher.publish(part)
        this.progress.counts.events += published
      } catch (error) {
        const why = `not published: ${error instanceof Error ? error.message : String(error)}`
        // As before this page: what is on it is still news.
        return { kind: 'failed', why, ours: true, checkpoint: this.#saved }
      }
    }
    return null
  }

  private async save(hashes: Hashes): Promise<boolean> {
    const checkpoint = this.#stored ? null : this.#saved
    this.#stored = await this.ports.journal.save(checkpoint, this.progress.counts, hashes)
    return this.#stored
  }

  private stop(): Ended {
    if (this.ports.turn.state() === 'lost') return { kind: 'lost' }
    return { kind: 'yielded', checkpoint: this.checkpoint(false) }
  }

  private interrupted(failure: Failure, now: number): Ended | Promise<Ended> {
    // The request was cut short, which is no fault of the vendor's.
    if (failure.kind === 'unavailable' && this.ports.turn.state() === 'ending') return this.stop()
    const { restart, ...meaning } = meaningOf(failure, now)
    const never = meaning.kind === 'refused' || failure.kind === 'rejected'
    if (this.progress.phase === 'deletions' && never) {
      // What changed was read and published; that the deletions can't be had doesn't take it back. Their own watermark
      // stays, for there may be more than what was read of them.
      this.progress.deletions.highest = null
      this.report([`deletions: ${meaning.why}`])
      return this.finish([], [], null)
    }
    return { ...meaning, checkpoint: this.checkpoint(restart) }
  }

  private failed(why: string): Ended {
    return { kind: 'failed', why, ours: false, checkpoint: this.checkpoint(true) }
  }

  private checkpoint(restart: boolean): Checkpoint {
    const { position, ...checkpoint } = checkpointOf(this.progress, this.ports.turn.now())
    // The start stays, so that what is found again is the same event.
    return restart || !position ? checkpoint : { ...checkpoint, position }
  }

  private report(reports: readonly string[]): void {
    for (const report of reports) if (this.reports.length < reportsKept) this.reports.push(report)
  }
}
