import type { Connector, Connectors } from '#connectors'

/** The element that a path or a body names by key or id. */
export function findElement(connectors: Connectors, keyOrId: string): Connector | undefined {
  return connectors.get(keyOrId) ?? connectors.list().find(({ definition }) => String(definition.id) === keyOrId)
}

/** For whoever named an element that there isn't. */
export function unknownElement(connectors: Connectors, keyOrId: string): string {
  const keys = connectors.list().map(({ key }) => key)
  return `There is no element ${JSON.stringify(keyOrId)}; there are ${keys.join(', ')}`
}
