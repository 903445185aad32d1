import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { findRunning, startEmbeddedPostgres, type EmbeddedPostgres } from './embedded-postgres.js'

const started: EmbeddedPostgres[] = []
let dataDir: string

beforeEach(async () => {
  const home = await mkdtemp(join(tmpdir(), 'home of someone '))
  await chmod(home, 0o700)
  dataDir = join(home, 'data dir')
})

afterEach(async () => {
  for (const server of started.splice(0)) await server.stop()
  await rm(join(dataDir, '..'), { recursive: true, force: true })
})

async function start(): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataDir })
  started.push(server)
  return server
}

async function query<Row extends pg.QueryResultRow>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query<Row>(text)).rows
  } finally {
    await client.end()
  }
}

async function until<T>(what: string, look: () => Promise<T | null | false>): Promise<T> {
  for (const deadline = Date.now() + 15_000; Date.now() < deadline; await sleep(50)) {
    const found = await look().catch(() => null)
    if (found) return found
  }
  throw new Error(`still waiting for ${what}`)
}

async function serverId(): Promise<number> {
  return Number((await readFile(join(dataDir, 'postgres', 'data', 'postmaster.pid'), 'utf8')).split('\n')[0])
}

test('starts in a private folder with spaces in its name, on loopback, by a password that only its user can read', async () => {
  const { url } = await start()
  expect(new URL(url).hostname).toBe('127.0.0.1')
  const [row] = await query(
    url,
    `select current_setting('listen_addresses') as addresses, current_setting('unix_socket_directories') as sockets,
       current_setting('fsync') as fsync, current_setting('TimeZone') as zone`,
  )
  expect(row).toEqual({ addresses: '127.0.0.1', sockets: '', fsync: 'on', zone: 'UTC' })
  expect((await stat(join(dataDir, 'postgres', 'password'))).mode & 0o777).toBe(0o600)
  const wrong = new URL(url)
  wrong.password = 'guess'
  await expect(query(wrong.href, 'select 1')).rejects.toThrow('password authentication failed')
})

test('two starts at the same moment share one server, and only the last to leave stops it', async () => {
  const [one, two] = await Promise.all([start(), start()])
  expect(one.url).toBe(two.url)
  await one.stop()
  await expect(query(two.url, 'select 1')).resolves.toHaveLength(1)
  await two.stop()
  await expect(findRunning(dataDir)).resolves.toBeNull()
})

test('what was committed is there after stop and start', async () => {
  const first = await start()
  await query(first.url, 'create table kept as select 42 as answer')
  await first.stop()
  const second = await start()
  await expect(query(second.url, 'select answer from kept')).resolves.toEqual([{ answer: 42 }])
})

test('a server that is killed comes back on the same address with what was committed', async () => {
  const { url } = await start()
  await query(url, 'create table kept as select 42 as answer')
  process.kill(await serverId(), 'SIGKILL')
  const rows = await until('the server', () => query(url, 'select answer from kept'))
  expect(rows).toEqual([{ answer: 42 }])
})

test("a dead server's lock file that names a process of ours is no obstacle", async () => {
  const server = await start()
  const file = join(dataDir, 'postgres', 'data', 'postmaster.pid')
  const lock = await readFile(file, 'utf8')
  await server.stop()
  await writeFile(file, lock.replace(/^\d+/, String(process.ppid)))
  await expect(query((await start()).url, 'select 1')).resolves.toHaveLength(1)
})

test('a server whose process was killed is joined, and stopped at the end', async () => {
  const { url, stop } = await start()
  await stop.call(started[0])
  const log = join(dataDir, 'postgres', 'postgres.log')
  expect(await readFile(log, 'utf8')).toContain('shut down')
  // What a SIGKILLed process leaves: its server, and the file by which it used it.
  const { spawnOrphan } = await orphan()
  const id = await spawnOrphan()
  const joined = await start()
  expect(joined.url).toBe(url)
  expect(await serverId()).toBe(id)
  await joined.stop()
  await expect(findRunning(dataDir)).resolves.toBeNull()
})

/** A server without anyone who would look after it. */
async function orphan() {
  const { chooseProgram } = await import('./initialize.js')
  const { layoutOf } = await import('./layout.js')
  const { spawnProgram } = await import('./run-as.js')
  const layout = await layoutOf(dataDir)
  const program = await chooseProgram(layout)
  const port = await readFile(layout.port, 'utf8')
  return {
    async spawnOrphan(): Promise<number> {
      const args = ['-D', layout.data, '-p', port, '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=']
      const child = spawnProgram('postgres', args, { ...program, cwd: layout.home, stdio: 'ignore' })
      child.unref()
      await until('the orphan', () => findRunning(dataDir))
      const dead = spawn('true')
      await once(dead, 'exit')
      await writeFile(join(layout.users, `${dead.pid}-1-abcd`), '')
      return child.pid ?? 0
    },
  }
}
