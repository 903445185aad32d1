import { Connectors } from '#connectors'
import { DatabaseModule, migrate } from '#database'
import { allTopics, EVENT_LOG, EventLogModule, type EventLog } from '#event-log'
import { readSettings } from '#platform'
import { Module } from '@nestjs/common'
import { command } from './command.js'
import { withModule } from './tool-app.js'

@Module({ imports: [DatabaseModule, EventLogModule] })
class MigrationModule {}

/** `tributary migrate`: the database's schema, then the topics of every element and of instance changes. */
export const migrateAll = command({
  does: 'brings the database up to date and makes the topics',
  options: {},
  async run({ environment, out }) {
    const settings = readSettings({ LOG_LEVEL: 'error', ...environment }, 'tool')
    const { databaseUrl, databaseDirectUrl, connectorsDir, connectorBaseUrls, topicPrefix } = settings
    const url = databaseDirectUrl ?? databaseUrl
    const migrated = url ? await migrate(url) : []
    const connectors = await Connectors.load({
      ...(connectorsDir && { dir: connectorsDir }),
      baseUrls: connectorBaseUrls,
    })
    const elementKeys = connectors.list().map(({ key }) => key)
    const topics = allTopics(topicPrefix, elementKeys)
    await withModule(settings, MigrationModule, app => app.get<EventLog>(EVENT_LOG).ensureTopics(topics))
    for (const name of migrated) out(`migrated ${name}\n`)
    out(`the database is up to date; topics: ${topics.join(', ')}\n`)
  },
})
