import type { INestApplication } from '@nestjs/common'
import { EVENT_LOG, EventLogStrategy, instancesTopic } from '#event-log'
import type { EventLog } from '#event-log'
import { SETTINGS } from '#platform'
import type { Settings } from '#platform'
import { INSTANCE_CHANGES } from './instance-changes.controller.js'

/** Connects this process to the instances' topic: every gateway hears of every change. */
export function listenForInstanceChanges(app: INestApplication): void {
  const topic = instancesTopic(app.get<Settings>(SETTINGS).topicPrefix)
  app.connectMicroservice({
    strategy: new EventLogStrategy({
      log: app.get<EventLog>(EVENT_LOG),
      transportId: INSTANCE_CHANGES,
      topics: { instances: [topic] },
      readers: 'every-process',
    }),
  })
}
