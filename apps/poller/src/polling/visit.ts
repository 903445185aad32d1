import type { Connector, Connectors } from '#connectors'
import type { EventLog } from '#event-log'
import {
  pollQuery,
  readPolling,
  reconciles,
  type Instance,
  type Polling,
  type ResourcePolling,
  type VendorSessions,
} from '#instances'
import type { Claimed, DueResource, Schedule, Settled } from './claims.js'
import { lateness } from './core/due.js'
import type { Outcome } from './core/outcome.js'
import type { Journal, Pages, Publisher, Turn } from './core/ports.js'
import { plan, type Progress } from './core/progress.js'
import { compile, type Settings } from './core/records.js'
import { runResource } from './core/run-resource.js'
import { settlementOf } from './core/settle.js'
import type { PollerOptions } from './options.js'
import { EventPublisher } from './publishing/event-publisher.js'
import { UnheardChanges } from './publishing/unheard-changes.js'
import type { ResourcePoll, Watcher } from './watcher.js'
import { SettledPages } from './vendor/settled-pages.js'
import { isPartial, VendorPages } from './vendor/vendor-pages.js'
import { withoutSecrets } from './without-secrets.js'

export interface VisitPorts {
  schedule: Schedule
  connectors: Connectors
  sessions: VendorSessions
  log: EventLog
  watcher: Watcher
  now: () => number
  random: () => number
}

/** What is left to the caller: giving the lease back, unless that is done. */
export interface Visited {
  left: boolean
  restMs: number
}

/** One turn of an instance: its due resources, one after another. */
export class Visit {
  #leaseEnd: number
  readonly #turnEnd: number
  /** When `#due` was handed out. */
  #dueAt: number
  /** Until when the vendor wants no more requests for this instance. */
  #restUntil = 0

  /** @param claimedAt when the claim was asked for, from which its lease is reckoned */
  constructor(
    readonly claim: Claimed,
    private readonly instance: Instance,
    private readonly ports: VisitPorts,
    private readonly options: PollerOptions,
    private readonly signal: AbortSignal,
    claimedAt: number,
  ) {
    this.#dueAt = ports.now()
    this.#leaseEnd = claimedAt + options.leaseMs
    this.#turnEnd = this.#dueAt + options.instanceTurnMs
  }

  /** Polls until nothing is due, the turn is over or the vendor wants a pause. */
  async poll(): Promise<Visited> {
    const { schedule, connectors, now } = this.ports
    const connector = connectors.get(this.instance.elementKey)
    const polling = connector && readPolling(this.instance.configuration, connector)
    for (let { due } = this.claim; due.length > 0; due = await this.renewing(() => schedule.begin(this.claim))) {
      this.#dueAt = now()
      for (const [at, resource] of due.entries()) {
        if (!this.isOn()) return { left: false, restMs: this.restMs() }
        const settled = await this.pollResource(resource, connector, polling, at === due.length - 1)
        if (settled === 'left') return { left: true, restMs: 0 }
      }
      if (!this.isOn()) break
    }
    return { left: false, restMs: this.restMs() }
  }

  /** The lease was renewed by a call made at `askedAt`, or turned out to be lost. */
  leaseWas(renewed: boolean, askedAt: number): void {
    this.#leaseEnd = renewed ? Math.max(this.#leaseEnd, askedAt + this.options.leaseMs) : 0
  }

  private isOn(): boolean {
    const now = this.ports.now()
    return !this.signal.aborted && now < this.#turnEnd && now < this.#leaseEnd && now >= this.#restUntil
  }

