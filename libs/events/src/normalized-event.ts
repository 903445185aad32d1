export const eventTypes = ['CREATED', 'UPDATED', 'DELETED', 'UNKNOWN'] as const
export type EventType = (typeof eventTypes)[number]

/**
 * One change of one vendor object, in the same words for every vendor. This is what a record on
 * `tributary.events.<elementKey>` holds and what callbacks are built from.
 */
export interface NormalizedEvent {
  /** The same however often the event is produced or delivered; see `ids.ts`. */
  id: string
  instanceId: number
  instanceName: string
  instanceTags: readonly string[]
  accountId: number
  companyId: number
  userId: number
  elementKey: string
  hubKey: string
  /** The resource's name (`conversations`); when polling, the key under which the resource is configured. */
  objectType: string
  objectId: string
  eventType: EventType
  /** When it changed at the vendor: ISO 8601, UTC. */
  date: string
  source: 'polling' | 'webhook'
  /** Polling only: when the run began. ISO 8601, UTC. */
  pollDate?: string
  /** The vendor's notification id, or the poll run's. */
  origin: string
  /** JSON text as the vendor sent it: the whole notification (webhook) or the record (polling). */
  raw: string
}
