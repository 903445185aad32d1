import { Module } from '@nestjs/common'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool } from 'pg'
import { DataSource } from 'typeorm'
import { createApp, createLogger, readSettings } from '#platform'
import { DatabaseModule, findRunning, migrate, migrations, POOL, startEmbeddedPostgres } from './index.js'

@Module({ imports: [DatabaseModule] })
class AppModule {}

const lines: string[] = []
let dataDir: string

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'tributary-database-'))
  lines.length = 0
})

afterEach(() => rm(dataDir, { recursive: true, force: true }))

async function startApp(environment: Record<string, string> = {}) {
  const settings = readSettings({ DATA_DIR: dataDir, PORT: '0', ...environment }, 'poller')
  const app = await createApp(settings, AppModule, createLogger(settings, { write: line => void lines.push(line) }))
  await app.listen(0, '127.0.0.1')
  return app
}

test('without DATABASE_URL there is an embedded, migrated database, which ends with the application', async () => {
  const app = await startApp()
  const pool = app.get<Pool>(POOL)
  const { rowCount } = await pool.query('select 1 from migration')
  expect(rowCount).toBe(migrations.length)
  await expect(app.get(DataSource).query('select 1 as one')).resolves.toEqual([{ one: 1 }])
  await app.close()
  await expect(findRunning(dataDir)).resolves.toBeNull()
  expect(lines.filter(line => /"level":"(?:warn|error|fatal)"/.test(line))).toEqual([])
})

test('a PostgreSQL that is killed takes no process along, and the pool finds it again, open transactions apart', async () => {
  const app = await startApp()
  const pool = app.get<Pool>(POOL)
  // The connection that TypeORM began with is among them.
  const busy = [await pool.connect(), await pool.connect()]
  for (const client of busy) await client.query('begin')
  const id = Number((await readFile(join(dataDir, 'postgres/data/postmaster.pid'), 'utf8')).split('\n')[0])
  process.kill(id, 'SIGKILL')
  await sleep(300)
  for (const client of busy) {
    await expect(client.query('commit')).rejects.toThrow()
    client.release()
  }
  await expect(until(() => pool.query('select 2 as two'))).resolves.toMatchObject({ rows: [{ two: 2 }] })
  const ready = await app.inject('/health/ready')
  const checks = { database: { status: 'up' }, schema: { status: 'up' } }
  expect([ready.statusCode, ready.json()]).toEqual([200, { status: 'up', checks }])
  await app.close()
})

test('an external database is not migrated by a part, and readiness says that it must be', async () => {
  const server = await startEmbeddedPostgres({ dataDir })
  const key = Buffer.alloc(32).toString('base64')
  const app = await startApp({ DATABASE_URL: server.url, MASTER_KEYS: `k:${key}` })
  const ready = await app.inject('/health/ready')
  expect(ready.statusCode).toBe(503)
  expect(ready.json()).toMatchObject({
    checks: {
      database: { status: 'up' },
      schema: {
        status: 'down',
        why: expect.stringContaining('lacks the migrations') as string,
        advice: expect.any(String) as string,
      },
    },
  })
  await migrate(server.url)
  expect((await app.inject('/health/ready')).statusCode).toBe(200)
  await app.close()
  await server.stop()
})

async function until<T>(attempt: () => Promise<T>): Promise<T> {
  for (const deadline = Date.now() + 10_000; ; await sleep(50)) {
    try {
      return await attempt()
    } catch (error) {
      if (Date.now() > deadline) throw error
    }
  }
}
