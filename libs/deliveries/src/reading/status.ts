/** What became of an event, or a notification: of all its deliveries, the one furthest along. */
export type DeliveryStatus =
  /** A callback was answered 2xx. */
  | 'delivered'
  /** A callback was sent, and none was answered 2xx: one is to be tried again, is queued, or was given up. */
  | 'tried'
  /** No callback was sent yet; one waits for its turn, or is queued. */
  | 'waiting'
  /** Stored; nobody was to get it. */
  | 'stored'

/** SQL for the status of the notification that two expressions name: its id, and the day it was stored on. */
export function statusOf(notification: string, day: string): string {
  return `
  coalesce(
    (select case when bool_or(a.outcome = 'delivered') then 'delivered' else 'tried' end from attempt a
     where a.notification_id = ${notification} and a.day >= ${day} having count(*) > 0),
    (select 'waiting' from delivery d where d.notification_id = ${notification} limit 1),
    'stored')`
}
