import { recordKey, type NormalizedEvent } from '#events'
import type { PoolClient } from 'pg'
import { createHash } from 'node:crypto'
import { rowsOf } from '../sql.js'
import type { PlannedNotification } from './event-store.js'

/**
 * What the storing statement has besides, where notifications keep the order of their objects.
 *
 * Positions say what is earlier. They follow the log: of two records of one object, the later one's position is drawn
 * after the earlier one's event was inserted, here or by whoever got there first. For the log gives an object's records
 * to one reader at a time, in order; and a reader that has lost its partition and doesn't know it yet stores the same
 * records, so that the two meet at the ids of the events (`kept` waits there for the other's commit) before either
 * draws. Hence the position is drawn once `kept` is complete, and from a sequence, which goes by time and not by process.
 *
 * A delivery is stored behind the one before it, if that one's row could be locked: its end, which waits for the lock,
 * then finds this one. Where none could be locked, or none was seen, nothing is claimed: whoever sends it looks.
 */
export const inOrder = {
  with: `
  ), holding as materialized (
    select o.delivery_id, o.subscription_id, o.object, o.place,
           lag(o.delivery_id) over (partition by o.subscription_id, o.object order by o.place) as before
    from ${rowsOf(30, 'bigint bigint text bigint integer')}
      as o (delivery_id, subscription_id, event_id, object, place)
    where (o.event_id in (select id from kept)) is true
    group by o.delivery_id, o.subscription_id, o.object, o.place
  ), waiting as materialized (
    select h.delivery_id, w.delivery_id as before
    from holding h
    cross join lateral (
      select w.delivery_id from ordered_object w
      where w.subscription_id = h.subscription_id and w.object = h.object
      order by w.position desc limit 1) w
    where h.before is null
  ), locked as materialized (
    select id from delivery where id = any(array(select before from waiting)) for key share skip locked
  ), behind as materialized (
    select delivery_id from holding where before is not null
    union
    select delivery_id from waiting where before in (select id from locked)
  ), drawn as materialized (
    select nextval('delivery_position') * 1000000 as base from (select count(*) from kept) once
  ), held as (
    insert into ordered_object (subscription_id, object, position, delivery_id)
    select h.subscription_id, h.object, drawn.base + h.place, h.delivery_id from holding h cross join drawn`,
  columns: `, position, behind`,
  values: `, drawn.base + d.place, (d.id in (select delivery_id from behind)) is true`,
  places: `, ${rowsOf(35, 'integer')}`,
  place: `, place`,
  from: ` cross join drawn`,
} as const

/** Of a storing statement without an order. */
export const inNoOrder = { with: '', columns: '', values: '', places: '', place: '', from: '' } as const

/** The values $30 to $34: a row for each delivery and event of what is ordered; $35: each delivery's place, if it has one. */
export function orderValues(planned: readonly PlannedNotification[]): unknown[] {
  const rows = planned.flatMap(({ ordered, events, deliveries }, place) =>
    ordered ? deliveries.flatMap(delivery => events.map(({ event }) => ({ delivery, event, place }))) : [],
  )
  return [
    rows.map(({ delivery }) => delivery.id),
    rows.map(({ delivery }) => delivery.subscriptionId),
    rows.map(({ event }) => event.id),
    rows.map(({ event }) => objectHash(event)),
    rows.map(({ place }) => place),
    planned.flatMap(({ ordered, deliveries }, place) => deliveries.map(() => (ordered ? place : null))),
  ]
}

/**
 * Keeps these from ending while a transaction stores for them: else what it stores would be handed over to the next URL
 * after later ones were sent there.
 * @throws where one has ended already: the same records again, with the instance's present subscriptions
 */
export async function keepSubscribed(client: PoolClient, planned: readonly PlannedNotification[]): Promise<void> {
  const ordered = planned.filter(notification => notification.ordered === true)
  const ids = [...new Set(ordered.flatMap(({ deliveries }) => deliveries.map(delivery => delivery.subscriptionId)))]
  const { rowCount } = await client.query({
    name: 'subscription_keep',
    text: `select 1 from subscription where id = any($1::bigint[]) and ended_at is null order by id for share`,
    values: [ids],
  })
  if (rowCount !== ids.length) throw new Error('a subscription ended just now; its events are read again')
}

/** An object of an instance, in 64 bits: two that share them wait for each other needlessly, and nothing worse. */
function objectHash(event: NormalizedEvent): string {
  return createHash('sha256').update(recordKey(event)).digest().readBigInt64BE().toString()
}
