import { EVENT_LOG, type EventLog } from '#event-log'
import { OutboxRelay } from '#instances'
import { LOGGER, pause, SETTINGS, type Logger, type Settings } from '#platform'
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common'
import { getDataSourceToken } from '@nestjs/typeorm'
import type { DataSource } from 'typeorm'

const everyMs = 500
const longestPauseMs = 10_000

/** Runs the outbox's relay for as long as the process lives; a log that doesn't answer is tried again, ever more slowly. */
@Injectable()
export class OutboxRunner implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly relay: OutboxRelay
  private readonly stop = new AbortController()
  private running: Promise<void> = Promise.resolve()

  constructor(
    @Inject(getDataSourceToken()) dataSource: DataSource,
    @Inject(EVENT_LOG) log: EventLog,
    @Inject(SETTINGS) { topicPrefix }: Settings,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.relay = new OutboxRelay(dataSource, log, topicPrefix)
  }

  onApplicationBootstrap(): void {
    this.running = this.run()
  }

  async onApplicationShutdown(): Promise<void> {
    this.stop.abort()
    await this.running
  }

  private async run(): Promise<void> {
    let failures = 0
    while (!this.stop.signal.aborted) {
      try {
        const changes = await this.relay.drain()
        if (changes > 0) this.logger.info({ changes }, 'instance changes published')
        failures = 0
      } catch (err) {
        failures++
        this.logger.warn({ err, failures }, 'instance changes could not be published; they are kept and tried again')
      }
      await pause(Math.min(everyMs * 2 ** failures, longestPauseMs), this.stop.signal)
    }
  }
}
