import type { NormalizedEvent } from '#events'
import type { Pool } from 'pg'
import { limited, type Page } from './page.js'
import { statusOf, type DeliveryStatus } from './status.js'

export interface StoredEvent {
  event: NormalizedEvent
  notificationId: string
  storedAt: Date
  status: DeliveryStatus
}

export interface EventFilter {
  /** Stored at or after, and before. */
  from?: Date
  to?: Date
  objectType?: string
  after?: string
  limit?: number
}

interface EventRow {
  head: string
  raw: string
  day: string
  notificationId: string
  ordinal: number
  storedAt: Date
  status: DeliveryStatus
}

const eventColumns = `
  e.head, e.raw, e.day::text as day, e.notification_id as "notificationId", e.ordinal, e.stored_at as "storedAt",
  ${statusOf('e.notification_id', 'e.day')} as status`

/** Events as stored, and what became of them. Nothing here changes anything. */
export class Events {
  constructor(private readonly pool: Pool) {}

  /** An event by its id, whoever's it is; null where it isn't stored, or not any more. */
  async byId(id: string): Promise<StoredEvent | null> {
    const { rows } = await this.pool.query<EventRow>(
      `select ${eventColumns} from event_key k join event e on e.day = k.day and e.id = k.id where k.id = $1`,
      [id],
    )
    return rows[0] ? storedEvent(rows[0]) : null
  }

  /** An instance's events, the newest first. */
  async ofInstance(instanceId: number, filter: EventFilter = {}): Promise<Page<StoredEvent>> {
    const limit = limited(filter.limit)
    const [day, notificationId, ordinal] = positionOf(filter.after)
    const { rows } = await this.pool.query<EventRow>(
      `select ${eventColumns} from event e
       where e.instance_id = $1
         and ($2::date is null or (e.day, e.notification_id, e.ordinal) < ($2::date, $3::bigint, $4::smallint))
         and ($5::timestamptz is null or (e.stored_at >= $5 and e.day >= ($5 at time zone 'utc')::date))
         and ($6::timestamptz is null or (e.stored_at < $6 and e.day <= ($6 at time zone 'utc')::date))
         and ($7::text is null or e.object_type = $7)
       order by e.day desc, e.notification_id desc, e.ordinal desc limit $8`,
      [
        instanceId,
        day,
        notificationId,
        ordinal,
        filter.from ?? null,
        filter.to ?? null,
        filter.objectType ?? null,
        limit,
      ],
    )
    const last = rows.at(-1)
    const next = last && rows.length === limit ? `${last.day}.${last.notificationId}.${last.ordinal}` : null
    return { items: rows.map(storedEvent), next }
  }
}

function storedEvent(row: EventRow): StoredEvent {
  return { event: eventOf(row), notificationId: row.notificationId, storedAt: row.storedAt, status: row.status }
}

/** The event that a row holds. */
export function eventOf({ head, raw }: { head: string; raw: string }): NormalizedEvent {
  return { ...(JSON.parse(head) as Omit<NormalizedEvent, 'raw'>), raw }
}

/** Where a list goes on; one that nobody gave out is the beginning. */
function positionOf(after: string | undefined): [string, string, string] | [null, null, null] {
  const match = /^(\d{4}-\d{2}-\d{2})\.(\d{1,18})\.(\d{1,4})$/.exec(after ?? '')
  return match?.[1] && match[2] && match[3] ? [match[1], match[2], match[3]] : [null, null, null]
}
