import type { Pool } from 'pg'
import { inTransaction, numbers } from '#database'
import type { SubscriptionState } from '../subscriptions/subscription.js'
import { rowsOf } from '../sql.js'
import { inNoOrder, inOrder, keepSubscribed, orderValues } from './in-order.js'
import type { IncomingEvent } from './read-record.js'

/** One of the ways that an instance's callbacks go now, as stored. */
export interface Route extends SubscriptionState {
  instanceId: number
  subscriptionId: string
  active: boolean
  laneId: string
  /** The dispatcher that works on the lane; null where none does. */
  laneOwner: string | null
  /** The lane's. */
  ratePerSecond: number | null
  /** Changes whenever any of this does. */
  mark: string
}

/** What notifications of an instance were planned by. */
export interface Basis {
  instanceId: number
  /** The instance's. */
  version: number
  routes: readonly Route[]
}

/** What became of a batch. */
export type Storing =
  /** The ids of the events that are new. */
  | { kind: 'stored'; fresh: ReadonlySet<string> }
  /** Nothing was stored: an instance or its routes have changed since. */
  | { kind: 'outdated' }

/** A notification about to be stored, with a delivery for each who is to get it. */
export interface PlannedNotification {
  id: string
  /** Each of its deliveries waits for earlier ones of its objects: stored before, or planned before it. */
  ordered?: boolean
  events: readonly [IncomingEvent, ...IncomingEvent[]]
  deliveries: readonly PlannedDelivery[]
}

export interface PlannedDelivery {
  id: string
  subscriptionId: string
  laneId: string
  /** Queued: the subscription is not active. */
  state: 'due' | 'queued'
}

/** A record that can't be stored, and why. */
export interface RejectedRecord {
  topic: string
  partition: number
  offset: string
  key: string
  value: Buffer
  error: string
  /** When it was appended: milliseconds since the epoch. */
  appendedAt: number
}

const routeMark = `concat_ws('/', s.id, s.xmin, l.id, l.owner, l.rate_per_second)`

// The events' texts travel as one binary parameter, cut up by the server: arrays of texts would have to be escaped.
// `(x in (select …)) is true` is always a hash look-up, where for a plain `in` the planner may take a nested loop; and
// `(select … limit 1) is null` is one by index, where for `not exists` it may read a table that was small once.
const storeSql = (order: Record<keyof typeof inOrder, string>) => `
  with incoming as (
    select * from ${rowsOf(3, 'text bigint smallint integer integer text text text float8 integer integer integer')}
      as r (id, notification_id, ordinal, account_id, instance_id, object_type, object_id, event_type, appended,
            at, head_length, raw_length)
  ), outdated as materialized (
    select from ${rowsOf(27, 'integer integer text')} as b (instance_id, version, routes)
    where (select i.version from instance i where i.id = b.instance_id) is distinct from b.version
      or (
        select string_agg(${routeMark}, ' ' order by s.id) from subscription s join lane l on l.id = s.lane_id
        where s.instance_id = b.instance_id and s.ended_at is null) is distinct from b.routes
  ), kept as (
    insert into event_key (id, day, instance_id, notification_id)
    select r.id, $1::date, r.instance_id, r.notification_id from incoming r
    where not exists (select from outdated)
      and (
        select true from erased x
        where x.key = convert_to(r.instance_id || ':', 'UTF8') and x.object_type is null
          and to_timestamp(r.appended / 1000) <= x.erased_at limit 1) is null
      and (
        select true from erased x
        where x.key = convert_to(r.instance_id || ':' || r.object_type || ':' || r.object_id, 'UTF8')
          and x.object_type = r.object_type and to_timestamp(r.appended / 1000) <= x.erased_at limit 1) is null
    order by r.id
    on conflict (id) do nothing
    returning id
  ), stored as (
    insert into event (day, notification_id, ordinal, id, account_id, instance_id, object_type, object_id, event_type,
                       stored_at, head, raw)
    select $1::date, r.notification_id, r.ordinal, r.id, r.account_id, r.instance_id, r.object_type, r.object_id,
           r.event_type, $2::timestamptz,
           convert_from(substring($15::bytea from r.at for r.head_length), 'UTF8') || '}',
           convert_from(substring($15::bytea from r.at + r.head_length for r.raw_length), 'UTF8')
    from incoming r where (r.id in (select id from kept)) is true
    returning notification_id
  ), notified as (
    insert into notification (day, id, account_id, instance_id, source, created_at)
    select $1::date, n.id, n.account_id, n.instance_id, n.source, $2::timestamptz
    from ${rowsOf(16, 'bigint integer integer text')} as n (id, account_id, instance_id, source)
    where (n.id in (select notification_id from stored)) is true
  ${order.with}), delivered as (
    insert into delivery (id, notification_id, day, account_id, instance_id, subscription_id, lane_id, state,
                          created_at, due_at${order.columns})
    select d.id, d.notification_id, $1::date, d.account_id, d.instance_id, d.subscription_id, d.lane_id, d.state,
           $2::timestamptz, now()${order.values}
    from rows from (${rowsOf(20, 'bigint bigint integer integer bigint bigint text')}${order.places})
      as d (id, notification_id, account_id, instance_id, subscription_id, lane_id, state${order.place})${order.from}
    where (d.notification_id in (select notification_id from stored)) is true
  )
  select exists (select from outdated) as outdated, array(select id from kept) as kept`

