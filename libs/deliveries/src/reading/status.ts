/** What became of an event, or a notification: of all its deliveries, the one furthest along. */
export type DeliveryStatus =
  /** A callback was answered 2xx. */
  | 'delivered'
  /** Waiting for its first or next attempt. */
  | 'waiting'
  /** Waiting until somebody asks for it. */
  | 'queued'
  /** Stored; nobody was to get it. */
  | 'stored'

/** SQL for the status of the notification that two expressions name: its id, and the day it was stored on. */
export function statusOf(notification: string, day: string): string {
  return `
  case
    when exists (select from attempt a
                 where a.notification_id = ${notification} and a.day >= ${day} and a.outcome = 'delivered')
      then 'delivered'
    else coalesce((select case d.state when 'due' then 'waiting' else 'queued' end from delivery d
                   where d.notification_id = ${notification} order by d.state limit 1), 'stored')
  end`
}
