import { chownSync, closeSync, fchownSync, openSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ChildProcess } from 'node:child_process'
import pg from 'pg'
import { chooseProgram, initialize, role, type Program } from './initialize.js'
import { readPostmaster, readText, type Layout, type Postmaster } from './layout.js'
import { isAlive, worksIn } from './processes.js'
import { spawnProgram } from './run-as.js'

/** A server that answers. `child` is set when this process started it. */
export interface Running extends Postmaster {
  child?: ChildProcess
}

/** PostgreSQL settings by name. */
export type Parameters = Record<string, string>

const parameters: Parameters = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '64MB',
  max_wal_size: '1GB',
  checkpoint_timeout: '15min',
  // A query over daily partitions locks each of them.
  max_locks_per_transaction: '256',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_line_prefix: '%m [%p] ',
  // Statements hold customers' data; errors are told to the client.
  log_min_error_statement: 'panic',
  log_parameter_max_length: '0',
}

/** Crash recovery of much data may take minutes; as long as the server lives, it is waited for. */
const startTimeoutMs = 300_000
const stopTimeoutMs = 20_000
const logLimitBytes = 5 * 1024 * 1024

/** The address of a server on `port`; null when there is no password yet, hence no server. */
export function urlOf(layout: Layout, port: number, database = role): string | null {
  const password = readText(layout.password)
  return password === null ? null : `postgres://${role}:${password}@127.0.0.1:${port}/${database}`
}

/** The server that runs on this data, whoever started it; null when none answers. */
export async function findAnswering(layout: Layout): Promise<Running | null> {
  const postmaster = readPostmaster(layout)
  if (!postmaster || !isAlive(postmaster.pid)) return null
  return (await answers(layout, postmaster.port)) ? postmaster : null
}

/** Joins the server on this data, or starts it, making the data first where there is none. */
export async function ensureServer(layout: Layout, extra: Parameters): Promise<Running> {
  const deadline = Date.now() + startTimeoutMs
  let program: Program | undefined
  for (;;) {
    const running = await findAnswering(layout)
    if (running) return running
    if (!isStarting(layout)) {
      program ??= await chooseProgram(layout)
      await initialize(layout, program)
      const started = await launch(layout, program, extra)
      if (started) return started
    }
    if (Date.now() > deadline) throw new Error(`PostgreSQL did not start on ${layout.data}. ${lastWords(layout)}`)
    await sleep(100)
  }
}

/** Fast shutdown: transactions are rolled back, data is written. Immediate when that takes too long. */
export async function stopServer(layout: Layout, { pid }: Running): Promise<void> {
  signal(pid, 'SIGINT')
  const deadline = Date.now() + stopTimeoutMs
  while (isAlive(pid) && readPostmaster(layout)?.pid === pid && Date.now() < deadline) await sleep(10)
  while (isAlive(pid) && Date.now() < deadline) await sleep(10)
  if (isAlive(pid)) signal(pid, 'SIGQUIT')
}

/** Tells the server to stop without waiting, for a process that is about to end. */
export function signal(pid: number, name: 'SIGINT' | 'SIGQUIT'): void {
  try {
    process.kill(pid, name)
  } catch {
    // It has gone by itself.
  }
}

/** Makes the database that the applications use, once. */
export async function ensureDatabase(layout: Layout, { port }: Running): Promise<void> {
  const client = new pg.Client({ connectionString: urlOf(layout, port, 'postgres') ?? undefined })
  await client.connect()
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [role])
    if (!rowCount) await client.query(`create database ${role}`)
  } catch (error) {
    // 42P04, 23505: another process made it meanwhile.
    if (!['42P04', '23505'].includes((error as pg.DatabaseError).code ?? '')) throw error
  } finally {
    await client.end()
  }
}

