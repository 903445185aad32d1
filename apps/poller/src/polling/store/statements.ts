/**
 * The schedule's statements. Whatever touches several tables takes the row of polled_instance first, so that nothing
 * waits for each other in a circle. Every guard is `epoch`: a poller that has lost its lease changes nothing.
 */

/** 1 limit, 2 owner, 3 lease ms. While leased, due_at is the lease's end: a poller that died needn't be looked for. */
export const claimDue = {
  name: 'poll_claim_due',
  text: `
    with due as (
      select instance_id from polled_instance
      where due_at <= now()
      order by due_at
      limit $1
      for update skip locked
    )
    update polled_instance i
    set due_at = now() + $3 * interval '1 ms', lease_owner = $2, epoch = nextval('polling_epoch')
    from due where i.instance_id = due.instance_id
    returning i.instance_id as "instanceId", i.epoch`,
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

/** 1 instance, 2 epoch, 3 lease ms, 4 id for a new run, 5 checkpoint for those that have none. */
export const begin = {
  name: 'poll_begin',
  text: `
    with held as (
      update polled_instance i
      set due_at = now() + $3 * interval '1 ms',
          run_id = case when exists (
            select from polled_resource r
            where r.instance_id = i.instance_id and r.configured and r.paused_at is null and r.next_due <= now()
          ) then coalesce(i.run_id, $4) else i.run_id end
      where i.instance_id = $1 and i.epoch = $2 and i.enabled
      returning i.run_id
    ), begun as (
      update polled_resource r
      set run_id = held.run_id, checkpoint = coalesce(r.checkpoint, $5)
      from held
      where r.instance_id = $1 and r.configured and r.paused_at is null and r.next_due <= now()
      returning r.*
    ), run as (
      insert into poll_run (id, instance_id, trigger)
      select distinct run_id, $1::integer, 'schedule' from begun
      on conflict do nothing
    ), listed as (
      insert into poll_run_resource (run_id, resource) select run_id, resource from begun
      on conflict (run_id, resource) do update set state = 'running', error = null
    )
    select resource, run_id as "runId", since_ms as "sinceMs", watermark_ms as "watermarkMs", state, checkpoint, failures
    from begun order by next_due, resource`,
}

/** 1 instance, 2 epoch, 3 lease ms, 4 resource, 5 run, 6 checkpoint, 7-9 counts, 10 object ids, 11 hashes. */
export const checkpoint = {
  name: 'poll_checkpoint',
  text: `
    with held as (
      update polled_instance set due_at = now() + $3 * interval '1 ms'
      where instance_id = $1 and epoch = $2
      returning 1
    ), saved as (
      update polled_resource set checkpoint = $6 from held where instance_id = $1 and resource = $4 and configured
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
 * gone, 13 watermark, 14 state, 15 wait ms, 16 failures, 17 paused, 18 error, 19 the run goes on, 20 its state there.
 */
export const settle = {
  name: 'poll_settle',
  text: `
    with held as (
      update polled_instance set due_at = now() + $3 * interval '1 ms'
      where instance_id = $1 and epoch = $2
      returning 1
    ), saved as (
      update polled_resource set
        watermark_ms = greatest(watermark_ms, $13), state = coalesce($14, state), checkpoint = $6,
        next_due = now() + $15 * interval '1 ms', failures = $16, last_error = $18, polled_at = now(),
        paused_at = case when $17 then coalesce(paused_at, now()) end,
        pages = $7, records = $8, events = $9, run_id = case when $19 then run_id end
      from held where instance_id = $1 and resource = $4 and configured
      returning 1
    ), told as (
      update poll_run_resource set state = $20, pages = $7, records = $8, events = $9, error = $18
      from saved where run_id = $5 and resource = $4
    ), remembered as (
      insert into polled_object (instance_id, resource, object_id, hash)
      select $1, $4, id, hash from saved, unnest($10::text[], $11::text[]) as t (id, hash)
      on conflict (instance_id, resource, object_id) do update set hash = excluded.hash
    ), forgotten as (
      delete from polled_object o using saved
      where o.instance_id = $1 and o.resource = $4 and o.object_id = any ($12::text[])
    )
    select (select count(*)::int from held) as held, (select count(*)::int from saved) as saved`,
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
    with ended as (update poll_run set finished_at = now() where id = $1 returning id)
    update poll_run_resource r set state = 'failed', error = 'no longer configured'
    from ended where r.run_id = ended.id and r.state = 'running'`,
}

/** 1 instance, 2 epoch. */
export const retire = {
  name: 'poll_retire',
  text: `
    update polled_instance set lease_owner = null, due_at = null, enabled = false
    where instance_id = $1 and epoch = $2`,
}

/** 1 age ms, 2 limit. */
export const forgetRuns = {
  name: 'poll_forget_runs',
  text: `
    delete from poll_run where id in (
      select id from poll_run where finished_at < now() - $1 * interval '1 ms' limit $2
    )`,
}

export const overdue = {
  name: 'poll_overdue',
  text: `
    select coalesce(extract(epoch from now() - due_at) * 1000, 0)::float8 as ms
    from polled_instance where due_at is not null order by due_at limit 1`,
}
