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
// apart. Bodies are read only where the length, which is known without reading them, fits.
/** As above. */
export const listSiblings = `
  with own as materialized (
    select distinct raw from event
    where instance_id = $2 and day = $3::date and stored_at <= $4 and object_type = $5 and object_id = $6)
  insert into erasing (erasure_id, day, notification_id, ordinal, sibling)
  select $1::bigint, e.day, e.notification_id, e.ordinal, true
  from event e
  where e.instance_id = $2 and e.day between $3::date - 1 and $3::date + 1 and e.stored_at <= $4
    and (e.object_type <> $5 or e.object_id <> $6)
    and case when octet_length(e.raw) = any(array(select distinct octet_length(raw) from own where raw <> 'null'))
             then (e.raw in (select raw from own)) is true else false end
  on conflict do nothing`

// Everything below looks a few thousand rows up by index, however many there are and whatever the planner believes of
// a table that has just been filled.
export const byIndex = `
  select set_config(name, 'off', true)
  from unnest(array['enable_seqscan', 'enable_bitmapscan', 'enable_hashjoin', 'enable_mergejoin']) as name`

// Ordered by the columns, not by what is selected as such: a text's order isn't the index's, and all would be sorted.
/** 1 erasure, 2 how many: the latest. */
export const listed = `
  select e.day::text as day, e.notification_id as "notificationId", e.ordinal, e.sibling from erasing e
  where e.erasure_id = $1 order by e.day desc, e.notification_id desc, e.ordinal desc limit $2`

/** 1 erasure, 2 day, 3 notification id, 4 ordinal: from that one on. */
export const unlist = `
  delete from erasing where erasure_id = $1 and day = $2::date and (notification_id, ordinal) >= ($3::bigint, $4::smallint)`

// By arrays, not by a join: that may begin with all of the instance's day.
const places = `
  instance_id = $1 and day = $2::date and notification_id = any($3::bigint[])
  and notification_id || ':' || ordinal = any($4::text[])`

/** 1 instance, 2 day, 3 notification ids, 4 `<notification id>:<ordinal>`. */
export const deleteEvents = `delete from event where ${places}`

/** As above. The JSON null: the event itself is another object's, and stays. */
export const clearBodies = `update event set raw = 'null' where ${places}`

/** 1 instance, 2 day, 3 notification ids: those that no event is left of. */
export const emptied = `
  select x.id from unnest($3::bigint[]) as x (id)
  where (select true from event e
         where e.instance_id = $1 and e.day = $2::date and e.notification_id = x.id limit 1) is null`

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
