import type { Instance } from '#instances'
import type { Logger, Metrics } from '#platform'
import type { DueResource, Settled } from './claims.js'
import type { Outcome } from './core/outcome.js'
import type { Settlement } from './core/settle.js'

/** One visit to one resource. */
export interface ResourcePoll {
  instance: Instance
  due: DueResource
  outcome: Outcome
  settlement?: Settlement
  saved: Settled
  tookMs: number
}

/** Tells operators what is going on: one wide log line and a few metrics per visit to a resource. */
export class Watcher {
  readonly #polls
  readonly #events
  readonly #records
  readonly #skipped
  readonly #seconds
  readonly #behind

  constructor(
    private readonly logger: Logger,
    metrics: Metrics,
    private readonly now: () => number = Date.now,
  ) {
    const element = ['element'] as const
    this.#polls = metrics.counter('tributary_polls_total', 'Visits to resources.', ['element', 'outcome'])
    this.#events = metrics.counter('tributary_poll_events_total', 'Events that polls published.', element)
    this.#records = metrics.counter('tributary_poll_records_total', 'Records that polls read.', element)
    this.#skipped = metrics.counter(
      'tributary_poll_reports_total',
      'Records that could not be read, and warnings of vendors.',
      element,
    )
    this.#seconds = metrics.histogram('tributary_poll_seconds', 'How long visits to resources took.', element)
    this.#behind = metrics.histogram(
      'tributary_poll_age_seconds',
      'How old a resource’s watermark was after a poll that succeeded.',
      element,
      [1, 10, 60, 300, 900, 3_600, 21_600, 86_400],
    )
  }

  polled({ instance, due, outcome, settlement, saved, tookMs }: ResourcePoll): void {
    const { counts, reports, kind } = outcome
    const element = instance.elementKey
    const watermark = settlement?.state?.changes.watermark
    this.#polls.inc({ element, outcome: kind })
    // The counts are the run's, which may have begun in an earlier visit.
    const position = due.checkpoint.position
    const before = position?.run === due.runId ? position.counts : { events: 0, records: 0 }
    this.#events.inc({ element }, Math.max(0, counts.events - before.events))
    this.#records.inc({ element }, Math.max(0, counts.records - before.records))
    this.#skipped.inc({ element }, reports.length)
    this.#seconds.observe({ element }, tookMs / 1_000)
    if (watermark !== undefined) this.#behind.observe({ element }, Math.max(0, this.now() - watermark) / 1_000)
    const line = {
      instanceId: instance.id,
      element,
      resource: due.resource,
      runId: due.runId,
      outcome: kind,
      ...counts,
      ...('why' in outcome && { why: outcome.why }),
      ...(reports.length > 0 && { reports }),
      ...(watermark !== undefined && { watermark: new Date(watermark).toISOString() }),
      ...(settlement && { failures: settlement.failures, paused: settlement.paused, nextInMs: settlement.waitMs }),
      saved,
      tookMs,
    }
    const wrong = kind === 'failed' || kind === 'refused' || kind === 'lost' || reports.length > 0
    this.logger[wrong ? 'warn' : 'info'](line, 'polled')
  }

  /** An error that shouldn't be: a fault of this program, or the database. */
  broke(instance: Instance, resource: string, err: unknown): void {
    this.logger.error({ err, instanceId: instance.id, resource }, 'a poll broke; it is repeated')
  }
}
