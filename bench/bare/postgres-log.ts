import pg from 'pg'
import { partitions, type BareLog, type BareRecord } from './record.js'
import { microBatch } from './micro-batch.js'

const appendSql = `
  with locked as materialized (
    select partition, next from log_partition where partition = any($1::integer[]) order by partition for update),
  counts as (select * from unnest($1::integer[], $2::integer[]) as c (partition, n)),
  advanced as (
    update log_partition p set next = l.next + c.n from locked l join counts c using (partition)
    where p.partition = l.partition returning p.partition, l.next as base),
  added as (
    insert into log_record (partition, record_offset, key, value)
    select r.partition, a.base + r.position, r.key, r.value
    from unnest($3::integer[], $4::integer[], $5::text[], $6::text[]) as r (partition, position, key, value)
    join advanced a on a.partition = r.partition)
  select pg_notify('bare_log', '')`

const readSql = `
  select r.partition, r.record_offset, r.value
  from unnest($1::integer[], $2::bigint[]) as w (partition, position)
  cross join lateral (
    select * from log_record l where l.partition = w.partition and l.record_offset >= w.position
    order by l.record_offset limit 200) r`

const commitSql = `
  insert into log_position select * from unnest($1::integer[], $2::bigint[])
  on conflict (partition) do update set committed = excluded.committed`

export const postgresLogSchema = `
  create table log_partition (partition integer primary key, next bigint not null default 0);
  create table log_record (partition integer, record_offset bigint, key text, value text,
    appended_at timestamptz default now(), primary key (partition, record_offset));
  create table log_position (partition integer primary key, committed bigint not null);
  insert into log_partition select generate_series(0, ${partitions - 1})`

/** A log in PostgreSQL: counter rows locked in order, an append per batch, NOTIFY to wake the reader. */
export async function postgresLog(url: string): Promise<BareLog> {
  const pool = new pg.Pool({ connectionString: url, max: 10 })
  return { append: microBatch(records => append(pool, records), 2), read: handle => read(pool, url, handle) }
}

async function append(pool: pg.Pool, records: BareRecord[]): Promise<void> {
  const byPartition = new Map<number, BareRecord[]>()
  for (const record of records)
    byPartition.set(record.partition, [...(byPartition.get(record.partition) ?? []), record])
  const touched = [...byPartition.keys()].sort((a, b) => a - b)
  const rows = touched.flatMap(partition => byPartition.get(partition)!.map((record, index) => ({ ...record, index })))
  await pool.query({
    name: 'append',
    text: appendSql,
    values: [
      ...[touched, touched.map(partition => byPartition.get(partition)!.length)],
      ...[rows.map(row => row.partition), rows.map(row => row.index)],
      ...[rows.map(row => row.key), rows.map(row => row.value)],
    ],
  })
}

async function read(pool: pg.Pool, url: string, handle: (values: string[]) => Promise<void>): Promise<void> {
  const listener = new pg.Client({ connectionString: url })
  await listener.connect()
  await listener.query('listen bare_log')
  let wake = () => {}
  listener.on('notification', () => wake())
  const positions = Array.from({ length: partitions }, () => 0)
  for (;;) {
    const { rows } = await pool.query<{ partition: number; record_offset: string; value: string }>({
      ...{ name: 'read', text: readSql, values: [[...positions.keys()], positions] },
    })
    if (rows.length === 0) {
      await new Promise<void>(done => {
        wake = done
        setTimeout(done, 50)
      })
      continue
    }
    await handle(rows.map(row => row.value))
    for (const row of rows)
      positions[row.partition] = Math.max(positions[row.partition]!, Number(row.record_offset) + 1)
    await pool.query({ name: 'commit', text: commitSql, values: [[...positions.keys()], positions] })
  }
}
