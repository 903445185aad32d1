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

    await runner.query(READ)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop function event_log_read`)
    await runner.query(
      `drop table event_log_position, event_log_member, event_log_group, event_log_record, event_log_partition`,
    )
  }
}

// A function, because it needs settings of its own: a day that has just begun has no statistics, and the planner takes it
// for so small that it would read and sort all of it for every fetch. As plpgsql its plan is kept.
// Counters and records are read in the caller's one snapshot, so a hole below a counter is a hole for good. The sum lets
// a partition's first record through whatever its size. There is no outer order on purpose: it would make every
// partition's records be read before the first one is returned; a lateral join yields each partition's in order.
const READ = `
  create function event_log_read(ids integer[], positions bigint[], max_records integer, max_bytes bigint)
  returns table (id integer, next_offset bigint, record_offset bigint, key bytea, headers bytea, value bytea, at_ms bigint)
  language plpgsql stable
  set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off
  as $$
  #variable_conflict use_column
  begin
    return query
    select w.id, p.next_offset, r.record_offset, r.key, r.headers, r.value,
      (extract(epoch from r.appended_at) * 1000)::bigint
    from unnest(ids, positions) as w (id, position)
    join event_log_partition p on p.id = w.id and p.next_offset > w.position
    left join lateral (
      select * from (
        select e.record_offset, e.key, e.headers, e.value, e.appended_at,
          sum(octet_length(e.value)) over (order by e.record_offset rows unbounded preceding)
            - octet_length(e.value) as before
        from event_log_record e
        where e.partition_id = w.id and e.record_offset >= w.position
        order by e.record_offset
        limit max_records
      ) s where s.before < max_bytes
    ) r on true
    limit max_records;
  end $$`