  private restMs(): number {
    return Math.max(0, this.#restUntil - this.ports.now())
  }

  /** The last one's outcome is stored and the lease given back at once, unless the resource goes on in this turn. */
  private async pollResource(
    due: DueResource,
    connector: Connector | undefined,
    polling: Polling | undefined,
    last: boolean,
  ): Promise<Settled> {
    const { schedule, watcher, now, random } = this.ports
    const visitedAt = now()
    const outcome = withoutSecrets(await this.outcomeOf(due, connector, polling), this.instance.configuration)
    if (outcome.kind === 'throttled') this.#restUntil = outcome.until
    if (outcome.kind === 'done') this.#restUntil = outcome.restUntil ?? 0
    const intervalMs = polling?.intervalMs ?? 60_000
    const beganAt = this.#dueAt - due.startedAgoMs
    const settlement = settlementOf(outcome, {
      ...{ now: now(), beganAt, intervalMs, failures: due.failures, random },
      lateMs: lateness(this.instance.id, due.startedAt, intervalMs),
      refusals: due.checkpoint.refusals,
    })
    const leaveForMs = last && !(outcome.kind === 'yielded' && this.isOn()) ? this.restMs() : null
    const saved = settlement
      ? await this.renewing(() => schedule.settle(this.claim, due, settlement, leaveForMs))
      : 'lost'
    if (saved === 'lost') this.#leaseEnd = 0
    const ended = now()
    const times = { tookMs: ended - visitedAt, runMs: ended - beganAt }
    const poll: ResourcePoll = { instance: this.instance, due, outcome, saved, ...times }
    watcher.polled(settlement ? { ...poll, settlement } : poll)
    return saved
  }

  private async outcomeOf(
    due: DueResource,
    connector: Connector | undefined,
    polling: Polling | undefined,
  ): Promise<Outcome> {
    const failed = (why: string, ours: boolean): Outcome => {
      const counts = { pages: 0, records: 0, events: 0 }
      return { kind: 'failed', why, ours, checkpoint: due.checkpoint, counts, reports: [] }
    }
    if (!connector || !polling) return failed(`this process knows no element ${this.instance.elementKey}`, true)
    const resource = polling.resources.find(({ name }) => name === due.resource)
    if (!resource) return failed('the configuration no longer names it', true)
    const faults = polling.faults.filter(fault => fault.resource === due.resource)
    if (faults.length > 0) return failed(faults.map(({ key, message }) => `${key}: ${message}`).join('; '), false)
    try {
      return await this.run(due, connector, resource, polling.backfill !== null)
    } catch (error) {
      this.ports.watcher.broke(this.instance, due.resource, error)
      return failed(error instanceof Error ? error.message : String(error), false)
    }
  }

  private async run(
    due: DueResource,
    connector: Connector,
    resource: ResourcePolling,
    wantsPast: boolean,
  ): Promise<Outcome> {
    const settings = compile(resource)
    const progress = await this.progressOf(due, connector, resource, settings)
    const { options, ports, instance, signal } = this
    const { start } = progress
    const watch = settings.watched?.field ?? null
    const pages = new VendorPages(instance, connector, ports.sessions, resource, {
      ...{ start, watch, signal },
      ...{ deadlineMs: options.pageDeadlineMs, graceMs: options.endGraceMs },
    })
    const publisher = new EventPublisher(
      ports.log,
      { instance, hubKey: connector.definition.hub, resource: due.resource, runId: due.runId, start },
      { ...options, deadlineMs: options.publishDeadlineMs, signal },
    )
    const ways = reconciles(instance)
      ? this.besideWebhooks(pages, publisher, { connector, settings, start })
      : { pages, publisher }
    return runResource(
      progress,
      { ...ways, journal: this.journal(due), turn: this.turn() },
      { maxPages: options.maxPages, wantsPast },
    )
  }

  /** Leaves out what webhooks have told, or may still tell. */
  private besideWebhooks(
    pages: Pages,
    publisher: Publisher,
    { connector, settings, start }: { connector: Connector; settings: Settings; start: number },
  ): { pages: Pages; publisher: Publisher } {
    const { resource } = pollQuery(settings, { since: 0, now: start })
    const origin = { instanceId: this.instance.id, connector, resource }
    return {
      pages: new SettledPages(pages, settings, start - this.options.webhookGraceMs),
      publisher: new UnheardChanges(publisher, changes => this.ports.schedule.told(changes), origin),
    }
  }

  private async progressOf(
    due: DueResource,
    connector: Connector,
    resource: ResourcePolling,
    settings: Settings,
  ): Promise<Progress> {
    const { schedule, now } = this.ports
    const query = pollQuery(resource, { since: due.state.changes.watermark, now: due.checkpoint.start })
    const hashes = settings.snapshot ? await schedule.hashes(this.claim, due.resource) : new Map<string, string>()
    return plan({
      run: due.runId,
      settings,
      state: due.state,
      checkpoint: due.checkpoint,
      hashes,
      // A snapshot finds deletions by itself.
      listsDeletions: !settings.snapshot && (connector.resource(query.resource)?.canDelete ?? false),
      partial: isPartial(query),
      now: now(),
    })
  }

  private journal(due: DueResource): Journal {
    return {
      save: async (checkpoint, counts, hashes) => {
        const saved = await this.renewing(() =>
          this.ports.schedule.checkpoint(this.claim, due, checkpoint, counts, hashes),
        )
        return saved === 'saved'
      },
    }
  }

  private turn(): Turn {
    const { now } = this.ports
    const end = Math.min(now() + this.options.resourceTurnMs, this.#turnEnd)
    return {
      now,
      state: () => {
        if (now() >= this.#leaseEnd) return 'lost'
        if (this.signal.aborted) return 'ending'
        return now() >= end ? 'over' : 'on'
      },
    }
  }

  /** The lease is reckoned from before the call, so that it ends here before it does in the database. */
  private async renewing<T>(call: () => Promise<T>): Promise<T> {
    const before = this.ports.now()
    const result = await call()
    this.#leaseEnd = before + this.options.leaseMs
    return result
  }
}
