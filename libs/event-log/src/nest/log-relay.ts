import { Inject, Injectable, type OnApplicationBootstrap, type BeforeApplicationShutdown } from '@nestjs/common'
import type { Pool } from 'pg'
import { POOL } from '#database'
import { Health, LOGGER, Metrics, SETTINGS } from '#platform'
import type { Logger, Settings } from '#platform'
import { messageOf } from '../errors.js'
import type { EventLog } from '../event-log.js'
import { PostgresEventLog } from '../postgres/postgres-event-log.js'
import { Relay } from '../relay.js'
import { dispatchGroup, eventsTopicPrefix } from '../topics.js'
import { metricsObserver } from './metrics-observer.js'
import { EVENT_LOG } from './tokens.js'

/**
 * Runs the relay in the dispatchers of an installation on Kafka, from the day KAFKA_BROKERS was set: what the dispatch
 * group had not read from the PostgreSQL log is moved, and so is what processes on the old setting still append.
 */
@Injectable()
export class LogRelay implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private relay?: Relay

  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(POOL) private readonly pool: Pool,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly metrics: Metrics,
    private readonly health: Health,
  ) {}

  onApplicationBootstrap(): void {
    const { log, pool, settings, logger, metrics } = this
    if (log.engine !== 'kafka' || !['dispatcher', 'all-in-one'].includes(settings.role)) return
    const from = new PostgresEventLog({
      pool,
      directUrl: settings.databaseDirectUrl ?? settings.databaseUrl,
      observer: metricsObserver(metrics, logger),
      keepDays: settings.eventLogRetentionDays,
      reader: { group: dispatchGroup(settings.topicPrefix), topicPrefix: eventsTopicPrefix(settings.topicPrefix) },
    })
    const relay = new Relay({
      from,
      to: log,
      pool,
      topicPrefix: eventsTopicPrefix(settings.topicPrefix),
      group: dispatchGroup(settings.topicPrefix),
      warn: (what, error) => logger.warn({ err: error }, what),
    })
    this.relay = relay
    metrics.gauge(
      'tributary_log_relay_remaining_records',
      'Records in the PostgreSQL log that are yet to be moved to Kafka.',
      [],
      async gauge => gauge.set(await relay.remaining().catch(() => NaN)),
    )
    this.health.add(
      'event-log-relay',
      async () => {
        const left = await relay.remaining().catch((error: unknown) => Promise.reject(new Error(messageOf(error))))
        if (left > 0) throw new Error(`${left} records of the PostgreSQL log are yet to be moved to Kafka`)
      },
      'Nothing to do: they are being moved. If the number does not fall, check the brokers.',
    )
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.relay?.close()
  }
}