// What is in a record can't be trusted; its key is what an erasure removes records from the log by, too.
const rejectSql = `
  with wanted as materialized (
    select r.* from unnest($1::text[], $2::integer[], $3::numeric[], $4::bytea[], $5::bytea[], $6::text[],
                           $7::double precision[]) with ordinality
      as r (topic, partition, record_offset, key, value, error, appended, nth)
    where not exists (
      select from erased x where x.key = r.key and to_timestamp(r.appended / 1000) <= x.erased_at)
      and not exists (
      select from erased x
      where x.key = substring(r.key from 1 for position(':'::bytea in r.key)) and x.object_type is null
        and to_timestamp(r.appended / 1000) <= x.erased_at)),
  put as (
    insert into rejected_record (topic, partition, record_offset, key, value, error)
    select topic, partition, record_offset, key, value, error from wanted
    on conflict (topic, partition, record_offset) do nothing)
  select nth::integer as nth from wanted`

interface StoredRow {
  outdated: boolean
  kept: string[]
}

const unorderedSql = storeSql(inNoOrder)
const orderedSql = storeSql(inOrder)

/** Events, notifications and deliveries as they come in. */
export class EventStore {
  constructor(private readonly pool: Pool) {}

  /** Where these instances' callbacks go; those without a current subscription are missing. */
  async routes(instanceIds: readonly number[]): Promise<Map<number, Route[]>> {
    const { rows } = await this.pool.query<Route>({
      name: 'delivery_routes',
      text: `
        select s.instance_id as "instanceId", s.id as "subscriptionId", s.url, s.active, s.configured,
               s.rate_per_second as "ownRate", s.retired, s.lane_id as "laneId", l.owner as "laneOwner",
               l.rate_per_second as "ratePerSecond", ${routeMark} as mark
        from subscription s join lane l on l.id = s.lane_id
        where s.instance_id = any($1::integer[]) and s.ended_at is null order by s.id`,
      values: [instanceIds],
    })
    const routes = new Map<number, Route[]>()
    for (const route of rows) {
      const others = routes.get(route.instanceId)
      if (others) others.push(route)
      else routes.set(route.instanceId, [route])
    }
    return routes
  }

  /**
   * Stores what is new of these, all or nothing, in one statement; where any are ordered, in one transaction. Events
   * with an id that is known already, or that were erased, are left out, and so is a notification that none is left of.
   * @param basis what is to hold still; what was read just now needn't be in it
   * @throws what PostgreSQL says; `isPoison` tells whether it was about one of the records
   */
  async store(
    planned: readonly PlannedNotification[],
    day: string,
    at: Date,
    basis: readonly Basis[] = [],
  ): Promise<Storing> {
    const values = [...storeValues(planned, day, at), ...basisValues(basis)]
    const ordered = planned.some(notification => notification.ordered && notification.deliveries.length > 0)
    const { rows } = ordered
      ? await inTransaction(this.pool, async client => {
          await keepSubscribed(client, planned)
          const more = [...values, ...orderValues(planned)]
          return client.query<StoredRow>({ name: 'delivery_store_ordered', text: orderedSql, values: more })
        })
      : await this.pool.query<StoredRow>({ name: 'delivery_store', text: unorderedSql, values })
    const [row] = rows
    return row?.outdated ? { kind: 'outdated' } : { kind: 'stored', fresh: new Set(row?.kept) }
  }

