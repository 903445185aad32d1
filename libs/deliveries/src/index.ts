export * from './sql.js'
export * from './deliveries.module.js'
export * from './reading/deliveries.js'
export * from './reading/delivery-list.js'
export {
  Dispositions,
  readDispositionPosition,
  type Disposed,
  type Disposition,
  type DispositionFilter,
} from './reading/dispositions.js'
export * from './reading/event-counts.js'
export { Events, type EventFilter, type StoredEvent } from './reading/events.js'
export type { Page } from './reading/page.js'
export { readPosition } from './reading/position.js'
export type { DeliveryStatus } from './reading/status.js'
export { keysOf, type ErasedObject, type Erasure, type ErasureTarget, type Removed } from './erasure/erasure.js'
export { Erasures } from './erasure/erasures.js'
export * from './lanes/load-due.js'
export * from './lanes/ownership.js'
export * from './outcomes/decide.js'
export * from './outcomes/outcomes.js'
export * from './outcomes/retry-schedule.js'
export * from './partitions/partitions.js'
export { RejectedRecords, type RejectedEntry, type Storability } from './rejected/rejected-records.js'
export {
  usualPerSecond,
  type NewReplay,
  type Replay,
  type ReplaySelection,
  type ReplaySize,
  type ReplayState,
} from './replay/replay.js'
export { Replays, type FoundNotification, type ReplayStart } from './replay/replays.js'
export { ReplaySteps, type ReplayStep } from './replay/replay-steps.js'
export { obstacle, type Standing } from './replay/standing.js'
export * from './storing/event-store.js'
export * from './storing/id-blocks.js'
export * from './storing/notifications.js'
export * from './storing/read-record.js'
export type { Addition, NewSubscription } from './subscriptions/added.js'
export * from './subscriptions/callback-target.js'
export * from './subscriptions/channels.js'
export { agree, type DeactivationReason, type Subscription } from './subscriptions/subscription.js'
export * from './subscriptions/subscriptions.js'
