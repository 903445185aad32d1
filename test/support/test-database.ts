import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { migrate, startEmbeddedPostgres, type EmbeddedPostgres } from '#database'

/** A database of one spec's own. */
export interface TestDatabase {
  url: string
  pool: pg.Pool
  drop(): Promise<void>
}

const template = 'migrated'
// Nothing here outlives the run, and the specs needn't wait for the disk.
const parameters = { fsync: 'off', full_page_writes: 'off', max_connections: '400' }

/** A fresh database with all migrations, on the server that the whole test run shares. */
export async function testDatabase(): Promise<TestDatabase> {
  const server = await joinServer()
  const name = `test_${randomBytes(8).toString('hex')}`
  await asAdministrator(server.url, async client => {
    await ensureTemplate(client, server.url)
    await client.query(`create database ${name} template ${template}`)
  })
  const url = databaseUrl(server.url, name)
  const pool = new pg.Pool({ connectionString: url, max: 10 })
  pool.on('error', () => {})
  return {
    url,
    pool,
    async drop() {
      await pool.end()
      await asAdministrator(server.url, client => client.query(`drop database if exists ${name} with (force)`))
      await server.stop()
    },
  }
}

async function joinServer(): Promise<EmbeddedPostgres> {
  const dataDir = process.env['TRIBUTARY_TEST_POSTGRES']
  if (!dataDir) throw new Error('TRIBUTARY_TEST_POSTGRES is not set; jest does that in test/support/global-setup.mjs')
  return await startEmbeddedPostgres({ dataDir, parameters })
}

/** Makes the database that the others are copies of, in one worker; the others wait for it. */
async function ensureTemplate(client: pg.Client, serverUrl: string): Promise<void> {
  await client.query('select pg_advisory_lock(1)')
  const { rowCount } = await client.query(`select 1 from pg_database where datname = $1`, [template])
  if (!rowCount) {
    const unfinished = `${template}_${randomBytes(4).toString('hex')}`
    await client.query(`create database ${unfinished}`)
    await migrate(databaseUrl(serverUrl, unfinished))
    await client.query(`alter database ${unfinished} rename to ${template}`)
  }
  await client.query('select pg_advisory_unlock(1)')
}

async function asAdministrator(serverUrl: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl(serverUrl, 'postgres') })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}

function databaseUrl(serverUrl: string, name: string): string {
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return url.href
}
