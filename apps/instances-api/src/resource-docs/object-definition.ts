import type { Connector } from '#connectors'
import { Refused } from '../errors/refusal.js'
import { knownMembers } from './known-members.js'
import type { ObjectDefinition, ObjectMetadata } from './resource-docs.dto.js'

/** What is known of a resource's records. @throws Refused (not-found) */
export function definitionOf(connector: Connector, object: string): ObjectDefinition {
  if (connector.resource(object)) return { fields: knownMembers(connector, object) }
  const known = connector.resources.map(({ name }) => name).join(', ')
  const message = `${connector.definition.name} has no resource ${JSON.stringify(object)}; it has ${known}`
  throw new Refused({ kind: 'not-found', message })
}

/** The same in the words of a hub. */
export function metadataOf({ fields }: ObjectDefinition): ObjectMetadata {
  return { fields: fields.map(({ path, ...field }) => ({ vendorPath: path, ...field })) }
}
