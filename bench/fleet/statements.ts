import type { Pool } from 'pg'

/** Calls, and the milliseconds that all of them took PostgreSQL, by what the statement is for. */
export type Statements = Record<string, { calls: number; ms: number }>

// By what is in no other statement's text.
const marks: Record<string, string> = {
  claim: '%skip locked%update polled_instance%',
  'instances of a claim': '%known (id, version)%',
  checkpoint: '%update polled_resource set checkpoint%',
  'settle and let go': '%set (lease_owner, due_at, not_before, run_id)%',
  'begin again': '%update polled_instance i set due_at%and i.enabled%',
  'let go': '%for update%run_id as "runId" from polled_instance%',
  'keep leases': '%where p.lease_owner is not null%',
}

/** Statements that PostgreSQL ran since the last time. */
export async function takeStatements(pool: Pool): Promise<Statements> {
  const { rows } = await pool.query<{ name: string; calls: number; ms: number }>(
    `select coalesce(m.name, 'others') as name, sum(s.calls)::float8 as calls, sum(s.total_exec_time) as ms
     from pg_stat_statements s join pg_database d on d.oid = s.dbid and d.datname = current_database()
     left join unnest($1::text[], $2::text[]) as m (name, mark) on s.query ilike m.mark
     where s.query not ilike '%pg_stat_statements%'
     group by 1 order by calls desc`,
    [Object.keys(marks), Object.values(marks)],
  )
  await pool.query('select pg_stat_statements_reset()')
  return Object.fromEntries(rows.map(({ name, calls, ms }) => [name, { calls, ms }]))
}
