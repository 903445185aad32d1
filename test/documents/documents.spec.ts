import { Connectors } from '#connectors'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { definitionSchema } from '../../libs/connectors/src/engine/definition-schema.js'
import { openApiDocument } from '../../apps/instances-api/src/openapi/openapi-document.js'
import { definitionTables, disagreements } from './definition-tables.js'
import { replacedCallsTables, untrueOf } from './migration-guide.js'
import { pollMetricsTable } from './poll-metrics-table.js'
import { scheduleTable } from './retry-schedule-table.js'
import { settingsDocument } from './settings-document.js'
import { vendorsDocument } from './vendors-document.js'

type Make = (present: string) => string | Promise<string>

/** What of docs/ is made from the code: a whole page, or what stands between a page's marks. */
const made: Record<string, Make> = {
  'settings.md': settingsDocument,
  'vendors.md': async () => vendorsDocument((await Connectors.load({})).list()),
  'operations.md': page => between(page, 'poll metrics', pollMetricsTable()),
  'connectors.md': page => between(page, 'members', definitionTables()),
  'delivery.md': page => between(page, 'schedule', scheduleTable()),
  'migrating-from-cloud-elements.md': page => between(page, 'calls', replacedCallsTables()),
}

test.each(Object.entries(made))('docs/%s is what the code makes', async (name, make) => {
  const file = join(__dirname, '../../docs', name)
  const present = readFileSync(file, 'utf8')
  const wanted = await make(present)
  if (process.env['UPDATE_DOCS']) writeFileSync(file, wanted)
  // Stale? UPDATE_DOCS=1 npx jest test/documents
  else expect(present).toBe(wanted)
})

test('what the migration guide says of each call is what the API serves, and no call is left out', async () => {
  const document = JSON.parse(await openApiDocument()) as { paths: Record<string, object> }
  expect(untrueOf(document.paths)).toEqual([])
})

test('what connectors.md says of each member is what a file is checked by, and no member is left out', () => {
  expect(disagreements(definitionSchema)).toEqual([])
})

function between(page: string, mark: string, content: string): string {
  const [begin, end] = [`<!-- ${mark} -->`, `<!-- end of ${mark} -->`]
  const [from, to] = [page.indexOf(begin) + begin.length, page.indexOf(end)]
  if (from < begin.length || to < 0) throw new Error(`the page has no ${begin} … ${end}`)
  return `${page.slice(0, from)}\n\n${content}\n\n${page.slice(to)}`
}
