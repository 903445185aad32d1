import { testDatabase } from '#test'
import { eventLogConformance } from '../conformance/event-log-conformance.js'
import { openPostgres } from '../conformance/postgres-under-test.js'

eventLogConformance('PostgreSQL', async () => {
  const database = await testDatabase()
  return { open: () => openPostgres(database.url), close: () => database.drop() }
})
