import { connectorBaseUrl, settingsTable } from '../../libs/platform/src/settings.js'
import type { Setting } from '../../libs/platform/src/settings/setting.js'
import { table } from './table.js'

/** docs/settings.md, made from the table. */
export function settingsDocument(): string {
  const rows = [...Object.values(settingsTable), connectorBaseUrl].map(cells)
  return `# Settings

Every process reads its settings from the environment when it starts, checks them, also against each other, reports all
faults at once, and prints what it runs by with secrets masked. An empty value counts as unset.

This page is made from \`libs/platform/src/settings.ts\` by \`UPDATE_DOCS=1 npx jest test/documents\`.

${table([['Name', 'Type', 'Where unset', 'Meaning'], ...rows])}
`
}

function cells({ name, type, absent, meaning }: Setting<unknown>): string[] {
  return [`\`${name}\``, type, absent, meaning]
}