/** Null when it did not come up because another server is on the data, or was until just now. */
async function launch(layout: Layout, program: Program, extra: Parameters): Promise<Running | null> {
  const port = await freePort(Number(readText(layout.port) ?? 0))
  const said = rotate(layout.log)
  const log = openSync(layout.log, 'a', 0o600)
  if (program.as.kind === 'user') fchownSync(log, program.as.uid, program.as.gid)
  const settings = Object.entries({ ...parameters, ...extra }).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const child = spawnProgram('postgres', ['-D', layout.data, '-p', String(port), ...settings], {
    ...program,
    cwd: layout.home,
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  child.unref()
  const takeAlong = () => child.kill('SIGINT')
  process.once('exit', takeAlong)
  const failed = new Promise<Error>(resolve => child.on('error', resolve))
  const ended = new Promise<null>(resolve => child.on('exit', () => resolve(null)))
  const up = untilAnswering(layout, port, child)
  const result = await Promise.race([up, ended, failed]).finally(() => process.off('exit', takeAlong))
  if (result instanceof Error) throw result
  if (result === null) return explainEnd(layout, said)
  writeFileSync(layout.port, String(port), { mode: 0o600 })
  if (program.as.kind === 'user') chownSync(layout.port, program.as.uid, program.as.gid)
  return result
}

async function untilAnswering(layout: Layout, port: number, child: ChildProcess): Promise<Running> {
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) return await new Promise(() => {})
    const postmaster = readPostmaster(layout)
    if (postmaster?.port === port && postmaster.pid === child.pid && (await answers(layout, port))) {
      return { ...postmaster, child }
    }
    await sleep(10)
  }
}

/** Another server on the data is no error, and neither are a dead one's traces; all else is. */
function explainEnd(layout: Layout, said: number): null {
  const words = readText(layout.log)?.slice(said) ?? ''
  if (words.includes('postmaster.pid')) removeStale(layout)
  else if (!/shared memory block|Address already in use|could not create any TCP/.test(words)) {
    throw new Error(`PostgreSQL did not start on ${layout.data}: ${words.trim() || 'it said nothing'}`)
  }
  return null
}

/**
 * PostgreSQL takes its lock file for valid while any process has that id, and in a container ids come again soon.
 * The file is moved, not deleted, so that one which a new server wrote meanwhile can be put back.
 */
function removeStale(layout: Layout): void {
  const stale = readPostmaster(layout)
  if (!stale || (isAlive(stale.pid) && worksIn(stale.pid, layout.data) !== false)) return
  const aside = join(layout.home, 'postmaster.pid.stale')
  renameSync(join(layout.data, 'postmaster.pid'), aside)
  if (Number(readText(aside)?.split('\n')[0]) === stale.pid) rmSync(aside)
  else renameSync(aside, join(layout.data, 'postmaster.pid'))
}

/** Whether a live server has this data but doesn't answer yet (or any more). */
function isStarting(layout: Layout): boolean {
  const postmaster = readPostmaster(layout)
  return postmaster !== null && isAlive(postmaster.pid) && worksIn(postmaster.pid, layout.data) === true
}

/** Whether the server on `port` is this data's own: another may have taken the port of one that died. */
async function answers(layout: Layout, port: number): Promise<boolean> {
  const connectionString = urlOf(layout, port, 'postgres')
  if (connectionString === null) return false
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 5_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query<{ folder: string }>(`select current_setting('data_directory') as folder`)
    return rows[0]?.folder === layout.data
  } catch {
    return false
  } finally {
    // The answer is there; a connection that can't say goodbye is broken anyway.
    await client.end().catch(() => {})
  }
}

/** The port used before, so that processes which joined find the server again; another where that one is taken. */
async function freePort(preferred: number): Promise<number> {
  const server = createServer()
  const listen = (port: number) =>
    new Promise<number>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
    })
  const port = await listen(preferred).catch(() => listen(0))
  await new Promise(resolve => server.close(resolve))
  return port
}

/** @returns how long the log is */
function rotate(log: string): number {
  const size = statSync(log, { throwIfNoEntry: false })?.size ?? 0
  if (size < logLimitBytes) return size
  renameSync(log, `${log}.1`)
  return 0
}

function lastWords(layout: Layout): string {
  const lines = readText(layout.log)?.trim().split('\n').slice(-5) ?? []
  return lines.length > 0 ? `It last said: ${lines.join(' | ')}` : 'It said nothing.'
}
