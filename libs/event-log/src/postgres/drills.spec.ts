import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { migrate, startEmbeddedPostgres } from '#database'
import { eventLogDrills } from '../conformance/event-log-drills.js'
import { openPostgres } from '../conformance/postgres-under-test.js'
import { sleep } from '../conformance/reading.js'
import { treeOf } from '../testing/processes.js'

async function server() {
  const dataDir = mkdtempSync(join(tmpdir(), 'tributary-drill-'))
  const server = await startEmbeddedPostgres({ dataDir })
  await migrate(server.url)
  const postmaster = (): number =>
    Number(readFileSync(join(dataDir, 'postgres', 'data', 'postmaster.pid'), 'utf8').split('\n')[0])
  const signalAll = (signal: NodeJS.Signals): void => {
    for (const pid of treeOf(postmaster())) process.kill(pid, signal)
  }
  return {
    open: () => openPostgres(server.url),
    kill: async () => signalAll('SIGKILL'),
    freeze: () => signalAll('SIGSTOP'),
    thaw: () => signalAll('SIGCONT'),
    // Its launcher starts it again by itself.
    start: () => answering(server.url),
    close: async () => {
      await server.stop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

eventLogDrills('PostgreSQL', server)

async function answering(url: string): Promise<void> {
  for (const deadline = Date.now() + 60_000; ;) {
    const client = new pg.Client({ connectionString: url })
    client.on('error', () => undefined)
    try {
      await client.connect()
      await client.query('select 1')
      return
    } catch (error) {
      if (Date.now() > deadline) throw error
      await sleep(100)
    } finally {
      await client.end().catch(() => undefined)
    }
  }
}
