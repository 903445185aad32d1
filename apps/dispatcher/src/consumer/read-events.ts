import type { INestApplication } from '@nestjs/common'
import { Connectors } from '#connectors'
import { DISPATCH_GROUP, dispatchGroup, EVENT_LOG, EventLogStrategy, eventsTopic, type EventLog } from '#event-log'
import { SETTINGS, type Settings } from '#platform'

/** Connects this process to the events of all elements, as one of the dispatchers. */
export function readEvents(app: INestApplication): void {
  const { topicPrefix } = app.get<Settings>(SETTINGS)
  const elements = app.get(Connectors).list()
  app.connectMicroservice({
    strategy: new EventLogStrategy({
      log: app.get<EventLog>(EVENT_LOG),
      transportId: DISPATCH_GROUP,
      topics: { events: elements.map(({ definition }) => eventsTopic(topicPrefix, definition.key)) },
      readers: 'group',
      group: dispatchGroup(topicPrefix),
    }),
  })
}
