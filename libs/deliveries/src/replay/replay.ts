/** What of the stored notifications is to be sent again, or for the first time. */
export interface ReplaySelection {
  accountId: number
  /** All of this instance's, from `from` until before `to`; without it `notificationIds` says which. */
  instanceId?: number | null
  notificationIds?: readonly string[] | null
  /** Stored at or after; none: from the beginning. */
  from?: Date | null
  /** Stored before; never after the replay was asked for. None: until then. */
  to?: Date | null
  /** Only notifications with an event of it. */
  objectType?: string | null
  /** Only what nobody answered 2xx to or, with `subscriptionId`, what this one didn't. */
  undelivered?: boolean
  /** Only to this subscription; none: to all current ones of the instance. */
  subscriptionId?: string | null
}

export interface NewReplay extends ReplaySelection {
  /** Notifications at most; `usualPerSecond` if not said. */
  perSecond?: number
}

/** Notifications of a replay in a second, unless somebody wants it otherwise. */
export const usualPerSecond = 50

/** How many notifications a selection holds. */
export interface ReplaySize {
  notifications: number
  /** False: there are more; counting stopped. */
  exact: boolean
}

export type ReplayState =
  /** Being made, or made and not all at their end. */
  | 'running'
  /** Everything was delivered, or failed for good. */
  | 'done'
  | 'cancelled'
  /** Nobody takes callbacks any more; `error` says why. */
  | 'failed'

/** A replay and how far it got. All but `notifications` and `skipped` are callbacks, one for each subscription. */
export interface Replay extends ReplaySize {
  id: string
  state: ReplayState
  instanceId: number | null
  subscriptionId: string | null
  from: Date | null
  to: Date | null
  objectType: string | null
  undelivered: boolean
  perSecond: number
  made: number
  /** Notifications that were under way already. */
  skipped: number
  delivered: number
  /** Before their first attempt, or between two. */
  waiting: number
  /** Queued: out of attempts, or of a subscription that was deactivated. */
  failed: number
  error: string | null
  createdAt: Date
  updatedAt: Date
  finishedAt: Date | null
}

/** A `Replay`, of `replay r`. */
export const replayColumns = `
  r.id, r.state, r.instance_id as "instanceId", r.subscription_id as "subscriptionId",
  case when r.notification_ids is null then nullif(r.from_at, '-infinity') end as "from",
  case when r.notification_ids is null then r.to_at end as "to",
  r.object_type as "objectType", r.undelivered, r.per_second as "perSecond", r.notifications, r.exact, r.made, r.skipped,
  (r.delivered + coalesce((select sum(p.delivered) from replay_progress p where p.replay_id = r.id), 0))::integer
    as delivered,
  (select count(*)::integer from delivery d where d.replay_id = r.id and d.state = 'due') as waiting,
  (select count(*)::integer from delivery d where d.replay_id = r.id and d.state = 'queued') as failed,
  r.error, r.created_at as "createdAt", r.updated_at as "updatedAt", r.finished_at as "finishedAt"`
