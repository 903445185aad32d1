import type { Connector, Deletion, HubQuery, PageOutcome, VendorHttp, VendorSession } from '#connectors'
import { pollQuery, type Instance, type ResourcePolling, type VendorCalls, type VendorSessions } from '#instances'
import { within } from '#platform'
import type { Pages } from '../core/ports.js'

export interface VendorPagesOptions {
  /** The run's start: `now` of URL templates, the same in all its pages. */
  start: number
  /** The date field that is compared; null: none is. */
  watch: string | null
  /** How long a page may take, all its requests together. */
  deadlineMs: number
  /** The process ends: a page under way has `graceMs` left. */
  signal: AbortSignal
  graceMs: number
}

// A template's `>` leaves out what is dated the very second it is given.
const secondMs = 1_000

/** An instance's listings at its vendor. */
export class VendorPages implements Pages {
  private readonly calls: VendorCalls
  private readonly http: VendorHttp

  constructor(
    instance: Instance,
    private readonly connector: Connector,
    sessions: VendorSessions,
    private readonly polling: ResourcePolling,
    private readonly options: VendorPagesOptions,
  ) {
    this.calls = sessions.calls(instance)
    this.http = sessions.http(instance)
  }

  changes(since: number | null, cursor: string | null): Promise<PageOutcome> {
    const { start, watch } = this.options
    return this.ask(session => {
      const query = pollQuery(this.polling, { since: since === null ? 0 : since - secondMs, now: start })
      const bounds = since === null || watch === null ? {} : { since, watch }
      return this.connector.listPage(session, { ...query, ...bounds, ...(cursor !== null && { cursor }) }, this.http)
    })
  }

  deletions(since: number, cursor: string | null): Promise<PageOutcome<Deletion>> {
    return this.ask(session => {
      const { resource } = pollQuery(this.polling, { since, now: this.options.start })
      const request = { resource, since, ...(cursor !== null && { cursor }) }
      return this.connector.deletionsPage(session, request, this.http)
    })
  }

  private async ask<R>(request: (session: VendorSession) => Promise<PageOutcome<R>>): Promise<PageOutcome<R>> {
    try {
      const { deadlineMs, signal, graceMs } = this.options
      return await within(deadlineMs, this.calls.call(request), { signal, graceMs })
    } catch (error) {
      return { kind: 'unavailable', message: error instanceof Error ? error.message : String(error) }
    }
  }
}

/** Whether the query leaves objects out, for all that the listing itself shows. */
export function isPartial({ where, parameters }: HubQuery): boolean {
  return (where?.length ?? 0) > 0 || Object.keys(parameters).length > 0
}
