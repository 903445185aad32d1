import type { CallbackTarget } from '#deliveries'
import { envelope, type NormalizedEvent } from '#events'

/** A delivery in memory, on its way to an attempt. */
export interface Job {
  deliveryId: string
  notificationId: string
  accountId: number
  instanceId: number
  subscriptionId: string
  /** Attempts made before. */
  attempts: number
  firstAttemptAt: Date | null
  replay: boolean
  /** Others may wait for its end. */
  ordered: boolean
  createdAt: Date
  events: readonly [NormalizedEvent, ...NormalizedEvent[]]
  /** As configured when it was read. */
  target: CallbackTarget
}

/** The callback's body: the same bytes in every attempt. */
export function bodyOf({ notificationId, createdAt, events }: Job): Buffer {
  return Buffer.from(envelope({ id: notificationId, createdDate: createdAt.toISOString(), events }))
}

/** About how much memory a job holds. */
export function weightOf({ events }: Job): number {
  return events.reduce((sum, event) => sum + event.raw.length + 1_000, 0)
}
