import { DataSource, type DataSourceOptions } from 'typeorm'
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions.js'
import { migrations } from './migrations/index.js'

export interface PoolOptions {
  /** Connections at most. */
  size?: number
  /** Shown in pg_stat_activity. */
  applicationName?: string
  /** How long a statement may take before its connection is taken for dead. Unset: for ever. */
  answerMs?: number
  /** Told of connections that broke while idle, as all do when PostgreSQL restarts. New ones are made by themselves. */
  onError?: (error: Error) => void
}

/** How TypeORM connects to `url`. Migrations don't run by connecting; see `migrate`. */
export function dataSourceOptions(url: string, pool: PoolOptions = {}): DataSourceOptions {
  const options: PostgresDataSourceOptions = {
    type: 'postgres',
    url,
    poolSize: pool.size ?? 20,
    applicationName: pool.applicationName ?? 'tributary',
    connectTimeoutMS: 10_000,
    poolErrorHandler: pool.onError ?? (() => {}),
    extra: {
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      idleTimeoutMillis: 60_000,
      ...(pool.answerMs && { query_timeout: pool.answerMs }),
    },
    installExtensions: false,
    synchronize: false,
    migrationsRun: false,
    migrations,
    migrationsTableName: 'migration',
  }
  return options
}

/** Which of several processes that start at once migrates; the others wait and find nothing left to do. */
const migrationLock = 0x7472_6962

/** Brings the schema of the database at `url` up to date; the name of each migration that ran. */
export async function migrate(url: string): Promise<string[]> {
  const dataSource = await new DataSource(dataSourceOptions(url, { size: 2 })).initialize()
  const lock = dataSource.createQueryRunner()
  try {
    await lock.query('select pg_advisory_lock($1)', [migrationLock])
    const ran = await dataSource.runMigrations({ transaction: 'each' })
    await lock.query('select pg_advisory_unlock($1)', [migrationLock])
    return ran.map(({ name }) => name)
  } finally {
    await lock.release()
    await dataSource.destroy()
  }
}
