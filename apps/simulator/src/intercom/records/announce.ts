import type { Clock } from '../../clock/clock.js'
import type { JsonObject } from '../../http/body.js'
import type { Ids } from './ids.js'

/** What a workspace's books share: its name, its time, its ids, and the way to its subscribers. */
export interface Desk {
  readonly workspace: string
  readonly clock: Clock
  readonly ids: Ids
  /** Tells the workspace's subscribers; `id: null` for what Intercom sends without an id. */
  announce(topic: string, item: JsonObject, options?: { id: null }): void
}
