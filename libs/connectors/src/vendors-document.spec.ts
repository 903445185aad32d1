import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Connectors } from './connectors.js'
import { vendorsDocument } from './vendors-document.js'

test('docs/vendors.md is what the definitions make', async () => {
  const file = join(__dirname, '../../../docs/vendors.md')
  const made = vendorsDocument((await Connectors.load({})).list())
  if (process.env['UPDATE_DOCS']) writeFileSync(file, made)
  // Stale? UPDATE_DOCS=1 npx jest libs/connectors/src/vendors-document
  expect(readFileSync(file, 'utf8')).toBe(made)
})
