import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import { Connectors } from '#connectors'
import { allTopics, EVENT_LOG } from '#event-log'
import type { EventLog } from '#event-log'
import { SETTINGS, start } from '#platform'
import type { Settings } from '#platform'
import { readEvents } from '../../dispatcher/src/consumer/read-events.js'
import { listenForInstanceChanges } from '../../webhook-gateway/src/directory/listen.js'
import { AllInOneModule } from './all-in-one.module.js'
import { ensureFirstAccount } from './first-account.js'

/** Starts everything in this process; resolves once it serves, with the first account made. */
export async function startAll(environment: Record<string, string | undefined>): Promise<NestFastifyApplication> {
  const app = await start('all-in-one', AllInOneModule, {
    environment,
    configure: async app => {
      const elementKeys = app
        .get(Connectors)
        .list()
        .map(({ key }) => key)
      await app.get<EventLog>(EVENT_LOG).ensureTopics(allTopics(app.get<Settings>(SETTINGS).topicPrefix, elementKeys))
      listenForInstanceChanges(app)
      readEvents(app)
    },
  })
  await ensureFirstAccount(app)
  return app
}
