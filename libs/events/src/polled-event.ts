import { canonicalHash } from './canonical.js'
import { polledEventId } from './ids.js'
import type { EventType, NormalizedEvent } from './normalized-event.js'

/** One change as a poll found it. */
export interface FoundChange {
  objectId: string
  type: EventType
  /** Milliseconds since 1970. */
  date: number
  /** `recordHash` of the record; of a deletion, of what tells of it. */
  hash: string
  /** JSON text. */
  raw: string
}

/** Whose changes a poll found, and when. */
export interface PollOrigin {
  instance: Pick<NormalizedEvent, 'accountId' | 'companyId' | 'userId' | 'elementKey'> & {
    readonly id: number
    readonly name: string
    readonly tags: readonly string[]
  }
  hubKey: string
  /** The events' objectType. */
  resource: string
  runId: string
  /** The run's start, in milliseconds since 1970. */
  start: number
}

/** A record's content as an event's id knows it. Loose, as vendors are about null, "" and "1". */
export function recordHash(value: unknown): string {
  return canonicalHash(value, 'loose').slice(0, 32)
}

/** The event of a change that was polled; the same change gives the same id, whichever run finds it. */
export function polledEvent(change: FoundChange, origin: PollOrigin): NormalizedEvent {
  const { objectId, type, hash, raw } = change
  const { instance, hubKey, resource, runId, start } = origin
  const date = new Date(change.date).toISOString()
  return {
    id: polledEventId({
      instanceId: instance.id,
      objectType: resource,
      objectId,
      date,
      recordHash: hash,
      deleted: type === 'DELETED',
    }),
    instanceId: instance.id,
    instanceName: instance.name,
    instanceTags: [...instance.tags],
    accountId: instance.accountId,
    companyId: instance.companyId,
    userId: instance.userId,
    elementKey: instance.elementKey,
    hubKey,
    objectType: resource,
    objectId,
    eventType: type,
    date,
    source: 'polling',
    pollDate: new Date(start).toISOString(),
    origin: runId,
    raw,
  }
}
