import { readPosition, type EventFilter } from '#deliveries'
import { eventTypes } from '#events'
import { eventStatuses, statusNamed } from './event-status.js'
import { QueryReading } from './query-reading.js'

/** Reads the query of an instance's events; every fault at once. Null: it asks for what no event is. */
export function readEventQuery(query: Readonly<Record<string, unknown>>): EventFilter | null {
  const reading = new QueryReading(query)
  const [from, to] = [reading.instant('from'), reading.instant('to')]
  if (from && to && to < from) reading.fault('to: is before from')
  const objectType = reading.text('objectType')
  const eventType = reading.oneOf('eventType', eventTypes)
  const statusAsked = reading.oneOf('status', eventStatuses)
  const after = reading.nextPage(readPosition)
  const limit = reading.pageSize()
  reading.done()
  const status = statusAsked && statusNamed(statusAsked)
  if (statusAsked && !status) return null
  return {
    limit,
    ...(from && { from }),
    ...(to && { to }),
    ...(objectType !== undefined && { objectType }),
    ...(eventType && { eventType }),
    ...(status && { status }),
    ...(after && { after }),
  }
}
