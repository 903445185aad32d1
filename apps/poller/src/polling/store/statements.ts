/**
 * The schedule's statements. Whatever touches several tables takes the row of polled_instance first, so that nothing
 * waits for each other in a circle. Every guard is `epoch`: a poller that has lost its lease changes nothing.
 */

const failUnended = `update poll_run_resource set state = 'failed', error = 'no longer configured'`

// Of a resource r: a poller may poll it now.
const isDue = `r.configured and r.paused_at is null and r.next_due <= now()`

// Ids that grow with time (UUID version 7): run after run is written to the same few pages of the indexes, and removed from
// them together, days later.
const newRunId = `encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
  placing substring(int8send((extract(epoch from now()) * 1000)::bigint) from 3) from 1 for 6), 52, 1), 53, 1), 'hex')::uuid`

// Of an instance i: the run that its due resources are polled in.
const currentRun = `case when exists (
    select from polled_resource r where r.instance_id = i.instance_id and ${isDue}
  ) then coalesce(i.run_id, ${newRunId}) else i.run_id end`

// Takes the due resources of `held` into its run; $4 is the checkpoint of those that have none. Ids go in as arrays: the
// planner takes them for a few, whatever it thinks of `held`, and so always uses the index.
const taking = (more = '') => `
    begun as (
      update polled_resource r
      set run_id = held.run_id, checkpoint = coalesce(r.checkpoint, $4),
          started_at = coalesce(r.started_at, now())
      from held
      where r.instance_id = any (array(select instance_id from held)) and r.instance_id = held.instance_id and ${isDue}
      returning r.*
    ), run as (
      insert into poll_run (id, instance_id, trigger)
      select run_id, instance_id, 'schedule' from held where run_id is not null
      on conflict do nothing
    ), listed as (
      insert into poll_run_resource (run_id, resource) select run_id, resource from begun
      on conflict (run_id, resource) do update set state = 'running', error = null
    )
    select held.instance_id as "instanceId", held.epoch, b.resource, b.run_id as "runId", b.since_ms as "sinceMs",
           b.watermark_ms as "watermarkMs", b.state, b.checkpoint, b.failures, b.interval_ms::float8 as "intervalMs",
           coalesce(extract(epoch from b.read_until) * 1000, b.since_ms)::float8 as "readUntil",
           extract(epoch from b.started_at)::float8 * 1000 as "startedAt",
           extract(epoch from now() - b.started_at)::float8 * 1000 as "startedAgoMs"${more}
    from held left join begun b using (instance_id)
    order by b.next_due, b.resource`

/**
 * 1 limit, 2 owner, 3 lease ms, 4 checkpoint for resources that have none, 5 since when to look, in ms since 1970, or null.
 * A row for each due resource of each instance, or one without. While leased, due_at is the lease's end: a poller that
 * died needn't be looked for.
 */
export const claimDue = {
  name: 'poll_claim_due',
  text: `
    with due as (
      select instance_id, due_at from polled_instance
      where due_at between coalesce(to_timestamp($5::float8 / 1000), '-infinity') and now()
      order by due_at
      limit $1
      for no key update skip locked
    ), held as (
      update polled_instance i
      set due_at = now() + $3 * interval '1 ms', lease_owner = $2, epoch = nextval('polling_epoch'), run_id = ${currentRun}
      where i.instance_id = any (array(select instance_id from due))
      returning i.instance_id, i.epoch, i.run_id
    ), ${taking(`, (select extract(epoch from min(due_at))::float8 * 1000 from due) as "firstDueMs"`)}`,
}

/** 1 instances, 2 epochs, 3 lease ms. What was let go of meanwhile has no owner, and stays as it is. */
export const keep = {
  name: 'poll_keep',
  text: `
    update polled_instance i set due_at = now() + $3 * interval '1 ms'
    from (
      select p.instance_id from polled_instance p
      join unnest($1::integer[], $2::bigint[]) as c (instance_id, epoch) using (instance_id, epoch)
      where p.lease_owner is not null
      order by p.instance_id for no key update of p
    ) held
    where i.instance_id = held.instance_id
    returning i.instance_id as "instanceId"`,
}

