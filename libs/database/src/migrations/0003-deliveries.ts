import type { MigrationInterface, QueryRunner } from 'typeorm'

/** Events, notifications, deliveries and attempts; lanes, subscriptions and who works on which lane. */
export class Deliveries1700000000003 implements MigrationInterface {
  readonly name = 'Deliveries1700000000003'

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [
      ...whatHappened,
      ...whereItGoes,
      ...whatWaits,
      ...whatIsSentAgain,
      ...inWhatOrder,
      ...whatIsLeftOut,
    ]) {
      await runner.query(statement)
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `drop table ordered_object, delivery, subscription, lane, dispatcher, attempt, notification, event`,
    )
    await runner.query(`drop table event_key`)
    await runner.query(`drop function delivery_free_next`)
    await runner.query(`drop sequence delivery_position`)
    await runner.query(`drop table rejected_record, erasing, erased`)
    await runner.query(`drop sequence id_block`)
  }
}

// Insert-only and partitioned by the UTC day of storing: retention drops a day's table instead of deleting its rows.
// There is no default partition, since DETACH CONCURRENTLY doesn't work beside one; the dispatcher makes days ahead.
const whatHappened = [
  // A partitioned table can't hold ids unique across its partitions, so this one does; and it says where the event is, so
  // that its day needs no index of ids, which come in no order.
  `create table event_key (
     id text primary key,
     day date not null,
     instance_id integer not null,
     notification_id bigint not null
   )`,
  `create index event_key_day on event_key using brin (day)`,
  // Processes draw blocks of 1,000 ids, so that a batch needs no round trip to learn the ids of its rows.
  `create sequence id_block`,
  // "head" is the event's JSON without its member "raw"; "raw" is the vendor's JSON text, byte for byte.
  `create table event (
     day date not null,
     notification_id bigint not null,
     ordinal smallint not null,
     id text not null,
     account_id integer not null,
     instance_id integer not null,
     object_type text not null,
     object_id text not null,
     event_type text not null,
     stored_at timestamptz not null,
     head text not null,
     raw text not null
   ) partition by range (day)`,
  // With what lists are filtered by, so that what doesn't fit isn't read.
  `create index event_of_instance on event (instance_id, day, notification_id, ordinal)
     include (object_type, event_type, stored_at)`,
  // What the analytics count, without the events themselves.
  `create index event_of_account on event (account_id, stored_at) include (instance_id, notification_id, day)`,
  `create table notification (
     day date not null,
     id bigint not null,
     account_id integer not null,
     instance_id integer not null,
     source text not null,
     created_at timestamptz not null,
     primary key (id, day)
   ) partition by range (day)`,
  `create table attempt (
     day date not null,
     notification_id bigint not null,
     subscription_id bigint not null,
     account_id integer not null,
     instance_id integer not null,
     number smallint not null,
     started_at timestamptz not null,
     duration_ms integer not null,
     outcome text not null,
     status smallint,
     error text,
     answer text
   ) partition by range (day)`,
  `create index attempt_of_notification on attempt (notification_id) include (day, outcome)`,
  `create index attempt_of_account on attempt (account_id, started_at, subscription_id, notification_id)
     include (day, outcome)`,
]

