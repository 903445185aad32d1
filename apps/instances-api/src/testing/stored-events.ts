import type { NormalizedEvent } from '#events'
import type { Pool } from 'pg'

type Given = Partial<NormalizedEvent> & Pick<NormalizedEvent, 'id' | 'instanceId' | 'accountId'>

/** Events and what became of them, written as they stand in the database: for specs that read them. */
export class StoredEvents {
  private lastNotification = 0

  constructor(private readonly pool: Pool) {}

  /** Stores events that share a notification, at this instant, and makes the partitions of its day. */
  async notification(given: readonly [Given, ...Given[]], at = new Date()): Promise<string> {
    const id = String(++this.lastNotification)
    const day = at.toISOString().slice(0, 10)
    await this.partition(day)
    for (const [ordinal, one] of given.entries()) {
      const { raw, ...head } = { ...anEvent, ...one }
      await this.pool.query(`insert into event_key (id, day, instance_id, notification_id) values ($1, $2, $3, $4)`, [
        one.id,
        day,
        one.instanceId,
        id,
      ])
      await this.pool.query(
        `insert into event (day, notification_id, ordinal, id, account_id, instance_id, object_type, object_id, event_type,
                            stored_at, head, raw)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
        [
          ...[day, id, ordinal, one.id, one.accountId, one.instanceId, head.objectType, head.objectId, head.eventType],
          ...[at, JSON.stringify(head), raw],
        ],
      )
    }
    const [{ accountId, instanceId, source = 'webhook' }] = given
    await this.pool.query(
      `insert into notification (day, id, account_id, instance_id, source, created_at) values ($1, $2, $3, $4, $5, $6)`,
      [day, id, accountId, instanceId, source, at],
    )
    return id
  }

  /** Lets a delivery of a notification wait, to a subscription of its instance. */
  async wait(notification: string, state: 'due' | 'queued' = 'due'): Promise<void> {
    const made = await this.pool.query(
      `insert into delivery (id, notification_id, day, account_id, instance_id, subscription_id, lane_id, state,
                             created_at, due_at)
       select n.id * 100 + (select count(*) from delivery), n.id, n.day, n.account_id, n.instance_id, s.id, s.lane_id, $2,
              n.created_at, now() + interval '1 hour'
       from notification n join subscription s on s.instance_id = n.instance_id where n.id = $1 limit 1`,
      [notification, state],
    )
    if (made.rowCount !== 1) throw new Error(`notification ${notification} has an instance without a subscription`)
  }

  /** Records an attempt; the delivery stays as it is. */
  async attempt(
    notification: string,
    outcome: 'delivered' | 'retry' | 'queued' | 'deactivated',
    { at = new Date(), number = 1, status = outcome === 'delivered' ? 200 : 500, error = null as string | null } = {},
  ): Promise<void> {
    const day = at.toISOString().slice(0, 10)
    await this.partition(day)
    await this.pool.query(
      `insert into attempt (day, notification_id, subscription_id, account_id, instance_id, number, started_at,
                            duration_ms, outcome, status, error)
       select $2, n.id, coalesce((select min(s.id) from subscription s where s.instance_id = n.instance_id), 0),
              n.account_id, n.instance_id, $3, $4, 5, $5, $6, $7
       from notification n where n.id = $1`,
      [notification, day, number, at, outcome, error === null ? status : null, error],
    )
  }

  private async partition(day: string): Promise<void> {
    for (const table of ['event', 'notification', 'attempt']) {
      await this.pool.query(
        `create table if not exists ${table}_p${day.replaceAll('-', '')} partition of ${table}
         for values from ('${day}') to ('${day}'::date + 1)`,
      )
    }
  }
}

const anEvent = {
  ...{ instanceName: 'E', instanceTags: [], companyId: 1, userId: 1, elementKey: 'intercom', hubKey: 'marketing' },
  ...{ objectType: 'conversations', objectId: '7', eventType: 'CREATED' as const, source: 'webhook' as const },
  ...{ date: '2026-11-20T10:00:00.000Z', origin: 'notif-1', raw: '{"type":"notification_event","id":"notif-1"}' },
}
