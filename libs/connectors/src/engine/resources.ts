import type { Definition, ResourceDefinition } from '../definition.js'
import type { ResourceInfo } from '../session.js'

/** A resource as a hub URL names it. */
export interface FoundResource {
  name: string
  definition: ResourceDefinition
  /** Of a child, where the URL names it: `messages/123/opens`. */
  parentId?: string
}

/** By name or alias, `-` for `_` and any case; children also below their parent's id. */
export function findResource(definition: Definition, name: string): FoundResource | undefined {
  const [parent, parentId, child, ...more] = name.split('/')
  if (more.length > 0) return undefined
  if (parentId === undefined) return byName(definition, name)
  const found = child === undefined ? undefined : byName(definition, child)
  const parentName = found?.definition.parent?.resource
  return found && parentName !== undefined && byName(definition, parent ?? '')?.name === parentName
    ? { ...found, parentId }
    : undefined
}

function byName(definition: Definition, name: string): FoundResource | undefined {
  const wanted = plain(name)
  const found = Object.entries(definition.resources).find(([key, { aliases = [] }]) =>
    [key, ...aliases].some(each => plain(each) === wanted),
  )
  return found && { name: found[0], definition: found[1] }
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll('-', '_')
}

export function resourceInfo(definition: Definition, name: string, resource: ResourceDefinition): ResourceInfo {
  const order = resource.pollOrder === undefined ? '' : `?orderBy=${resource.pollOrder}`
  return {
    name,
    ...(resource.description !== undefined && { description: resource.description }),
    idField: resource.id,
    ...(resource.idPrefix !== undefined && { idPrefix: resource.idPrefix }),
    dates: resource.dates ?? {},
    overlapSeconds: resource.overlapSeconds ?? 0,
    ...(resource.timeZone !== undefined && { timeZone: resource.timeZone }),
    canDelete: resource.deletions !== undefined,
    snapshotOnly: resource.dates === undefined,
    canGet: resource.get !== undefined,
    pollUrl: `/hubs/${definition.hub}/${name}${order}`,
    polledByDefault: resource.polledByDefault === true,
    blindSpots: resource.blindSpots ?? [],
  }
}
