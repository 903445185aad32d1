import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { settingsDocument } from './document.js'

test('docs/settings.md is what the table makes', () => {
  const file = join(__dirname, '..', '..', '..', '..', 'docs', 'settings.md')
  if (process.env['UPDATE_DOCS']) writeFileSync(file, settingsDocument())
  // Stale? UPDATE_DOCS=1 npx jest libs/platform/src/settings
  expect(readFileSync(file, 'utf8')).toBe(settingsDocument())
})
