import type { Pool } from 'pg'
import { cpuSeconds } from '../cpu.js'
import { pause, type Program } from '../processes.js'
import { takeStatements, type Statements } from './statements.js'
import type { IdleVendor } from './vendor.js'

export interface Rig {
  pool: Pool
  vendor: IdleVendor
  postgresPid: number
}

/** What pollers did in a while. */
export interface Period {
  seconds: number
  polls: number
  /** To the vendor: all, by path, and in each whole second. */
  requests: number
  counts: Map<string, number>
  perSecond: number[]
  /** CPU seconds of each process; null where the system has no /proc. */
  cpu: Record<string, number> | null
  statements: Statements
  /** The longest that an instance was due and not claimed. */
  overdueMs: number
}

export async function during({ pool, vendor, postgresPid }: Rig, pollers: Program[], seconds: number): Promise<Period> {
  const pids = { ...Object.fromEntries(pollers.map(({ pid }, at) => [`poller ${at + 1}`, pid])), postgres: postgresPid }
  const before = { runs: await finishedRuns(pool), cpu: cpuSeconds(pids) }
  await takeStatements(pool)
  vendor.take()
  const began = performance.now()
  let overdueMs = 0
  while (performance.now() - began < seconds * 1_000) {
    await pause(1_000)
    const { rows } = await pool.query<{ ms: number }>(
      `select coalesce(extract(epoch from now() - min(due_at)) * 1000, 0)::float8 as ms from polled_instance`,
    )
    overdueMs = Math.max(overdueMs, rows[0]!.ms)
  }
  const cpu = cpuSeconds(pids)
  return {
    seconds: (performance.now() - began) / 1_000,
    ...vendor.take(),
    statements: await takeStatements(pool),
    polls: (await finishedRuns(pool)) - before.runs,
    cpu: cpu && Object.fromEntries(Object.entries(cpu).map(([who, used]) => [who, used - (before.cpu?.[who] ?? 0)])),
    overdueMs,
  }
}

async function finishedRuns(pool: Pool): Promise<number> {
  const sql = `select count(*)::int as count from poll_run where finished_at is not null`
  return (await pool.query<{ count: number }>(sql)).rows[0]!.count
}

/** As lines for people. */
export function reportOf(name: string, period: Period, perSecondNeeded: number): string {
  const { seconds, polls, counts, requests, perSecond, overdueMs } = period
  const mean = perSecond.reduce((sum, count) => sum + count, 0) / perSecond.length
  const most = Math.max(...perSecond)
  const perPoll = (count: number) => (count / polls).toFixed(2)
  const paths = [...counts].map(([path, count]) => `${path} ${count}`).join(', ')
  return [
    `\n${name}`,
    `${(polls / seconds).toFixed(0)} polls/s, where ${perSecondNeeded.toFixed(0)}/s are needed`,
    `the longest wait of one that was due: ${(overdueMs / 1_000).toFixed(1)} s`,
    `${perPoll(requests)} requests to the vendor per poll: ${paths}`,
    `${mean.toFixed(0)} requests/s, at most ${most} in one second: ${(most / mean).toFixed(2)} times the mean`,
    ...Object.entries(period.statements).map(
      ([statement, { calls, ms }]) => `${statement}: ${perPoll(calls)} per poll, ${(ms / calls).toFixed(2)} ms`,
    ),
    ...(period.cpu ? [cpuOf(period.cpu, polls)] : []),
  ].join('\n  ')
}

function cpuOf(cpu: Record<string, number>, polls: number): string {
  const per1000 = (seconds: number) => ((seconds * 1_000) / polls).toFixed(2)
  const sum = Object.values(cpu).reduce((total, seconds) => total + seconds, 0)
  const each = Object.entries(cpu).map(([who, seconds]) => `${who} ${per1000(seconds)}`)
  return `CPU s per 1,000 polls: ${per1000(sum)} (${each.join(', ')})`
}

/** How evenly what has a next due time is spread over the interval. */
export async function spreadOf(pool: Pool): Promise<string> {
  const { rows } = await pool.query<{ most: number; mean: number; from: number; until: number }>(
    `with due as (
       select extract(epoch from i.due_at - now()) as s from polled_instance i where due_at > now() + interval '60 s'
     ), seconds as (select floor(s), count(*) from due group by 1)
     select max(count)::float8 as most, avg(count)::float8 as mean, (select min(s)::float8 from due) as from,
            (select max(s)::float8 from due) as until from seconds`,
  )
  const { most, mean, from, until } = rows[0]!
  const times = (most / mean).toFixed(2)
  return `in ${from.toFixed(0)} to ${until.toFixed(0)} s, at most ${most} in one second: ${times} times the mean`
}
