/** An event's place among those of its instance. */
export interface EventPosition {
  /** The day it was stored on. */
  day: string
  notificationId: string
  ordinal: string
}

/** Before the newest. */
export const newest: EventPosition = { day: 'infinity', notificationId: '9223372036854775807', ordinal: '32767' }

/** What `Page.next` of a list of events says; null where no page ever said so. */
export function readPosition(token: string): EventPosition | null {
  const [, day, notificationId, ordinal] = /^(\d{4}-\d{2}-\d{2})\.(\d{1,18})\.(\d{1,4})$/.exec(token) ?? []
  if (day === undefined || notificationId === undefined || ordinal === undefined) return null
  const midnight = new Date(`${day}T00:00:00Z`)
  const isDay = !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(day)
  return isDay ? { day, notificationId, ordinal } : null
}

export function tokenOf({ day, notificationId, ordinal }: EventPosition): string {
  return `${day}.${notificationId}.${ordinal}`
}
