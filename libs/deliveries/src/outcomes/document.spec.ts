import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { scheduleTable } from './document.js'

const [begin, end] = ['<!-- schedule -->', '<!-- end of schedule -->']

test('docs/delivery.md shows the schedule that the code runs by', () => {
  const file = join(__dirname, '..', '..', '..', '..', 'docs', 'delivery.md')
  const text = readFileSync(file, 'utf8')
  const from = text.indexOf(begin) + begin.length
  const to = text.indexOf(end)
  const wanted = `\n\n${scheduleTable()}\n\n`
  if (process.env['UPDATE_DOCS']) writeFileSync(file, text.slice(0, from) + wanted + text.slice(to))
  // Stale? UPDATE_DOCS=1 npx jest libs/deliveries/src/outcomes/document
  else expect(text.slice(from, to)).toBe(wanted)
})
