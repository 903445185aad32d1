import type { EventType } from '#events'
import type { Definition, TopicRow } from '../definition.js'
import { resourceInfo } from './resources.js'

/** What an element's events can be, for `GET /elements/{key}/metadata` and `event.metadata`. */
export interface EventsMetadata {
  supported: boolean
  methods: ('polling' | 'webhook')[]
  polling: Record<string, { eventTypes: EventType[]; pollUrl: string; blindSpots: readonly string[] }>
  /** By object type; `topics`: the vendor's names that lead to it. */
  webhook: Record<string, { eventTypes: EventType[]; topics: string[] }>
}

export function eventsMetadata(definition: Definition): EventsMetadata {
  const polling = polled(definition)
  const webhook = received(definition)
  const methods: EventsMetadata['methods'] = []
  if (Object.keys(polling).length > 0) methods.push('polling')
  if (definition.webhooks) methods.push('webhook')
  return { supported: methods.length > 0, methods, polling, webhook }
}

function polled(definition: Definition): EventsMetadata['polling'] {
  return Object.fromEntries(
    Object.entries(definition.resources).map(([name, resource]) => {
      const info = resourceInfo(definition, name, resource)
      const seesUpdates = info.snapshotOnly || info.dates.updatedDateField !== info.dates.createdDateField
      const seesDeletions = info.snapshotOnly || info.canDelete
      const eventTypes: EventType[] = ['CREATED', ...(seesUpdates ? updated : []), ...(seesDeletions ? deleted : [])]
      return [name, { eventTypes, pollUrl: info.pollUrl, blindSpots: info.blindSpots }]
    }),
  )
}

const updated: EventType[] = ['UPDATED']
const deleted: EventType[] = ['DELETED']

function received(definition: Definition): EventsMetadata['webhook'] {
  const found: EventsMetadata['webhook'] = {}
  for (const [topic, row] of Object.entries(definition.webhooks?.topics ?? {})) {
    const rows = (typeof row[0] === 'string' ? [row] : row) as TopicRow[]
    for (const [objectType, eventType] of rows) {
      const entry = (found[objectType] ??= { eventTypes: [], topics: [] })
      if (!entry.eventTypes.includes(eventType)) entry.eventTypes.push(eventType)
      if (!entry.topics.includes(topic)) entry.topics.push(topic)
    }
  }
  return found
}
