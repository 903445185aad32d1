import type { Deletion, PageOutcome, VendorRecord } from '#connectors'
import type { Pages } from '../core/ports.js'
import { readRecord, type Settings } from '../core/records.js'

/**
 * Listings without what changed after `until`: its webhook may be on its way, or be sent once more. Later polls find it,
 * since what is left out moves no watermark.
 */
export class SettledPages implements Pages {
  constructor(
    private readonly pages: Pages,
    private readonly settings: Settings,
    /** Milliseconds since 1970. */
    private readonly until: number,
  ) {}

  async changes(since: number | null, cursor: string | null): Promise<PageOutcome> {
    // Objects that a snapshot doesn't show are gone.
    const page = await this.pages.changes(since, cursor)
    return this.settings.snapshot ? page : settled(page, record => this.isSettled(record))
  }

  async deletions(since: number, cursor: string | null): Promise<PageOutcome<Deletion>> {
    return settled(await this.pages.deletions(since, cursor), ({ date }) => date === null || date <= this.until)
  }

  private isSettled(record: VendorRecord): boolean {
    const reading = readRecord(record, this.settings)
    return reading.kind === 'unreadable' || reading.date <= this.until
  }
}

function settled<R>(outcome: PageOutcome<R>, isSettled: (record: R) => boolean): PageOutcome<R> {
  if (outcome.kind !== 'page') return outcome
  return { ...outcome, records: outcome.records.filter(isSettled) }
}
