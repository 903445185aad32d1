import { dataSourceOptions, migrate, startEmbeddedPostgres } from '#database'
import { Accounts, instanceEntities } from '#instances'
import { readSettings, type Settings } from '#platform'
import { DataSource } from 'typeorm'
import type { Environment } from './command.js'

/** Lends `work` the accounts in the database of the settings. */
export async function withAccounts<Result>(
  environment: Environment,
  work: (accounts: Accounts) => Promise<Result>,
): Promise<Result> {
  return withDatabase(readSettings(environment, 'tool'), dataSource => work(new Accounts(dataSource)))
}

/**
 * Lends `work` the database of the settings. The embedded one is joined where it runs, else started for as long as this
 * takes, and brought up to date.
 */
async function withDatabase<Result>(
  { databaseUrl, dataDir }: Settings,
  work: (dataSource: DataSource) => Promise<Result>,
): Promise<Result> {
  const embedded = databaseUrl ? null : await startEmbeddedPostgres({ dataDir })
  try {
    const url = databaseUrl ?? embedded!.url
    if (embedded) await migrate(url)
    const dataSource = new DataSource({ ...dataSourceOptions(url, { size: 2 }), entities: instanceEntities })
    await dataSource.initialize()
    try {
      return await work(dataSource)
    } finally {
      await dataSource.destroy()
    }
  } finally {
    await embedded?.stop()
  }
}
