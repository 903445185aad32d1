import type { DeliveryStatus } from '#deliveries'

const names = { stored: 'RECEIVED', waiting: 'NEW', tried: 'DISPATCHED', delivered: 'NOTIFIED' } as const

/** The statuses that the emulated API knows. No event here is CONSUMED: nothing takes one but a callback. */
export const eventStatuses = ['NEW', 'RECEIVED', 'DISPATCHED', 'CONSUMED', 'NOTIFIED'] as const
export type EventStatus = (typeof eventStatuses)[number]

export function statusName(status: DeliveryStatus): EventStatus {
  return names[status]
}

/** Undefined where no event has it. */
export function statusNamed(name: EventStatus): DeliveryStatus | undefined {
  return (Object.keys(names) as DeliveryStatus[]).find(status => names[status] === name)
}
