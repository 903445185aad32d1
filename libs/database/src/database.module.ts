import { Global, Inject, Module, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common'
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm'
import type { Pool, PoolClient } from 'pg'
import { DataSource, type DataSourceOptions } from 'typeorm'
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js'
import { ClosedLast, Health, LOGGER, Metrics, SETTINGS, within } from '#platform'
import type { Logger, Probe, Settings } from '#platform'
import { Database } from './database.js'
import { dataSourceOptions } from './data-source.js'
import { migrations } from './migrations/index.js'
import { Silence } from './silence.js'

const closeMs = 3_000

/** Injects the `pg.Pool` that TypeORM uses too. */
export const POOL = Symbol('POOL')

/** Where the database is, with its schema up to date: known before TypeORM connects. */
@Module({
  providers: [
    {
      provide: Database,
      useFactory: async (settings: Settings, logger: Logger, closedLast: ClosedLast) => {
        const database = await Database.open(settings, logger)
        closedLast.add(() => database.close())
        return database
      },
      inject: [SETTINGS, LOGGER, ClosedLast],
    },
  ],
  exports: [Database],
})
class DatabaseServerModule {}

/** Other modules finish their work in the hook in which Nest's adapter would close it. */
class LastingDataSource extends DataSource {
  override async destroy(): Promise<void> {}

  async close(): Promise<void> {
    if (this.isInitialized) await super.destroy()
  }
}

/**
 * The database, for injection anywhere: TypeORM's DataSource and repositories, and `POOL`. Without DATABASE_URL it is an
 * embedded PostgreSQL under DATA_DIR.
 */
@Global()
@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      imports: [DatabaseServerModule],
      inject: [Database, SETTINGS, LOGGER],
      useFactory: ({ url }: Database, { role, databasePoolSize, databaseAnswerSeconds }: Settings, logger: Logger) => ({
        ...dataSourceOptions(url, {
          size: databasePoolSize,
          applicationName: `tributary ${role}`,
          // A machine that loses its power doesn't reset its connections. Long work is done in steps.
          answerMs: databaseAnswerSeconds * 1_000,
          onError: err => logger.warn({ err }, 'a connection to PostgreSQL broke; a new one is made when needed'),
        }),
        autoLoadEntities: true,
        // It answered a moment ago; a fault in an entity, which fails here too, doesn't go away by waiting.
        retryAttempts: 3,
        retryDelay: 1_000,
      }),
      dataSourceFactory: async options => new LastingDataSource(options as DataSourceOptions),
    }),
  ],
  providers: [
    {
      provide: POOL,
      useFactory: (dataSource: LastingDataSource, closedLast: ClosedLast, logger: Logger) => {
        closedLast.add(() => closing(dataSource, logger))
        return guarded((dataSource.driver as PostgresDriver).master as Pool)
      },
      inject: [getDataSourceToken(), ClosedLast, LOGGER],
    },
  ],
  exports: [POOL, TypeOrmModule],
})
export class DatabaseModule implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly silence: Silence

  constructor(
    @Inject(POOL) private readonly pool: Pool,
    @Inject(LOGGER) log: Logger,
    private readonly health: Health,
    private readonly metrics: Metrics,
    closedLast: ClosedLast,
  ) {
    this.silence = new Silence(pool, log)
    closedLast.add(async () => this.silence.stop())
  }

  /** The first thing that ending does. */
  onModuleDestroy(): void {
    this.silence.watch()
  }

  onApplicationBootstrap(): void {
    const { pool } = this
    this.health.add(
      'database',
      async () => void (await pool.query('select 1')),
      'Check that PostgreSQL runs and that DATABASE_URL is right; this process reconnects by itself.',
    )
    this.health.add('schema', schemaProbe(pool), 'Run the migrations: tributary migrate.')
    this.metrics.gauge('tributary_database_connections', 'Connections to PostgreSQL.', ['state'], gauge => {
      gauge.set({ state: 'idle' }, pool.idleCount)
      gauge.set({ state: 'busy' }, pool.totalCount - pool.idleCount)
      gauge.set({ state: 'waited-for' }, pool.waitingCount)
    })
  }
}

/** Looks until this version's migrations have all run; from then on it needn't. */
function schemaProbe(pool: Pool): Probe {
  const names = migrations.map(Migration => new Migration().name)
  let complete = false
  return async () => {
    if (complete) return
    const { rows } = await pool
      .query<{ name: string }>('select name from migration where name = any($1)', [names])
      .catch((error: { code?: string }) => {
        if (error.code === '42P01') return { rows: [] }
        throw error
      })
    const missing = names.filter(name => !rows.some(row => row.name === name))
    if (missing.length > 0) throw new Error(`the database lacks the migrations ${missing.join(', ')}`)
    complete = true
  }
}

/** A server that is silent doesn't say goodbye either. */
async function closing(dataSource: LastingDataSource, logger: Logger): Promise<void> {
  try {
    await within(closeMs, dataSource.close())
  } catch (err) {
    logger.warn({ err }, 'connections to PostgreSQL could not be closed in order; they end with this process')
  }
}

/**
 * A client that is checked out has no error listener of the pool's, and when its connection breaks between two queries,
 * the error would end the process. The next query, or the release, finds out anyway.
 */
function guarded(pool: Pool): Pool {
  const listened = new WeakSet<PoolClient>()
  // Not when it connects: TypeORM's first connection was there before.
  pool.on('acquire', client => {
    if (!listened.has(client)) client.on('error', () => {})
    listened.add(client)
  })
  return pool
}
