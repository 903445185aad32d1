import { Connectors } from '#connectors'
import { allTopics, EVENT_LOG, type EventLog } from '#event-log'
import { SETTINGS, type Settings } from '#platform'
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common'

/** On the embedded default there is no migration job, so the topics are made here; elsewhere that's the job's. */
@Injectable()
export class EmbeddedTopics implements OnApplicationBootstrap {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    private readonly connectors: Connectors,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { databaseUrl, kafkaBrokers, topicPrefix } = this.settings
    if (databaseUrl || kafkaBrokers.length > 0) return
    const keys = this.connectors.list().map(({ key }) => key)
    await this.log.ensureTopics(allTopics(topicPrefix, keys))
  }
}
