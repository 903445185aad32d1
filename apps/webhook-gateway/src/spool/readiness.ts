import { Inject, Injectable } from '@nestjs/common'
import type { OnApplicationBootstrap } from '@nestjs/common'
import { Connectors } from '#connectors'
import { allTopics, EVENT_LOG, SpoolTable } from '#event-log'
import type { EventLog } from '#event-log'
import { Health, SETTINGS } from '#platform'
import type { Settings } from '#platform'

/**
 * The gateway isn't ready before it has seen the log with its topics. From then on it goes on taking notifications
 * without the log, for hours: so it stays ready as long as the spool does, and isn't taken out of service together with
 * every other gateway.
 */
@Injectable()
export class Readiness implements OnApplicationBootstrap {
  private logSeen = false

  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly connectors: Connectors,
    private readonly spool: SpoolTable,
    private readonly health: Health,
  ) {}

  onApplicationBootstrap(): void {
    // In place of the check of the same name that every process has.
    this.health.add(
      'event-log',
      () => this.look(),
      'Check the event log, and that the migration job has made the topics; this process reconnects by itself.',
    )
  }

  private async look(): Promise<void> {
    if (this.logSeen) return void (await this.spool.oldest())
    const elementKeys = this.connectors.list().map(({ key }) => key)
    await this.log.probe(allTopics(this.settings.topicPrefix, elementKeys))
    this.logSeen = true
  }
}
