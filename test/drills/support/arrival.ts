import type { Mailbox } from '../../../apps/simulator/src/receiver/mailbox.js'
import type { Scene } from './scene.js'
import { until } from './until.js'

/** Waits until an event of every one of these objects has come, answered 2xx. */
export async function arrived(mailbox: Mailbox, objectIds: readonly string[], ms: number): Promise<void> {
  await until(ms, () => {
    const came = objectsIn(mailbox)
    const missing = objectIds.filter(id => !came.has(id))
    if (missing.length === 0) return
    const some = missing.slice(0, 10).join(', ')
    throw new Error(`${mailbox.name}: ${missing.length} of ${objectIds.length} never came: ${some}`)
  })
}

/** The objects whose events were answered 2xx. */
export function objectsIn(mailbox: Mailbox): Set<string> {
  const objects = new Set<string>()
  for (const { json, status } of mailbox.received) {
    if (status !== null && status < 300) for (const { objectId } of eventsOf(json)) objects.add(objectId)
  }
  return objects
}

/** What a receiver that counts ids sees of repeats. */
export interface Repeats {
  callbacks: number
  events: number
  /** Callbacks answered 2xx more than once with the same notification. */
  duplicates: number
  /** Whatever tells that a repeat was another thing than what it repeats. Nothing should. */
  faults: string[]
}

/** Looks at everything that came: every object changed once, so it has one event, in one notification, of one body. */
export function repeatsIn(mailbox: Mailbox): Repeats {
  const seen = {
    event: new Map<string, string>(),
    notification: new Map<string, string>(),
    body: new Map<string, string>(),
  }
  const succeeded = new Map<string, number>()
  const faults = new Set<string>()
  const same = (kind: keyof typeof seen, of: string, value: string) => {
    const before = seen[kind].get(of)
    if (before !== undefined && before !== value) faults.add(`${of}: one ${kind}, then another`)
    seen[kind].set(of, value)
  }
  for (const { json, notificationId = 'none', body, status, elements, standard } of mailbox.received) {
    if (elements.kind !== 'verified' || standard.kind !== 'verified') faults.add(`${notificationId}: not verified`)
    same('body', notificationId, body)
    for (const { id, objectId } of eventsOf(json)) {
      same('event', objectId, id)
      same('notification', id, notificationId)
    }
    if (status !== null && status < 300) succeeded.set(notificationId, (succeeded.get(notificationId) ?? 0) + 1)
  }
  const duplicates = [...succeeded.values()].reduce((sum, times) => sum + times - 1, 0)
  return { callbacks: mailbox.received.length, events: seen.notification.size, duplicates, faults: [...faults] }
}

/** What is still on its way, by place; empty when all has arrived. */
export async function leftovers({ pool, system }: Scene): Promise<Record<string, number>> {
  const { rows } = await pool.query<Record<string, number>>(`
    select (select count(*)::int from delivery) as deliveries,
           (select count(*)::int from webhook_spool) as spool,
           (select count(*)::int from rejected_record) as rejected,
           (select count(*)::int from (select from event group by id having count(*) > 1)) as "events stored twice",
           (select coalesce(sum(p.next_offset - coalesce(o.committed, 0)), 0)::int
            from event_log_partition p left join event_log_position o on o.partition_id = p.id
            where p.topic like '%.events.%') as log`)
  const lags = await Promise.all(system.all('dispatcher').map(({ url }) => lagAt(url)))
  const left = { ...rows[0], lag: lags.reduce((sum, lag) => sum + lag, 0) }
  return Object.fromEntries(Object.entries(left).filter(([, count]) => count !== 0))
}

async function lagAt(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  const lines = text.matchAll(/^tributary_log_lag_records\{.*\} (\d+)$/gm)
  return [...lines].reduce((sum, [, lag]) => sum + Number(lag), 0)
}

interface Entry {
  id: string
  objectId: string
}

function eventsOf(json: unknown): Entry[] {
  return (json as { message?: { events?: Entry[] } } | undefined)?.message?.events ?? []
}
