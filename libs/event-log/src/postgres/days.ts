import type { Client, Pool, PoolClient } from 'pg'

/** Days of records to be there ahead of time: an hourly look makes them, so a day's outage of all processes does no harm. */
const DAYS_AHEAD = 3
const LOCK = 7_220_415_301

/** Makes the tables of yesterday, today and the days ahead. Quick where they are there. */
export async function ensureDays(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ day: string }>(MISSING, [DAYS_AHEAD])
  if (rows.length === 0) return
  const client = await pool.connect()
  try {
    await client.query('begin')
    await client.query(`set local lock_timeout = '3s'`)
    await client.query('select pg_advisory_xact_lock($1)', [LOCK])
    // Another process may have been first.
    const { rows: still } = await client.query<{ day: string }>(MISSING, [DAYS_AHEAD])
    for (const { day } of still) await makeDay(client, day)
    await client.query('commit')
    client.release()
  } catch (error) {
    client.release(true)
    throw error
  }
}

// Created by itself and attached: that waits for no reader and no append, as CREATE … PARTITION OF would. Records are
// compressed only where fewer than two fit on a page: for the usual ones that took a tenth of PostgreSQL's time.
async function makeDay(client: PoolClient, day: string): Promise<void> {
  const table = tableOf(day)
  await client.query(`create table ${table} (like event_log_record including all) with (toast_tuple_target = 4080)`)
  await client.query(
    `alter table event_log_record attach partition ${table} for values from ('${day}') to (date '${day}' + 1)`,
  )
}

/** A group that reads all topics whose names begin so, whether it has begun to or not. */
export interface Reader {
  group: string
  topicPrefix: string
}

/**
 * Drops the days older than `keepDays` that every group has read to the end of, `reader` included.
 * @param client a session of its own: DETACH … CONCURRENTLY runs in no transaction, and its lock time-out is the session's
 * @returns the days dropped
 */
export async function dropDays(client: Client, keepDays: number, reader?: Reader): Promise<string[]> {
  const { rows: locked } = await client.query<{ mine: boolean }>('select pg_try_advisory_lock($1) as mine', [LOCK])
  if (!locked[0]?.mine) return []
  try {
    await client.query(`set lock_timeout = '3s'`)
    const dropped: string[] = []
    const { rows } = await client.query<{ day: string; state: DayState }>(OLD, [keepDays])
    for (const { day, state } of rows) {
      if (state === 'attached' && (await isNeeded(client, day, reader))) break
      await dropDay(client, day, state)
      dropped.push(day)
    }
    return dropped
  } finally {
    await client.query('select pg_advisory_unlock($1)', [LOCK])
  }
}

/** `detaching`: an earlier attempt was cut off, and has to be finished. `detached`: all that is left to do is to drop it. */
type DayState = 'attached' | 'detaching' | 'detached'

async function dropDay(client: Client, day: string, state: DayState): Promise<void> {
  const table = tableOf(day)
  if (state === 'attached') await client.query(`alter table event_log_record detach partition ${table} concurrently`)
  if (state === 'detaching') await client.query(`alter table event_log_record detach partition ${table} finalize`)
  await client.query(`drop table ${table}`)
}

async function isNeeded(client: Client, day: string, reader?: Reader): Promise<boolean> {
  const last = (of: string) => `(select max(record_offset) from ${tableOf(day)} r where r.partition_id = ${of})`
  const { rows } = await client.query<{ needed: boolean }>(
    `select exists (select from event_log_position o where o.committed <= ${last('o.partition_id')})
       or exists (
         select from event_log_partition p
         where starts_with(p.topic, $1) and ${last('p.id')} is not null and not exists (
           select from event_log_position o where o.partition_id = p.id and o.group_name = $2)) as needed`,
    [reader?.topicPrefix ?? null, reader?.group ?? null],
  )
  return rows[0]?.needed ?? true
}

function tableOf(day: string): string {
  if (!/^\d{4}-\d\d-\d\d$/.test(day)) throw new Error(`"${day}" is not a day`)
  return `event_log_record_${day.replaceAll('-', '')}`
}

// Looked up in the table, not by to_regclass: that answers from a cache, which after a wait for the lock is out of date.
const MISSING = `
  select day::date::text as day
  from generate_series((now() at time zone 'UTC')::date - 1, (now() at time zone 'UTC')::date + $1::int, interval '1 day') day
  where not exists (
    select from pg_class where relname = 'event_log_record_' || to_char(day, 'YYYYMMDD')
      and relnamespace = (select relnamespace from pg_class where oid = 'event_log_record'::regclass))`

const OLD = `
  select to_date(right(c.relname, 8), 'YYYYMMDD')::text as day,
    case when i.inhrelid is null then 'detached' when i.inhdetachpending then 'detaching' else 'attached' end as state
  from pg_class c left join pg_inherits i on i.inhrelid = c.oid
  where c.relname ~ '^event_log_record_[0-9]{8}$' and c.relkind = 'r'
    and c.relnamespace = (select relnamespace from pg_class where oid = 'event_log_record'::regclass)
    and to_date(right(c.relname, 8), 'YYYYMMDD') < (now() at time zone 'UTC')::date - $1::int
  order by 1`
