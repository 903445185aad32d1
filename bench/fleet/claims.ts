import type { Pool } from 'pg'
import { PostgresSchedule } from '../../apps/poller/src/polling/store/postgres-schedule.js'
import * as statements from '../../apps/poller/src/polling/store/statements.js'
import { reschedule } from './instances.js'

export interface ClaimTimes {
  p50: number
  p99: number
}

const places = 16
const leaseMs = 30_000

/** What it takes to claim for 16 places and begin their runs, in milliseconds: 300 times, as things are. */
export async function claimTimes(pool: Pool): Promise<ClaimTimes> {
  const schedule = new PostgresSchedule(pool, 'bench', leaseMs)
  const times: number[] = []
  // The first round is for just-in-time compilation, connections and plans.
  for (let round = 0; round <= 5; round++) {
    await reschedule(pool, 'now()', `lease_owner = 'bench'`)
    for (let claim = 0; claim < 60; claim++) {
      const began = performance.now()
      const claims = await schedule.claimDue(places)
      if (round > 0) times.push(performance.now() - began)
      if (claims.length < places) throw new Error(`only ${claims.length} were due`)
    }
  }
  times.sort((a, b) => a - b)
  return { p50: times[Math.floor(times.length * 0.5)]!, p99: times[Math.floor(times.length * 0.99)]! }
}

/** As after hours in which nobody cleaned up: all versions of a row that polls make are still there, due in the past. */
export async function bloat(pool: Pool, hours: number): Promise<void> {
  for (const table of ['polled_instance', 'polled_resource']) {
    await pool.query(`alter table ${table} set (autovacuum_enabled = off)`)
  }
  for (let polls = hours * 4; polls > 0; polls--) {
    const due = `now() - ${polls} * interval '15 min'`
    await pool.query(`update polled_instance set due_at = ${due} + interval '30 s', lease_owner = 'x'`)
    await pool.query(`update polled_resource set run_id = gen_random_uuid(), next_due = ${due}`)
    await pool.query(`update polled_instance set due_at = ${due} + interval '15 min', lease_owner = null`)
    await pool.query(`update polled_resource set run_id = null`)
  }
  await reschedule(pool, 'now()')
}

export async function unbloat(pool: Pool): Promise<void> {
  for (const table of ['polled_instance', 'polled_resource']) {
    await pool.query(`alter table ${table} reset (autovacuum_enabled)`)
    await pool.query(`vacuum analyze ${table}`)
  }
}

/** How PostgreSQL runs what a poll consists of. */
export async function plans(pool: Pool): Promise<string> {
  const schedule = new PostgresSchedule(pool, 'bench', leaseMs)
  const [claim] = await schedule.claimDue(1)
  const { instanceId, epoch, due } = claim!
  const [{ resource, runId }] = due as unknown as [{ resource: string; runId: string }]
  const first = JSON.stringify({ start: 0 })
  const saved = [instanceId, epoch, leaseMs, resource, runId]
  const explained: [string, { text: string }, unknown[]][] = [
    ['claim', statements.claimDue, [places, 'bench', leaseMs, first, null]],
    ['begin', statements.begin, [instanceId, epoch, leaseMs, first]],
    ['checkpoint', statements.checkpoint, [...saved, first, 1, 0, 0, [], []]],
    [
      'settle',
      statements.settle,
      [...saved, null, 1, 0, 0, [], [], [], 0, '{}', 900_000, 0, false, null, false, 'done', 0],
    ],
  ]
  const texts: string[] = []
  for (const [name, { text }, values] of explained) {
    const { rows } = await pool.query<{ 'QUERY PLAN': string }>(`explain (analyze, buffers, costs off) ${text}`, values)
    texts.push(`-- ${name}`, ...rows.map(row => row['QUERY PLAN']), '')
  }
  return texts.join('\n')
}
