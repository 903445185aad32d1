/** What an erasure's statements are; each takes a bounded part of the work. */

/** 1 erasure, 2 instance, 3 day, 4 stored until. */
export const listInstance = `
  insert into erasing (erasure_id, day, notification_id, ordinal, sibling)
  select $1::bigint, day, notification_id, ordinal, false from event
  where instance_id = $2 and day = $3::date and stored_at <= $4
  on conflict do nothing`

/** 1 erasure, 2 instance, 3 day, 4 stored until, 5 object type, 6 object id. */
export const listObject = `
  insert into erasing (erasure_id, day, notification_id, ordinal, sibling)
  select $1::bigint, day, notification_id, ordinal, false from event
  where instance_id = $2 and day = $3::date and stored_at <= $4 and object_type = $5 and object_id = $6
  on conflict do nothing`

// One vendor notification can be several objects' events, and its body names them all. They may have been stored a day
// apart. Compared by length first, which is known without reading them: `is true` keeps the planner from hashing bodies.
/** As above. */
export const listSiblings = `
  with own as materialized (
    select distinct octet_length(raw) as length, raw from event
    where instance_id = $2 and day = $3::date and stored_at <= $4 and object_type = $5 and object_id = $6)
  insert into erasing (erasure_id, day, notification_id, ordinal, sibling)
  select $1::bigint, e.day, e.notification_id, e.ordinal, true
  from event e join own on own.length = octet_length(e.raw) and (own.raw = e.raw) is true
  where e.instance_id = $2 and e.day between $3::date - 1 and $3::date + 1 and e.stored_at <= $4
    and e.raw <> 'null' and (e.object_type <> $5 or e.object_id <> $6)
  on conflict do nothing`

/** 1 erasure, 2 how many: of one day, the latest there is. */
export const takeListed = `
  delete from erasing
  where erasure_id = $1 and day = (select max(day) from erasing where erasure_id = $1)
    and (notification_id, ordinal) in (
      select notification_id, ordinal from erasing
      where erasure_id = $1 and day = (select max(day) from erasing where erasure_id = $1)
      order by notification_id, ordinal limit $2)
  returning day::text as day, notification_id as "notificationId", ordinal, sibling`

/** 1 instance, 2 day, 3 notification ids, 4 ordinals. */
export const deleteEvents = `
  delete from event e using unnest($3::bigint[], $4::smallint[]) as x (notification_id, ordinal)
  where e.instance_id = $1 and e.day = $2::date and e.notification_id = x.notification_id and e.ordinal = x.ordinal`

/** As above. The JSON null: the event itself is another object's, and stays. */
export const clearBodies = `
  update event e set raw = 'null' from unnest($3::bigint[], $4::smallint[]) as x (notification_id, ordinal)
  where e.instance_id = $1 and e.day = $2::date and e.notification_id = x.notification_id and e.ordinal = x.ordinal`

/** 1 instance, 2 day, 3 notification ids: those that no event is left of. */
export const emptied = `
  select x.id from unnest($3::bigint[]) as x (id)
  where not exists (
    select from event e where e.instance_id = $1 and e.day = $2::date and e.notification_id = x.id)`

/** 1 notification ids. In the order in which others lock them, too. */
export const deleteDeliveries = `
  delete from delivery where id in (
    select id from delivery where notification_id = any($1::bigint[]) order by id for update)`

/** 1 day, 2 notification ids. */
export const deleteNotifications = `delete from notification where day = $1::date and id = any($2::bigint[])`

/** 1 day, 2 notification ids. */
export const deleteAttempts = `delete from attempt where day >= $1::date and notification_id = any($2::bigint[])`

/** 1 day, 2 notification ids. */
export const clearAnswers = `
  update attempt set answer = null
  where day >= $1::date and notification_id = any($2::bigint[]) and answer is not null`

/** 1 erasure, 2 counts to add. Renews the lease. */
export const addRemoved = `
  update erased set leased_until = now() + interval '1 minute', removed = (
    select jsonb_object_agg(k, coalesce((removed->>k)::bigint, 0) + coalesce(($2::jsonb->>k)::bigint, 0))
    from jsonb_object_keys(removed || $2::jsonb) as k)
  where id = $1`

// What a dispatcher had in memory may have been sent after the erasure, and been answered.
/** 1 account, 2 instance, 3 from, 4 to. */
export const lateAttempts = `
  with late as (
    select a.day, a.notification_id, a.subscription_id, a.number, a.answer is not null as answered,
           exists (select from notification n where n.id = a.notification_id) as noted
    from attempt a
    where a.account_id = $1 and a.instance_id = $2 and a.started_at between $3 and $4
      and a.day between ($3 at time zone 'utc')::date and ($4 at time zone 'utc')::date + 1),
  gone as (
    delete from attempt a using late l
    where not l.noted and a.day = l.day and a.notification_id = l.notification_id
      and a.subscription_id = l.subscription_id and a.number = l.number
    returning 1),
  cleared as (
    update attempt a set answer = null from late l
    where l.noted and l.answered and a.day = l.day and a.notification_id = l.notification_id
      and a.subscription_id = l.subscription_id and a.number = l.number
    returning 1)
  select (select count(*)::int from gone) as attempts, (select count(*)::int from cleared) as answers`