  /**
   * Keeps what couldn't be stored, with the reason. The same record again changes nothing.
   * @returns those that are kept: not what was erased since it was appended
   */
  async reject(records: readonly RejectedRecord[]): Promise<RejectedRecord[]> {
    const { rows } = await this.pool.query<{ nth: number }>({
      text: rejectSql,
      values: [
        records.map(record => record.topic),
        records.map(record => record.partition),
        records.map(record => record.offset),
        records.map(record => Buffer.from(record.key)),
        records.map(record => record.value),
        records.map(record => record.error.replaceAll('\0', '\uFFFD').slice(0, 1_000)),
        records.map(record => record.appendedAt),
      ],
    })
    const kept = new Set(rows.map(row => row.nth))
    return records.filter((_, index) => kept.has(index + 1))
  }
}

function storeValues(planned: readonly PlannedNotification[], day: string, at: Date): unknown[] {
  const events = planned.flatMap(notification => notification.events)
  const notificationIds = planned.flatMap(({ id, events }) => events.map(() => id))
  const ordinals = planned.flatMap(({ events }) => events.map((_, ordinal) => ordinal))
  const firsts = planned.map(notification => notification.events[0].event)
  const sent = planned.flatMap(({ id, events: [{ event }], deliveries }) =>
    deliveries.map(delivery => ({ id, event, delivery })),
  )
  return [
    day,
    at,
    events.map(one => one.event.id),
    numbers(notificationIds),
    numbers(ordinals),
    numbers(events.map(one => one.event.accountId)),
    numbers(events.map(one => one.event.instanceId)),
    events.map(one => one.event.objectType),
    events.map(one => one.event.objectId),
    events.map(one => one.event.eventType),
    numbers(events.map(one => one.appendedAt)),
    ...textsOf(events),
    numbers(planned.map(notification => notification.id)),
    numbers(firsts.map(event => event.accountId)),
    numbers(firsts.map(event => event.instanceId)),
    firsts.map(event => event.source),
    numbers(sent.map(({ delivery }) => delivery.id)),
    numbers(sent.map(({ id }) => id)),
    numbers(sent.map(({ event }) => event.accountId)),
    numbers(sent.map(({ event }) => event.instanceId)),
    numbers(sent.map(({ delivery }) => delivery.subscriptionId)),
    numbers(sent.map(({ delivery }) => delivery.laneId)),
    sent.map(({ delivery }) => delivery.state),
  ]
}

function basisValues(basis: readonly Basis[]): unknown[] {
  return [
    numbers(basis.map(({ instanceId }) => instanceId)),
    numbers(basis.map(({ version }) => version)),
    basis.map(({ routes }) => routes.map(({ mark }) => mark).join(' ') || null),
  ]
}

/** Where each event's head begins, how long it and its raw are, and the bytes of all. */
function textsOf(events: readonly IncomingEvent[]): [string, string, string, Buffer] {
  const starts: number[] = []
  let at = 1
  for (const { head, raw } of events) {
    starts.push(at)
    at += head.length + raw.length
  }
  return [
    numbers(starts),
    numbers(events.map(({ head }) => head.length)),
    numbers(events.map(({ raw }) => raw.length)),
    Buffer.concat(events.flatMap(({ head, raw }) => [head, raw])),
  ]
}

/**
 * Whether an error is about what was to be stored, so that trying again can't help: data exceptions (a NUL in a text,
 * a number out of range) and values that exceed what an index holds. All else is about the database and passes.
 */
export function isPoison(error: unknown): boolean {
  const code = sqlState(error)
  return code !== null && (code.startsWith('22') || code === '54000')
}

/** Whether an error says that a day has no partition. */
export function isMissingPartition(error: unknown): boolean {
  return sqlState(error) === '23514'
}

function sqlState(error: unknown): string | null {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : null
}
