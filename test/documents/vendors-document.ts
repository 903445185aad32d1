import type { Connector } from '#connectors'
import type { TopicRow } from '../../libs/connectors/src/definition.js'
import { table } from './table.js'

/** docs/vendors.md, made from the definitions: what can be polled, and what becomes of each webhook topic. */
export function vendorsDocument(connectors: readonly Connector[]): string {
  return `# Vendors

What each connector can watch. Made from \`libs/connectors/src/definitions\` by
\`UPDATE_DOCS=1 npx jest test/documents\`; how definitions are written: [connectors.md](connectors.md).

${connectors.map(section).join('\n\n')}
`
}

function section(connector: Connector): string {
  const { definition } = connector
  const resources = connector.resources.map(({ name, snapshotOnly, canDelete, timeZone, blindSpots }) => [
    `\`${name}\``,
    snapshotOnly ? 'by snapshot' : 'by date',
    canDelete || snapshotOnly ? 'yes' : 'no',
    timeZone ?? 'UTC',
    blindSpots.join('; '),
  ])
  const polled = table([
    ['resource', 'changes are found', 'deletions', 'dates without a zone', 'not seen'],
    ...resources,
  ])
  const topics = Object.entries(definition.webhooks?.topics ?? {}).map(([topic, rows]) => [
    `\`${topic}\``,
    ...columns(rows),
  ])
  const received = topics.length > 0 ? table([['topic', 'object', 'event', 'id'], ...topics]) : 'None.'
  return `## ${definition.name}\n\n### Polled resources\n\n${polled}\n\n### Webhook topics\n\n${received}`
}

/** One topic can be several events. */
function columns(rows: TopicRow | TopicRow[]): string[] {
  const list = (Array.isArray(rows[0]) ? rows : [rows]) as TopicRow[]
  const ids = list.map(([, , id]) =>
    [id]
      .flat()
      .map(path => `\`${path}\``)
      .join(', else '),
  )
  return [list.map(([object]) => object), list.map(([, event]) => event), ids].map(cells =>
    [...new Set(cells)].join(' and '),
  )
}