const whereItGoes = [
  // One row per dispatcher process. Its lease covers all lanes it owns, so one small update renews them all.
  `create table dispatcher (
     id bigint generated always as identity primary key,
     name text not null,
     started_at timestamptz not null default now(),
     seen_at timestamptz not null default now(),
     leased_until timestamptz not null
   )`,
  // One lane per account and URL (hashed, since a URL may exceed what an index holds), worked on by one dispatcher at a time;
  // "epoch" grows when it changes hands.
  // "next_due" is kept only while nobody owns it: when an owner is wanted. "paced_at" is how far its rate is spent; while
  // it has an owner, some of that is still to be spent.
  `create table lane (
     id bigint generated always as identity primary key,
     account_id integer not null,
     url text not null,
     url_hash bytea not null,
     concurrency smallint,
     rate_per_second double precision,
     paced_at timestamptz,
     owner bigint,
     epoch integer not null default 0,
     next_due timestamptz,
     failures integer not null default 0,
     failing_since timestamptz,
     open_until timestamptz,
     pause_ms integer not null default 0,
     last_success_at timestamptz,
     created_at timestamptz not null default now(),
     unique (account_id, url_hash)
   ) with (fillfactor = 70)`,
  `create index lane_owner on lane (owner) where owner is not null`,
  `create index lane_wanted on lane (next_due) where owner is null and next_due is not null`,
  // A URL that gets an instance's events: the one that the instance is configured with, ones added beside it, or both
  // in one. "retired": the instance was deleted, and only what was accepted before is sent. Earlier ones have ended.
  `create table subscription (
     id bigint generated always as identity primary key,
     account_id integer not null,
     instance_id integer not null,
     element_key text not null,
     lane_id bigint not null references lane,
     url text not null,
     configured boolean not null default true,
     added boolean not null default false,
     retired boolean not null default false,
     rate_per_second double precision,
     active boolean not null default true,
     deactivated_reason text,
     deactivated_at timestamptz,
     created_at timestamptz not null default now(),
     ended_at timestamptz,
     check (configured or added or ended_at is not null)
   )`,
  `create unique index subscription_current on subscription (instance_id, lane_id) where ended_at is null`,
  `create unique index subscription_configured on subscription (instance_id) where configured and ended_at is null`,
  `create index subscription_of_instance on subscription (instance_id, id)`,
  `create index subscription_of_account on subscription (account_id, id) where ended_at is null`,
  `create index subscription_lane on subscription (lane_id)`,
  // A lane's rate is the lowest of these.
  `create index subscription_rate on subscription (lane_id, rate_per_second)
     where ended_at is null and not retired and rate_per_second is not null`,
]

// What is not delivered yet; a row goes with its end. It churns, so vacuum has to keep up; but it must not shrink the
// table to nothing, for a plan made then would read all of it, and still be in use when the next backlog has come.
// "position": only of those that keep the order of their objects; "behind": an earlier one is known to be before it, whose
// end will clear this. Not being behind proves nothing: whoever is about to send it looks.
const whatWaits = [
  `create table delivery (
     id bigint primary key,
     notification_id bigint not null,
     day date not null,
     account_id integer not null,
     instance_id integer not null,
     subscription_id bigint not null,
     lane_id bigint not null,
     state text not null check (state in ('due', 'queued')),
     attempts smallint not null default 0,
     hurried smallint not null default 0,
     replay boolean not null default false,
     replay_id bigint,
     requeue boolean not null default false,
     created_at timestamptz not null,
     updated_at timestamptz not null default now(),
     due_at timestamptz not null,
     not_before timestamptz,
     first_attempt_at timestamptz,
     last_error text,
     position bigint,
     behind boolean not null default false,
     unique (notification_id, subscription_id)
   ) with (fillfactor = 80, vacuum_truncate = off, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000,
           autovacuum_analyze_scale_factor = 0.05, autovacuum_analyze_threshold = 2000)`,
  `create index delivery_due on delivery (lane_id, due_at, id) where state = 'due' and not behind`,
  `create index delivery_of_subscription on delivery (subscription_id, id)`,
  // An account's lists: a delivery is in one of them at a time, and few of a kind are found among many of another.
  `create index delivery_created on delivery (account_id, id) where state = 'due' and attempts = 0`,
  `create index delivery_queued on delivery (account_id, id) where state = 'queued'`,
  `create index delivery_retried on delivery (account_id, id) where state = 'due' and attempts > 0`,
  `create index delivery_of_replay on delivery (replay_id, state, lane_id) where replay_id is not null`,
]

// Notifications to be sent again: those of "notification_ids", or of an instance from "from_at" until before "to_at".
// Made a few at a time, in one transaction with the cursor, so that whoever goes on makes none twice. "paced_at" is how
// far its rate is spent. A delivery of one that was queued before it ("requeue") is queued again where it is cancelled.
const whatIsSentAgain = [
  `create table replay (
     id bigint generated always as identity primary key,
     account_id integer not null,
     instance_id integer,
     subscription_id bigint,
     notification_ids bigint[],
     from_at timestamptz not null default '-infinity',
     to_at timestamptz not null,
     object_type text,
     undelivered boolean not null default false,
     per_second double precision not null,
     notifications integer not null,
     exact boolean not null,
     state text not null default 'running' check (state in ('running', 'done', 'cancelled', 'failed')),
     error text,
     cursor_day date not null default '-infinity',
     cursor_id bigint not null default 0,
     exhausted boolean not null default false,
     made integer not null default 0,
     skipped integer not null default 0,
     delivered integer not null default 0,
     paced_at timestamptz not null default clock_timestamp(),
     next_at timestamptz not null default clock_timestamp(),
     created_at timestamptz not null default clock_timestamp(),
     updated_at timestamptz not null default clock_timestamp(),
     finished_at timestamptz,
     check ((instance_id is null) <> (notification_ids is null))
   )`,
  `create index replay_of_account on replay (account_id, id)`,
  `create index replay_running on replay (next_at) where state = 'running'`,
  `create index replay_finished on replay (finished_at) where finished_at is not null`,
  // What arrived since the row of the replay was last written: inserted, since many batches of outcomes would wait for it.
  `create table replay_progress (
     replay_id bigint not null,
     delivered integer not null
   )`,
  `create index replay_progress_of on replay_progress (replay_id)`,
]

