import type { Instance } from '#instances'
import type { Logger, Metrics } from '#platform'
import type { DueResource, Settled } from './claims.js'
import type { Outcome } from './core/outcome.js'
import type { Counts } from './core/progress.js'
import type { Settlement } from './core/settle.js'

/** One visit to one resource. */
export interface ResourcePoll {
  instance: Instance
  due: DueResource
  outcome: Outcome
  settlement?: Settlement
  saved: Settled
  /** How long the visit took. */
  tookMs: number
  /** Since the resource was taken into its run, which may have taken several visits. */
  runMs: number
}

export interface WatcherOptions {
  now?: () => number
  /** Whether an element has a resource of that name. Others, which accounts name as they like, are counted as one. */
  knows?: (elementKey: string, resource: string) => boolean
}

/** The resource that metrics name for all that `knows` doesn't know. */
export const otherResource = 'other'

const labels = ['element', 'resource'] as const
/** Seconds: from one page to the first load of a large account. */
const runs = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600, 21_600, 86_400]

/** Tells operators what is going on: one wide log line and a few metrics per visit to a resource. */
export class Watcher {
  readonly #polls
  readonly #pages
  readonly #records
  readonly #events
  readonly #errors
  readonly #overruns
  readonly #seconds
  readonly #lag
  readonly #now: () => number
  readonly #knows: (elementKey: string, resource: string) => boolean

  constructor(
    private readonly logger: Logger,
    metrics: Metrics,
    { now = Date.now, knows = () => true }: WatcherOptions = {},
  ) {
    this.#now = now
    this.#knows = knows
    this.#polls = metrics.counter(
      'tributary_polls_total',
      'Visits to resources. A run may take several: `yielded` and `throttled` ones are followed by more.',
      [...labels, 'outcome'],
    )
    this.#pages = metrics.counter('tributary_poll_pages_total', 'Pages that polls read.', labels)
    this.#records = metrics.counter('tributary_poll_records_total', 'Records that polls read.', labels)
    this.#events = metrics.counter('tributary_poll_events_total', 'Events that polls published.', labels)
    this.#errors = metrics.counter(
      'tributary_poll_errors_total',
      'What went wrong: `failed` (the vendor, or the configuration), `unauthorized` (the vendor did not take the ' +
        'credentials), `refused` (the resource is paused until a person mends it), `throttled`, `ours` (the event log, or ' +
        'this poller), `lost` (another poller took over), `report` (a record that could not be read, or a vendor’s ' +
        'warning; the rest of the run goes on).',
      [...labels, 'kind'],
    )
    this.#overruns = metrics.counter(
      'tributary_poll_overruns_total',
      'Runs that took longer than the interval.',
      labels,
    )
    this.#seconds = metrics.histogram(
      'tributary_poll_seconds',
      'From when a resource was taken into a run to the run’s end, waits included.',
      labels,
      runs,
    )
    this.#lag = metrics.histogram(
      'tributary_poll_lag_seconds',
      'How old the oldest change may have been that a complete run published: from the complete run before it.',
      labels,
      runs,
    )
  }

  polled(poll: ResourcePoll): void {
    this.count(poll)
    const overrun = isOverrun(poll)
    const wrong = ['failed', 'refused', 'lost'].includes(poll.outcome.kind) || poll.outcome.reports.length > 0
    this.logger[wrong || overrun ? 'warn' : 'info'](lineOf(poll, overrun), overrun ? overrunMessage(poll) : 'polled')
  }

  /** An error that shouldn't be: a fault of this program, or the database. */
  broke(instance: Instance, resource: string, err: unknown): void {
    this.logger.error({ err, instanceId: instance.id, resource }, 'a poll broke; it is repeated')
  }

  private count(poll: ResourcePoll): void {
    const { instance, due, outcome, settlement, runMs } = poll
    const element = instance.elementKey
    const which = { element, resource: this.#knows(element, due.resource) ? due.resource : otherResource }
    this.#polls.inc({ ...which, outcome: outcome.kind })
    const fresh = countsOf(poll)
    this.#pages.inc(which, fresh.pages)
    this.#records.inc(which, fresh.records)
    this.#events.inc(which, fresh.events)
    const kind = kindOfError(outcome)
    if (kind) this.#errors.inc({ ...which, kind })
    if (outcome.reports.length > 0) this.#errors.inc({ ...which, kind: 'report' }, outcome.reports.length)
    if (!settlement || settlement.outcome === 'waiting') return
    this.#seconds.observe(which, runMs / 1_000)
    if (isOverrun(poll)) this.#overruns.inc(which)
    if (settlement.outcome === 'done') this.#lag.observe(which, Math.max(0, this.#now() - due.readUntil) / 1_000)
  }
}

function kindOfError(outcome: Outcome): string | null {
  switch (outcome.kind) {
    case 'done':
    case 'yielded':
      return null
    case 'failed':
      if (outcome.ours) return 'ours'
      return outcome.unauthorized ? 'unauthorized' : 'failed'
    case 'throttled':
    case 'refused':
    case 'lost':
      return outcome.kind
  }
}

/** Of this visit alone: an outcome's are the run's, which may have begun in an earlier one. */
function countsOf({ due, outcome: { counts } }: ResourcePoll): Counts {
  const position = due.checkpoint.position
  const before = position?.run === due.runId ? position.counts : { pages: 0, records: 0, events: 0 }
  return {
    pages: Math.max(0, counts.pages - before.pages),
    records: Math.max(0, counts.records - before.records),
    events: Math.max(0, counts.events - before.events),
  }
}

/** Whether it has ended or not. One whose lease is lost is told of by who has it now. */
function isOverrun({ due, runMs, settlement }: ResourcePoll): boolean {
  return settlement !== undefined && runMs > due.intervalMs
}

function lineOf({ instance, due, outcome, settlement, saved, tookMs, runMs }: ResourcePoll, overrun: boolean) {
  const { counts, reports, kind } = outcome
  const watermark = settlement?.state?.changes.watermark
  return {
    instanceId: instance.id,
    element: instance.elementKey,
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
    runMs,
    intervalMs: due.intervalMs,
    ...(overrun && { overrun }),
  }
}

function overrunMessage({ instance, due, settlement, runMs }: ResourcePoll): string {
  const what = `${due.resource} of instance ${instance.id}`
  const took = settlement?.outcome === 'waiting' ? 'has been polled for' : 'took'
  return (
    `${what} ${took} ${seconds(runMs)}, longer than its interval of ${seconds(due.intervalMs)}: its changes come later ` +
    `than asked for. Lengthen event.poller.refresh_interval or have less of it read; ` +
    `GET /api/instances/${instance.id}/polls tells whether the vendor throttles, or which resource holds up the others`
  )
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1_000)} s`
}
