import { Global, Inject, Module, type OnApplicationBootstrap } from '@nestjs/common'
import type { Pool } from 'pg'
import { DatabaseModule, POOL } from '#database'
import { ClosedLast, Health, LOGGER, Metrics, SETTINGS } from '#platform'
import type { Logger, Settings } from '#platform'
import { KafkaEventLog } from '../kafka/kafka-event-log.js'
import type { LogObserver } from '../observer.js'
import { PostgresEventLog } from '../postgres/postgres-event-log.js'
import { dispatchGroup, eventsTopicPrefix, instancesTopic } from '../topics.js'
import { LogRelay } from './log-relay.js'
import { metricsObserver } from './metrics-observer.js'
import { EVENT_LOG } from './tokens.js'

type Engine = PostgresEventLog | KafkaEventLog

const STUCK_MS = 120_000

/**
 * `EVENT_LOG`: Kafka where the settings name brokers, else PostgreSQL. Closed after everything that may still publish.
 * A dispatcher on Kafka also runs the relay, which moves over what is left in PostgreSQL.
 */
@Global()
@Module({
  imports: [DatabaseModule],
  providers: [
    {
      provide: EVENT_LOG,
      inject: [SETTINGS, POOL, LOGGER, Metrics, ClosedLast],
      useFactory: (settings: Settings, pool: Pool, logger: Logger, metrics: Metrics, closedLast: ClosedLast) => {
        const log = engineOf(settings, pool, metricsObserver(metrics, logger))
        closedLast.add(() => log.close())
        return log
      },
    },
    LogRelay,
  ],
  exports: [EVENT_LOG, LogRelay],
})
export class EventLogModule implements OnApplicationBootstrap {
  constructor(
    @Inject(EVENT_LOG) private readonly log: Engine,
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly health: Health,
  ) {}

  onApplicationBootstrap(): void {
    const { log, settings } = this
    const kafka = log.engine === 'kafka'
    this.health.add(
      'event-log',
      () => log.probe([...new Set([instancesTopic(settings.topicPrefix), ...log.topicsRead()])]),
      kafka
        ? 'Check the brokers, and that the migration job has made the topics; this process reconnects by itself.'
        : 'Check PostgreSQL, and that the migrations have run and made the topics; this process reconnects by itself.',
    )
    // A reader that stands still while the log answers is past helping itself; while the log is down, so would a new one be.
    this.health.addLiveness('event-log-reader', async () => {
      const idleMs = log.idleMs()
      if (idleMs < STUCK_MS) return
      const answers = await log.probe([]).then(
        () => true,
        () => false,
      )
      if (answers)
        throw new Error(`nothing was read from the event log for ${Math.round(idleMs / 1000)} s, though it answers`)
    })
    if (log.engine === 'postgres') void log.keepHouse()
  }
}

function engineOf(settings: Settings, pool: Pool, observer: LogObserver): Engine {
  const { kafkaBrokers: brokers, kafkaSsl: ssl, kafkaSasl: sasl, role, topicPrefix } = settings
  if (brokers.length === 0) {
    const reader = { group: dispatchGroup(topicPrefix), topicPrefix: eventsTopicPrefix(topicPrefix) }
    const keepDays = settings.eventLogRetentionDays
    return new PostgresEventLog({ pool, directUrl: directUrlOf(settings), observer, keepDays, reader })
  }
  return new KafkaEventLog({ brokers, ssl, ...(sasl && { sasl }), clientId: `tributary-${role}`, observer })
}

/** Undefined on the embedded default: there the pool's own address will do. */
function directUrlOf({ databaseDirectUrl, databaseUrl }: Settings): string | undefined {
  return databaseDirectUrl ?? databaseUrl
}
