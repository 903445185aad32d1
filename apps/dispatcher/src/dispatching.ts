import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common'
import { dayOf, DueDeliveries, LaneOwnership, Partitions } from '#deliveries'
import { ToldChanges } from '#instances'
import { Health, LOGGER, SETTINGS, type Logger, type Settings } from '#platform'
import { Lanes } from './lanes/lanes.js'
import { Loader } from './lanes/loader.js'
import { leaseMs, Membership } from './lanes/membership.js'
import { OutcomeWriter } from './lanes/outcome-writer.js'
import { DispatcherMetrics } from './metrics.js'
import { whyOf } from './why.js'

/** Waiting callbacks whose time has come start within this much of it. */
const tickMs = 100
/** How long a delivery waits whose hint got lost. */
const lookMs = 2_000
const forsakenMs = 10_000
const idleMs = 30_000
const hourMs = 3_600_000

/** Starts and ends the dispatcher's own work, and does at intervals what nothing else sets off. */
@Injectable()
export class Dispatching implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #timers: NodeJS.Timeout[] = []

  constructor(
    private readonly membership: Membership,
    private readonly lanes: Lanes,
    private readonly loader: Loader,
    private readonly writer: OutcomeWriter,
    private readonly metrics: DispatcherMetrics,
    private readonly health: Health,
    @Inject(LaneOwnership) private readonly ownership: LaneOwnership,
    @Inject(Partitions) private readonly partitions: Partitions,
    @Inject(DueDeliveries) private readonly due: DueDeliveries,
    @Inject(ToldChanges) private readonly told: ToldChanges,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.watch()
    await this.attempt('partitions', () => this.partitions.ensure(new Date()))
    await this.membership.start(this.lanes)
    this.every(tickMs, 'due deliveries', async () => this.loader.soon())
    this.every(lookMs, 'deliveries nobody told of', async () => this.look())
    this.every(forsakenMs, 'forsaken lanes', async () => void (await this.ownership.findForsaken()))
    this.every(idleMs, 'idle lanes', () => this.lanes.releaseIdle(Date.now() - idleMs))
    this.every(hourMs, 'retention', () => this.keepHouse())
    // A machine that never runs for an hour has its days dropped, too.
    const first = setTimeout(() => void this.attempt('retention', () => this.keepHouse()), lookMs)
    this.#timers.push(first)
  }

  /** What is under way ends, its outcomes are stored, and all leases are given back. */
  async beforeApplicationShutdown(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    await this.loader.stop()
    await this.lanes.stop()
    await this.writer.close()
    await this.membership.leave()
  }

  private look(): Promise<void> {
    for (const lane of this.lanes.all()) lane.lookDue = true
    this.loader.soon()
    return this.lanes.takeWanted()
  }

  private async keepHouse(): Promise<void> {
    const now = new Date()
    await this.partitions.ensure(now)
    const { retentionDays, eventIdDays, undeliveredDays } = this.settings
    const retention = { eventDays: retentionDays, idDays: eventIdDays, undeliveredDays }
    const { dropped, givenUp, forgotten } = await this.partitions.expire(now, retention)
    if (retentionDays > 0) await this.told.expire(dayOf(now, -Math.max(eventIdDays, retentionDays)))
    this.metrics.gaveUp(givenUp)
    if (dropped.length > 0 || givenUp > 0 || forgotten > 0) {
      this.log.info({ dropped, givenUp, forgotten }, 'past retention')
    }
  }

  private watch(): void {
    this.health.add(
      'dispatcher',
      async () => {
        if (this.membership.id === null) throw new Error('it has not entered among the dispatchers')
        if (!this.membership.lease.outlasts(0)) throw new Error(`its lease of ${leaseMs / 1_000} s has ended`)
      },
      'Check PostgreSQL; this process goes on by itself as soon as it answers.',
    )
    const { metrics, lanes } = this
    const count = (which: (lane: { breaker: { tripped: boolean }; waiting: number }) => number) => () =>
      [...lanes.all()].reduce((sum, lane) => sum + which(lane), 0)
    metrics.watch(
      'tributary_lanes_owned',
      'Lanes that this process works on.',
      count(() => 1),
    )
    metrics.watch(
      'tributary_lanes_open',
      'Of these, those whose breaker is open.',
      count(lane => Number(lane.breaker.tripped)),
    )
    metrics.watch(
      'tributary_deliveries_in_memory',
      'Deliveries about to be sent.',
      count(lane => lane.waiting),
    )
    metrics.watch('tributary_callbacks_under_way', 'Callbacks under way.', () => lanes.underWay)
    metrics.watch('tributary_oldest_due_delivery_seconds', 'Age of the oldest due delivery, of all dispatchers.', () =>
      this.due.oldestDueSeconds(),
    )
  }

  private every(ms: number, what: string, work: () => Promise<void>): void {
    let busy = false
    const timer = setInterval(() => {
      if (busy) return
      busy = true
      void this.attempt(what, work).finally(() => (busy = false))
    }, ms)
    this.#timers.push(timer)
  }

  private async attempt(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.log.warn({ what, why: whyOf(error) }, 'housekeeping failed; tried again at its next time')
    }
  }
}
