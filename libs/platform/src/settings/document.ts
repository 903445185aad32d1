import { connectorBaseUrl, settingsTable } from '../settings.js'
import type { Setting } from './setting.js'

/** docs/settings.md, made from the table. */
export function settingsDocument(): string {
  const rows = [...Object.values(settingsTable), connectorBaseUrl].map(cells)
  return `# Settings

Every process reads its settings from the environment when it starts, checks them, also against each other, reports all
faults at once, and prints what it runs by with secrets masked. An empty value counts as unset.

This page is made from \`libs/platform/src/settings.ts\` by \`UPDATE_DOCS=1 npx jest libs/platform/src/settings\`.

${table([['Name', 'Type', 'Where unset', 'Meaning'], ...rows])}
`
}

function cells({ name, type, absent, meaning }: Setting<unknown>): string[] {
  return [`\`${name}\``, type, absent, meaning]
}

/** Columns are padded, as the formatter wants them. */
function table(rows: string[][]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0))) ?? []
  const line = (row: string[]) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const [head = [], ...body] = rows
  return [line(head), line(widths.map(width => '-'.repeat(width))), ...body.map(line)].join('\n')
}
