import type { Connector } from '#connectors'
import type { ObjectField } from './resource-docs.dto.js'

/** What a definition knows of a resource's records: their ids, their parents' and their dates. The vendor's have more. */
export function knownMembers(connector: Connector, name: string): ObjectField[] {
  const resource = connector.resource(name)
  if (!resource) return []
  const { idField, dates } = resource
  const parent = connector.abilities(name)?.parent
  const found: ObjectField[] = [
    ...(parent ? [{ path: parent.member, type: 'string' as const }] : []),
    { path: idField, type: 'string' },
    ...dateOf(dates.createdDateField, dates.createdDateFormat),
    ...dateOf(dates.updatedDateField, dates.updatedDateFormat),
  ]
  return found.filter(({ path }, at) => found.findIndex(other => other.path === path) === at)
}

function dateOf(path: string | undefined, format: string | undefined): ObjectField[] {
  return path === undefined ? [] : [{ path, type: 'date', ...(format !== undefined && { format }) }]
}
