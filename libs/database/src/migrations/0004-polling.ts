import type { MigrationInterface, QueryRunner } from 'typeorm'

/** What is polled, how far it got, and the runs it was polled in. */
export class Polling1700000000004 implements MigrationInterface {
  readonly name = 'Polling1700000000004'

  async up(runner: QueryRunner): Promise<void> {
    // Never used twice, so that a row deleted and made again can't be mistaken for the one a poller still holds.
    await runner.query(`create sequence polling_epoch`)
    // One row per polling instance, since its resources are polled one after another: this is what a poller claims.
    // due_at is when a poller may take it: the next due time of its resources, the vendor's Retry-After, or, while
    // leased, the lease's end. Null: nothing to do. changes: counted up by whoever changes the schedule while a poller
    // may be at work, so that one which lets go at that moment notices.
    await runner.query(`
      create table polled_instance (
        instance_id integer primary key references instance on delete cascade,
        account_id integer not null,
        enabled boolean not null,
        due_at timestamptz,
        not_before timestamptz,
        lease_owner text,
        epoch bigint not null default 0,
        changes integer not null default 0,
        run_id uuid
      ) with (fillfactor = 70)`)
    await runner.query(`create index polled_instance_due on polled_instance (due_at) where due_at is not null`)
    await runner.query(
      `create index polled_instance_not_before on polled_instance (not_before) where not_before is not null`,
    )
    // What the configuration no longer names stays, so that it goes on from its watermark should it come back.
    // watermark_ms and since_ms are instants of the vendor's clock in milliseconds; nothing older than since_ms is ever
    // an event. interval_ms: what next_due was reckoned with. run_id: the run it is part of, until it is finished in
    // it; started_at: since when it is polled in it. took_ms: how long its last run took that ended, waits included.
    // overruns: how many in a row took longer than the interval; overrunning: the last one did, or the one under way
    // does. read_until: when the last run began that was published to its end.
    await runner.query(`
      create table polled_resource (
        instance_id integer not null references polled_instance on delete cascade,
        resource text not null,
        configured boolean not null default true,
        next_due timestamptz not null,
        interval_ms bigint not null default 900000,
        since_ms bigint not null,
        watermark_ms bigint not null,
        state jsonb not null default '{}',
        checkpoint jsonb,
        run_id uuid,
        started_at timestamptz,
        took_ms bigint,
        overruns integer not null default 0,
        overrunning boolean not null default false,
        read_until timestamptz,
        failures integer not null default 0,
        paused_at timestamptz,
        last_error text,
        polled_at timestamptz,
        pages integer not null default 0,
        records integer not null default 0,
        events integer not null default 0,
        primary key (instance_id, resource)
      ) with (fillfactor = 70)`)
    // For looking at what is wrong. Of what goes well nothing here changes, so that a poll's updates touch no index.
    await runner.query(`
      create index polled_resource_troubled on polled_resource (instance_id, resource)
      where configured and (paused_at is not null or failures > 0 or overrunning)`)
    // The hash of every object last seen, where only a snapshot shows changes.
    await runner.query(`
      create table polled_object (
        instance_id integer not null,
        resource text not null,
        object_id text not null,
        hash text not null,
        primary key (instance_id, resource, object_id),
        foreign key (instance_id, resource) references polled_resource on delete cascade
      )`)
    // No foreign key to instance: its check would wait for the instance's row lock, whose holder may wait for a poller's.
    await runner.query(`
      create table poll_run (
        id uuid primary key,
        instance_id integer not null,
        trigger text not null check (trigger in ('schedule', 'request')),
        started_at timestamptz not null default now(),
        finished_at timestamptz
      )`)
    await runner.query(`create index poll_run_instance on poll_run (instance_id, started_at desc)`)
    await runner.query(`create index poll_run_finished on poll_run (finished_at) where finished_at is not null`)
    await runner.query(`
      create table poll_run_resource (
        run_id uuid not null references poll_run on delete cascade,
        resource text not null,
        state text not null default 'running' check (state in ('running', 'done', 'failed')),
        pages integer not null default 0,
        records integer not null default 0,
        events integer not null default 0,
        error text,
        primary key (run_id, resource)
      ) with (fillfactor = 80)`)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table poll_run_resource, poll_run, polled_object, polled_resource, polled_instance`)
    await runner.query(`drop sequence polling_epoch`)
  }
}
