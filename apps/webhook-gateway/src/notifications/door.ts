import type { Connector } from '#connectors'

/** Where a URL leads: to a vendor's notifications, or to where polls can be fed in. */
export type Door = { kind: 'notifications' | 'injection'; connector: Connector } | { kind: 'none' }

const injectionSuffix = 'Polling'

/** `<element key>Polling` is where the platform that this one replaces fed its polls in; an element of that name comes first. */
export function doorOf(elementKey: string, connectors: { get(key: string): Connector | undefined }): Door {
  const own = connectors.get(elementKey)
  if (own) return { kind: 'notifications', connector: own }
  const polled = elementKey.endsWith(injectionSuffix)
    ? connectors.get(elementKey.slice(0, -injectionSuffix.length))
    : undefined
  return polled ? { kind: 'injection', connector: polled } : { kind: 'none' }
}
