/** One vendor object, as events name it. */
export interface ErasedObject {
  objectType: string
  objectId: string
}

/** What is to be erased: the events of one object, or, where that is null, all of an instance's. */
export interface ErasureTarget {
  accountId: number
  instanceId: number
  object: ErasedObject | null
}

/** What an erasure removed, and where. */
export interface Removed {
  events: number
  /** Vendor bodies taken out of other objects' events, since they named the erased one too. */
  bodies: number
  /** Those that no event is left of. */
  notifications: number
  /** Of these notifications. */
  attempts: number
  /** What callback URLs answered to notifications that other events are left of. */
  answers: number
  /** Callbacks that were still to be sent. */
  deliveries: number
  rejectedRecords: number
  spooledRecords: number
  /** Of the log in PostgreSQL. */
  logRecords: number
  /** What the poller remembered of the object. */
  polledObjects: number
}

/** One erasure, and how far it got. What was accepted later than `erasedAt` is none of its business. */
export interface Erasure {
  id: string
  accountId: number
  instanceId: number
  object: ErasedObject | null
  erasedAt: Date
  /** Null: it is under way. */
  finishedAt: Date | null
  removed: Removed
}

/** How the log's keys of what was erased are found. */
export function keysOf({
  instanceId,
  object,
}: Pick<Erasure, 'instanceId' | 'object'>): { key: string } | { keyPrefix: string } {
  if (!object) return { keyPrefix: `${instanceId}:` }
  return { key: `${instanceId}:${object.objectType}:${object.objectId}` }
}

export const nothingRemoved: Removed = {
  events: 0,
  bodies: 0,
  notifications: 0,
  attempts: 0,
  answers: 0,
  deliveries: 0,
  rejectedRecords: 0,
  spooledRecords: 0,
  logRecords: 0,
  polledObjects: 0,
}
