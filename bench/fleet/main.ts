import { startEmbeddedPostgres } from '#database'
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import pg from 'pg'
import { freePort, pause, Program } from '../processes.js'
import { bloat, claimTimes, plans, unbloat, type ClaimTimes } from './claims.js'
import { inTheirPlaces, intervalMs, makeInstances, reschedule, type Owner } from './instances.js'
import { during, reportOf, spreadOf } from './period.js'
import { IdleVendor } from './vendor.js'

const { values } = parseArgs({
  options: {
    few: { type: 'string', default: '1000' },
    many: { type: 'string', default: '100000' },
    pollers: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '30' },
    'latency-ms': { type: 'string', default: '100' },
    plans: { type: 'boolean', default: false },
  },
})
const few = Number(values.few)
const many = Number(values.many)
const seconds = Number(values.seconds)
const perSecondNeeded = many / (intervalMs / 1_000)
const concurrency = 16

const directory = await mkdtemp(join(tmpdir(), 'tributary-fleet-'))
const database = await startEmbeddedPostgres({
  dataDir: directory,
  parameters: { max_connections: '200', shared_buffers: '256MB', shared_preload_libraries: 'pg_stat_statements' },
})
const postgresPid = Number((await readFile(join(directory, 'postgres/data/postmaster.pid'), 'utf8')).split('\n')[0])
const pool = new pg.Pool({ connectionString: database.url, max: 4 })
const key = { id: 'bench', key: randomBytes(32) }
const vendor = await IdleVendor.start()
const rig = { pool, vendor, postgresPid }
const env = {
  ...{ PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', NODE_ENV: 'production' },
  ...{ DATABASE_URL: database.url, MASTER_KEYS: `${key.id}:${key.key.toString('base64')}` },
  ...{ CONNECTOR_INTERCOM_BASE_URL: vendor.url, EGRESS_ALLOW: '127.0.0.0/8' },
  ...{ POLL_CONCURRENCY: String(concurrency), LOG_LEVEL: 'warn' },
}

try {
  console.log(
    `${availableParallelism()} CPUs, Node ${process.versions.node}; ${values.pollers} pollers of ${concurrency} places, ` +
      `a vendor that takes ${values['latency-ms']} ms\n`,
  )
  await measure(await prepared())
} finally {
  await pool.end()
  await database.stop()
  await rm(directory, { recursive: true, force: true })
}
process.exit(0)

async function prepared(): Promise<Owner> {
  const tool = fileURLToPath(new URL('../../../scripts/tributary.mjs', import.meta.url))
  const tributary = async (...words: string[]) =>
    (await promisify(execFile)(process.execPath, [tool, ...words], { env })).stdout
  await tributary('migrate')
  await pool.query('create extension pg_stat_statements')
  return JSON.parse(await tributary('accounts', 'create', '--json')) as Owner
}

async function measure(owner: Owner): Promise<void> {
  await makeInstances(pool, key, owner, 1, few)
  const atFew = await claimTimes(pool)
  tell(`claim of ${concurrency}, ${few} instances, all due`, atFew)
  await makeInstances(pool, key, owner, few + 1, many)
  const atMany = await claimTimes(pool)
  tell(`claim of ${concurrency}, ${many} instances, all due`, atMany, atFew)
  await reschedule(pool, `now() + interval '10 min'`, `instance_id > ${few}`)
  await pool.query('vacuum analyze polled_instance, polled_resource')
  tell(`claim of ${concurrency}, ${many} instances, ${few} due`, await claimTimes(pool), atFew)
  await bloat(pool, 2)
  tell(`claim of ${concurrency}, ${many} instances, two hours without vacuum`, await claimTimes(pool), atFew)
  await unbloat(pool)
  if (values.plans) {
    await reschedule(pool, `now() + (instance_id - 100) * interval '9 ms'`)
    console.log(`\n${await plans(pool)}`)
  }
  await polls()
}

function tell(what: string, { p50, p99 }: ClaimTimes, base?: ClaimTimes): void {
  const ratio = base ? `, ${(p50 / base.p50).toFixed(2)} times` : ''
  console.log(`${what}: p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms${ratio}`)
}

async function polls(): Promise<void> {
  vendor.latencyMs = Number(values['latency-ms'])
  await reschedule(pool, 'now()')
  await pool.query('vacuum analyze polled_instance, polled_resource')
  const pollers = await Promise.all(Array.from({ length: Number(values.pollers) }, startPoller))
  await pause(5_000)
  console.log(reportOf('all due at once', await during(rig, pollers, seconds), perSecondNeeded))
  console.log(`  next due times of what was polled then: ${await spreadOf(pool)}`)
  await reschedule(pool, inTheirPlaces)
  await pause(2_000)
  console.log(reportOf('in their places', await during(rig, pollers, seconds), perSecondNeeded))
  await takeover(pollers)
  await Promise.all(pollers.map(poller => poller.stop()))
}

async function startPoller(): Promise<Program> {
  const port = await freePort()
  const program = Program.start('apps/poller/src/main.js', { ...env, PORT: String(port) })
  await program.ready(`http://127.0.0.1:${port}/health/live`)
  return program
}

/** Kills one of the pollers when all its places are taken, and looks how long it takes until others have all it had. */
async function takeover([victim, ...others]: readonly Program[]): Promise<void> {
  await reschedule(pool, `now() + interval '10 min'`)
  await pause(2_000)
  vendor.hang()
  await reschedule(pool, 'now()')
  await pause(5_000)
  const like = `%:${victim!.pid}:%`
  const { rows } = await pool.query<{ id: number }>(
    `select instance_id as id from polled_instance where lease_owner like $1`,
    [like],
  )
  const ids = rows.map(({ id }) => id)
  process.kill(victim!.pid, 'SIGKILL')
  const killed = performance.now()
  vendor.answerAgain()
  // All others are due as well, and would stand in front: what is measured is the lease.
  await reschedule(pool, `now() + interval '10 min'`, `due_at <= now() and instance_id <> all (array[${ids.join()}])`)
  const leftSql = `select 1 from polled_instance where instance_id = any ($1) and lease_owner like $2`
  const left = async () => (await pool.query(leftSql, [ids, like])).rowCount ?? 0
  while ((await left()) > 0) await pause(100)
  const took = (performance.now() - killed) / 1_000
  console.log(
    `\none of ${others.length + 1} pollers killed: its ${rows.length} instances were others' after ${took.toFixed(1)} s`,
  )
  if (took > 30) throw new Error('a dead poller’s work has to be taken over within half a minute')
}
