import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { Logger, Settings } from '#platform'
import { migrate } from './data-source.js'
import { startEmbeddedPostgres, type EmbeddedPostgres } from './embedded/embedded-postgres.js'

/** Where this process's database is. */
export class Database {
  private constructor(
    readonly url: string,
    private readonly embedded: EmbeddedPostgres | null,
  ) {}

  /**
   * The database of the settings, waited for, or the embedded one, started if need be. The schema is brought up to date
   * in the embedded one and by all-in-one; elsewhere the migration job does that.
   */
  static async open(settings: Settings, logger: Logger): Promise<Database> {
    const { databaseUrl, databaseDirectUrl, dataDir, role } = settings
    if (databaseUrl) {
      await answering(databaseUrl, logger)
      if (role === 'all-in-one') await upToDate(databaseDirectUrl ?? databaseUrl, logger)
      return new Database(databaseUrl, null)
    }
    const embedded = await startEmbeddedPostgres({ dataDir, log: message => logger.warn(message) })
    try {
      await upToDate(embedded.url, logger)
      return new Database(embedded.url, embedded)
    } catch (error) {
      await embedded.stop()
      throw error
    }
  }

  async close(): Promise<void> {
    await this.embedded?.stop()
  }
}

async function upToDate(url: string, logger: Logger): Promise<void> {
  const migrated = await migrate(url)
  if (migrated.length > 0) logger.info({ migrated }, 'the database schema was brought up to date')
}

/** Waits as long as it takes: in a cluster the database may start after us. What no waiting helps against is thrown. */
async function answering(url: string, logger: Logger): Promise<void> {
  for (;;) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
    client.on('error', () => {})
    try {
      await client.connect()
      return
    } catch (err) {
      if (isRefusal(err)) throw err
      logger.warn(
        { err },
        'PostgreSQL does not answer yet; trying again. Check that it runs and that DATABASE_URL is right.',
      )
      await sleep(1_000)
    } finally {
      // What was to be learnt is known; a connection that can't say goodbye is broken anyway.
      await client.end().catch(() => {})
    }
  }
}

/** Wrong user or password (28xxx), no such database (3D000): the settings are wrong. */
function isRefusal(error: unknown): boolean {
  const code = (error as { code?: unknown }).code
  return typeof code === 'string' && /^(?:28...|3D000)$/.test(code)
}
