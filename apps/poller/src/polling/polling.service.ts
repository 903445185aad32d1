import { Connectors } from '#connectors'
import { POOL } from '#database'
import { EVENT_LOG, type EventLog } from '#event-log'
import { Instances, VendorSessions } from '#instances'
import { Health, LOGGER, Metrics, SETTINGS, type Logger, type Settings } from '#platform'
import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common'
import { Interval } from '@nestjs/schedule'
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Pool } from 'pg'
import { fixedOptions, type PollerOptions } from './options.js'
import { Overview } from './overview.js'
import { Poller } from './poller.js'
import { PostgresSchedule } from './store/postgres-schedule.js'
import { Watcher } from './watcher.js'

// Between a half of it and one and a half, so that of several pollers none is always the first to look.
const tickMs = 1_000
const stuckAfterMs = 60_000

/** The poller within its process: its clock, its health, its end. */
@Injectable()
export class PollingService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #poller: Poller
  readonly #schedule: PostgresSchedule
  readonly #overview: Overview
  readonly #options: PollerOptions
  #timer: NodeJS.Timeout | undefined

  constructor(
    @Inject(POOL) pool: Pool,
    @Inject(EVENT_LOG) log: EventLog,
    @Inject(SETTINGS) settings: Settings,
    @Inject(LOGGER) private readonly logger: Logger,
    instances: Instances,
    connectors: Connectors,
    sessions: VendorSessions,
    private readonly health: Health,
    private readonly metrics: Metrics,
  ) {
    this.#options = {
      ...fixedOptions,
      topicPrefix: settings.topicPrefix,
      concurrency: settings.pollConcurrency,
      eventsPerSecond: settings.pollEventsPerSecond,
      keepRunsMs: settings.pollRunRetentionHours * 3_600_000,
    }
    const owner = `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`
    this.#schedule = new PostgresSchedule(pool, owner, this.#options.leaseMs)
    const ports = { schedule: this.#schedule, connectors, sessions, log, now: Date.now, random: Math.random }
    const watcher = new Watcher(logger, metrics, { knows: knownResources(connectors) })
    this.#poller = new Poller(instances, { ...ports, watcher }, this.#options, logger)
    this.#overview = new Overview(pool)
  }

  onApplicationBootstrap(): void {
    const poller = this.#poller
    this.#overview.show(this.metrics, () => poller.busy)
    this.health.addLiveness('polling', async () => {
      if (poller.idleMs > stuckAfterMs) throw new Error(`nothing has been claimed for ${poller.idleMs} ms`)
    })
    this.tickLater()
  }

  private tickLater(): void {
    this.#timer = setTimeout(
      () => {
        void this.tick()
        // Not when it is through: leases are kept even while a claim hangs.
        this.tickLater()
      },
      tickMs * (0.5 + Math.random()),
    )
  }

  private async tick(): Promise<void> {
    try {
      await this.#poller.tick()
    } catch (err) {
      this.logger.warn({ err }, 'could not look for what is due; looking again in a second')
    }
  }

  @Interval(3_600_000)
  async forget(): Promise<void> {
    try {
      await this.#schedule.forgetRuns(this.#options.keepRunsMs)
    } catch (err) {
      this.logger.warn({ err }, 'old runs could not be removed; trying again in an hour')
    }
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.#poller.stop()
    clearTimeout(this.#timer)
  }
}

/** By element, from the definitions. */
function knownResources(connectors: Connectors): (elementKey: string, resource: string) => boolean {
  const names = new Map(
    connectors.list().map(({ key, resources }) => [key, new Set(resources.map(({ name }) => name))]),
  )
  return (elementKey, resource) => names.get(elementKey)?.has(resource) ?? false
}