// Of instances with an order alone; all others have no rows here and take no part in it.
const inWhatOrder = [
  // One at a time and never cached: a later number is drawn later, whoever draws it.
  `create sequence delivery_position`,
  // The objects that a waiting delivery holds, as hashes; gone with it.
  `create table ordered_object (
     subscription_id bigint not null,
     object bigint not null,
     position bigint not null,
     delivery_id bigint not null,
     primary key (subscription_id, object, position)
   ) with (fillfactor = 80, vacuum_truncate = off, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000,
           autovacuum_analyze_scale_factor = 0.05, autovacuum_analyze_threshold = 2000)`,
  `create index ordered_object_delivery on ordered_object (delivery_id)`,
  // However a delivery comes to its end, the next one of each of its objects may be looked at. A function, since each of
  // its statements sees what was committed while the one before waited: whoever put a delivery behind this one held a
  // lock on this one's row meanwhile. A next one that isn't there any more goes in the same statement, its turn to come,
  // or went in another transaction.
  `create function delivery_free_next() returns trigger language plpgsql
   set enable_seqscan = off
   as $$
   declare
     held record;
     next bigint;
   begin
     for held in delete from ordered_object where delivery_id = old.id returning object loop
       loop
         select o.delivery_id into next from ordered_object o
         where o.subscription_id = old.subscription_id and o.object = held.object and o.position > old.position
         order by o.position limit 1;
         exit when not found;
         update delivery set behind = false where id = next;
         exit when found;
         delete from ordered_object where delivery_id = next and object = held.object;
       end loop;
     end loop;
     return null;
   end $$`,
  `create trigger delivery_ended after delete on delivery
     for each row when (old.position is not null) execute function delivery_free_next()`,
]

const whatIsLeftOut = [
  // Records that can't be stored, whatever is tried. Bytes, since what is wrong may be the text itself.
  `create table rejected_record (
     id bigint generated always as identity primary key,
     topic text not null,
     partition integer not null,
     record_offset numeric not null,
     key bytea not null,
     value bytea not null,
     error text not null,
     rejected_at timestamptz not null default now(),
     unique (topic, partition, record_offset)
   )`,
  `create index rejected_record_age on rejected_record (rejected_at)`,
  // What was erased: records appended before then are not stored again out of the log, nor moved on. No object means the
  // whole instance. "key": what the log's keys of it are or, of a whole instance, begin with; a hash, since it may be long.
  // The row is also the erasure's report, and how far it got: "leased_until" is whose turn it is to work on it.
  // Rows stay for good: a log may be read anew, or a backup of one restored, years later.
  `create table erased (
     id bigint generated always as identity primary key,
     account_id integer not null,
     instance_id integer not null,
     object_type text,
     object_id text,
     key bytea not null,
     erased_at timestamptz not null default clock_timestamp(),
     removed jsonb not null default '{}',
     listed boolean not null default false,
     finished_at timestamptz,
     swept_at timestamptz,
     leased_until timestamptz,
     check ((object_type is null) = (object_id is null))
   )`,
  `create index erased_key on erased using hash (key)`,
  `create index erased_instance on erased (instance_id, id)`,
  `create index erased_unfinished on erased (id) where swept_at is null`,
  // The events that an erasure under way has yet to remove; "sibling": another object's, whose body names the erased one.
  `create table erasing (
     erasure_id bigint not null references erased on delete cascade,
     day date not null,
     notification_id bigint not null,
     ordinal smallint not null,
     sibling boolean not null,
     primary key (erasure_id, day, notification_id, ordinal)
   )`,
]
