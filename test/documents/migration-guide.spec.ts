import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openApiDocument } from '../../apps/instances-api/src/openapi/openapi-document.js'
import { replacedCallsTables, untrueOf } from './migration-guide.js'

const file = join(__dirname, '../../docs/migrating-from-cloud-elements.md')
const [begin, end] = ['<!-- calls: made from test/documents/replaced-calls.ts -->', '<!-- /calls -->']

test('the migration guide’s tables are made from the list of calls', () => {
  const text = readFileSync(file, 'utf8')
  const [before = '', rest = ''] = text.split(begin)
  const made = `${before}${begin}\n\n${replacedCallsTables()}\n\n${end}${rest.split(end)[1]}`
  if (process.env['UPDATE_DOCS']) writeFileSync(file, made)
  // Stale? UPDATE_DOCS=1 npx jest test/documents
  expect(readFileSync(file, 'utf8')).toBe(made)
})

test('what the guide says of each call is what the API serves, and no call is left out', async () => {
  const document = JSON.parse(await openApiDocument()) as { paths: Record<string, object> }
  expect(untrueOf(document.paths)).toEqual([])
})
