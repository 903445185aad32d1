import type { Receiver } from '../../../simulator/src/receiver/receiver.js'
import type { Expected, Lane } from './scenario.js'

/** What became of one expected event. */
export interface Row {
  lane: string
  expected: Expected
  state: 'delivered and verified' | 'delivered, signature refused' | 'missing'
  milliseconds?: number
}

/** Waits until every expected event came, or the time is over, and says of each what became of it. */
export async function judge(lanes: readonly Lane[], receiver: Receiver, timeoutMs: number): Promise<Row[]> {
  const until = Date.now() + timeoutMs
  for (;;) {
    const rows = lanes.flatMap(lane => lane.expected.map(expected => rowOf(lane, expected, receiver)))
    if (Date.now() > until || rows.every(({ state }) => state !== 'missing')) return rows
    await new Promise(done => setTimeout(done, 50))
  }
}

function rowOf(lane: Lane, expected: Expected, receiver: Receiver): Row {
  const callback = receiver
    .mailbox(lane.name)
    .received.find(({ json }) =>
      eventsOf(json).some(
        event =>
          event.objectType === expected.objectType &&
          event.objectId === expected.objectId &&
          event.eventType === expected.eventType,
      ),
    )
  if (!callback) return { lane: lane.title, expected, state: 'missing' }
  const verified = callback.elements.kind === 'verified' && callback.standard.kind === 'verified'
  return { lane: lane.title, expected, state: verified ? 'delivered and verified' : 'delivered, signature refused' }
}

function eventsOf(json: unknown): Record<string, unknown>[] {
  return (json as { message?: { events?: Record<string, unknown>[] } } | undefined)?.message?.events ?? []
}

/** The rows as a table for the terminal. */
export function table(rows: readonly Row[]): string {
  const cells = rows.map(({ lane, expected: { what, objectType, objectId, eventType }, state }) => [
    state === 'delivered and verified' ? '✓' : '✗',
    lane,
    what,
    eventType,
    objectType,
    objectId,
    state,
  ])
  const all = [['', 'from', 'what happened', 'event', 'object', 'id', 'callback'], ...cells]
  const widths = all[0]!.map((_, column) => Math.max(...all.map(row => row[column]!.length)))
  return all
    .map(row =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
