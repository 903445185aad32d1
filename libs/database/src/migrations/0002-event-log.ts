import type { MigrationInterface, QueryRunner } from 'typeorm'

/** The PostgreSQL engine of the event log: libs/event-log/src/postgres. */
export class EventLog1700000000002 implements MigrationInterface {
  readonly name = 'EventLog1700000000002'

  async up(runner: QueryRunner): Promise<void> {
    // The counters that offsets come from. Half-empty pages let every append update them in place.
    await runner.query(`
      create table event_log_partition (
        id integer generated always as identity primary key,
        topic text not null,
        partition integer not null,
        next_offset bigint not null default 0,
        unique (topic, partition)
      ) with (fillfactor = 50)`)

    // Keys, headers and values are bytes: text would refuse a NUL, and one refused record would fail a whole flush.
    await runner.query(`
      create table event_log_record (
        day date not null,
        partition_id integer not null,
        record_offset bigint not null,
        key bytea not null,
        headers bytea not null,
        value bytea not null,
        appended_at timestamptz not null,
        primary key (partition_id, record_offset, day)
      ) partition by range (day)`)

    await runner.query(`create table event_log_group (name text primary key)`)

    await runner.query(`
      create table event_log_member (
        group_name text not null references event_log_group (name) on delete cascade,
        id uuid not null,
        topics text[] not null,
        expires_at timestamptz not null,
        primary key (group_name, id)
      )`)

    // committed: the offset of the next record to be read. epoch: grows with every change of owner.
    await runner.query(`
      create table event_log_position (
        group_name text not null references event_log_group (name) on delete cascade,
        partition_id integer not null references event_log_partition (id) on delete cascade,
        committed bigint not null default 0,
        owner uuid,
        epoch bigint not null default 0,
        primary key (group_name, partition_id)
      ) with (fillfactor = 50)`)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `drop table event_log_position, event_log_member, event_log_group, event_log_record, event_log_partition`,
    )
  }
}
