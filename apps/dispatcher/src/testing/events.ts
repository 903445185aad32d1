import { encodeEvent, type NormalizedEvent } from '#events'
import type { RecordBatch, StoredRecord } from '#event-log'

let offset = 0

/** An event like those that a gateway publishes. */
export function anEvent(changes: Partial<NormalizedEvent> = {}): NormalizedEvent {
  const n = ++offset
  return {
    id: `event-${n}`,
    instanceId: 1,
    instanceName: 'Support',
    instanceTags: ['eu'],
    accountId: 7,
    companyId: 8,
    userId: 9,
    elementKey: 'intercom',
    hubKey: 'marketing',
    objectType: 'conversations',
    objectId: `conversation-${n}`,
    eventType: 'CREATED',
    date: '2026-11-20T10:00:00.000Z',
    source: 'webhook',
    origin: `notif-${n}`,
    raw: `{"type":"notification_event","id":"notif-${n}","big":12345678901234567890}`,
    ...changes,
  }
}

export function recordOf(event: NormalizedEvent): StoredRecord {
  const { key, value, headers } = encodeEvent(event)
  return rawRecord(value, key, headers)
}

export function rawRecord(value: string, key = 'key', headers: Record<string, string> = {}): StoredRecord {
  const at = { topic: 'tributary.events.intercom', partition: 0, offset: String(++offset), timestamp: Date.now() }
  return { ...at, key, value: Buffer.from(value), headers }
}

export function batchOf(records: readonly StoredRecord[]): RecordBatch {
  return { records, isStale: () => false }
}
