import { dataSourceOptions, migrate, startEmbeddedPostgres } from '#database'
import { instanceEntities } from '#instances'
import type { Settings } from '#platform'
import { DataSource } from 'typeorm'

/**
 * Lends `work` the database of the settings. The embedded one is joined where it runs, else started for as long as this
 * takes, and brought up to date.
 */
export async function withDatabase<Result>(
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