/** 1 instance, 2 epoch, 3 lease ms, 4 checkpoint for resources that have none. As above, of an instance that is held. */
export const begin = {
  name: 'poll_begin',
  text: `
    with held as (
      update polled_instance i set due_at = now() + $3 * interval '1 ms', run_id = ${currentRun}
      where i.instance_id = $1 and i.epoch = $2 and i.enabled
      returning i.instance_id, i.epoch, i.run_id
    ), ${taking()}`,
}

/** 1 instance, 2 epoch, 3 lease ms, 4 resource, 5 run, 6 checkpoint or null, 7-9 counts, 10 object ids, 11 hashes. */
export const checkpoint = {
  name: 'poll_checkpoint',
  text: `
    with held as (
      update polled_instance set due_at = now() + $3 * interval '1 ms'
      where instance_id = $1 and epoch = $2
      returning 1
    ), saved as (
      update polled_resource set checkpoint = coalesce($6, checkpoint) from held where instance_id = $1 and resource = $4 and configured
      returning 1
    ), told as (
      update poll_run_resource set pages = $7, records = $8, events = $9
      from saved where run_id = $5 and resource = $4
    ), remembered as (
      insert into polled_object (instance_id, resource, object_id, hash)
      select $1, $4, id, hash from saved, unnest($10::text[], $11::text[]) as t (id, hash)
      on conflict (instance_id, resource, object_id) do update set hash = excluded.hash
    )
    select (select count(*)::int from held) as held, (select count(*)::int from saved) as saved`,
}

/**
 * 1 instance, 2 epoch, 3 lease ms, 4 resource, 5 run, 6 checkpoint, 7-9 counts, 10 object ids, 11 hashes, 12 objects
 * gone, 13 watermark, 14 state, 15 wait ms, 16 failures, 17 paused, 18 error, 19 the run goes on, 20 its state there,
 * 21 rest ms, or null: the lease is kept.
 *
 * Letting go, it reckons with the resources as they were before it got the row. Who changed them while it waited for the
 * row has counted `changes` up: then the lease is kept after all, and the poller looks again.
 */
export const settle = {
  name: 'poll_settle',
  text: `
    with resources as (
      select min(case when r.resource = $4 then now() + $15 * interval '1 ms' else r.next_due end)
               filter (where case when r.resource = $4 then not $17 else r.paused_at is null end) as next_due,
             bool_or(case when r.resource = $4 then $19 else r.run_id is not null end) as working,
             coalesce(bool_or(r.resource = $4), false) as configured,
             (select changes from polled_instance where instance_id = $1) as changes
      from polled_resource r where r.instance_id = $1 and r.configured
    ), held as (
      update polled_instance i
      set (lease_owner, due_at, not_before, run_id) = (
        select case when not leaves then i.lease_owner end,
               case when not leaves then now() + $3 * interval '1 ms'
                    when i.enabled and r.next_due is not null
                    then greatest(r.next_due, i.not_before, case when $21 > 0 then now() + $21 * interval '1 ms' end) end,
               case when leaves and $21 > 0 then greatest(i.not_before, now() + $21 * interval '1 ms') else i.not_before end,
               case when r.working or not leaves then i.run_id end
        from (select $21::bigint is not null and r.configured and r.changes = i.changes as leaves) l
      )
      from resources r
      where i.instance_id = $1 and i.epoch = $2
      returning i.lease_owner is null as "left", i.run_id is null as over
    ), saved as (
      update polled_resource set
        watermark_ms = greatest(watermark_ms, $13), state = coalesce($14, state), checkpoint = $6,
        next_due = now() + $15 * interval '1 ms', failures = $16,
        paused_at = case when $17 then coalesce(paused_at, now()) end,
        last_error = case when $19 then last_error else $18 end, polled_at = case when $19 then polled_at else now() end,
        pages = case when $19 then pages else $7 end, records = case when $19 then records else $8 end,
        events = case when $19 then events else $9 end,
        run_id = case when $19 then run_id end, started_at = case when $19 then started_at end,
        took_ms = case when $19 then took_ms else extract(epoch from now() - started_at) * 1000 end,
        overruns = case when $19 then overruns
                        when now() - started_at > interval_ms * interval '1 ms' then overruns + 1
                        when $20 = 'done' then 0 else overruns end,
        overrunning = coalesce(now() - started_at > interval_ms * interval '1 ms', false) or overrunning and $20 <> 'done',
        read_until = case when $20 = 'done' then to_timestamp((checkpoint ->> 'start')::float8 / 1000) else read_until end
      from held where instance_id = $1 and resource = $4 and configured
      returning 1
    ), told as (
      update poll_run_resource set state = $20, pages = $7, records = $8, events = $9, error = $18
      from saved where run_id = $5 and resource = $4
    ), ended as (
      update poll_run set finished_at = now() from held where id = $5 and held.over
    ), unended as (
      ${failUnended} from held where run_id = $5 and held.over and state = 'running' and resource <> $4
    ), remembered as (
      insert into polled_object (instance_id, resource, object_id, hash)
      select $1, $4, id, hash from saved, unnest($10::text[], $11::text[]) as t (id, hash)
      on conflict (instance_id, resource, object_id) do update set hash = excluded.hash
    ), forgotten as (
      delete from polled_object o using saved
      where o.instance_id = $1 and o.resource = $4 and o.object_id = any ($12::text[])
    )
    select (select count(*)::int from held) as held, (select count(*)::int from saved) as saved,
           (select "left" from held) as "left"`,
}

/** 1 instance, 2 resource. */
export const hashes = {
  name: 'poll_hashes',
  text: `select object_id as id, hash from polled_object where instance_id = $1 and resource = $2`,
}

/** 1 instance, 2 epoch. First half of letting go: whoever asks for a poll from now on waits for the second. */
export const hold = {
  name: 'poll_hold',
  text: `select run_id as "runId" from polled_instance where instance_id = $1 and epoch = $2 for update`,
}

/** 1 instance, 2 rest ms. */
export const letGo = {
  name: 'poll_let_go',
  text: `
    with resources as (
      select min(next_due) filter (where paused_at is null) as next_due,
             bool_or(run_id is not null) as working
      from polled_resource where instance_id = $1 and configured
    )
    update polled_instance i
    set lease_owner = null,
        not_before = case when $2::bigint > 0 then greatest(i.not_before, now() + $2 * interval '1 ms') else i.not_before end,
        due_at = case when i.enabled and r.next_due is not null
          then greatest(r.next_due, i.not_before, case when $2::bigint > 0 then now() + $2 * interval '1 ms' end) end,
        run_id = case when r.working then i.run_id end
    from resources r
    where i.instance_id = $1
    returning i.run_id as "runId"`,
}

/** 1 run. What the run held of resources that are no longer configured is over. */
export const endRun = {
  name: 'poll_end_run',
  text: `
    with ended as (update poll_run set finished_at = now() where id = $1)
    ${failUnended} where run_id = $1 and state = 'running'`,
}

/** 1 instance, 2 epoch. */
export const retire = {
  name: 'poll_retire',
  text: `
    with held as (
      select instance_id, run_id from polled_instance where instance_id = $1 and epoch = $2 for no key update
    ), retired as (
      update polled_instance i set lease_owner = null, due_at = null, run_id = null, enabled = false
      from held where i.instance_id = held.instance_id
    ), rested as (
      update polled_resource r set run_id = null, started_at = null
      from held where r.instance_id = held.instance_id and r.run_id is not null
    ), ended as (
      update poll_run set finished_at = now() from held where id = held.run_id
    )
    update poll_run_resource r set state = 'failed', error = 'the instance is no longer polled'
    from held where r.run_id = held.run_id and r.state = 'running'`,
}

/** 1 age ms, 2 limit. Another poller that does the same takes others. */
export const forgetRuns = {
  name: 'poll_forget_runs',
  text: `
    delete from poll_run where id = any (array(
      select id from poll_run where finished_at < now() - $1 * interval '1 ms' limit $2 for update skip locked
    ))`,
}
