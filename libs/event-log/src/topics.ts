/** How many partitions a topic is made with. A key's partition depends on it, so it never changes for a topic. */
export const PARTITIONS = 12

/** Normalized events of one element. Keyed `<instanceId>:<objectType>:<objectId>`. */
export function eventsTopic(prefix: string, elementKey: string): string {
  return `${prefix}.events.${elementKey}`
}

/** What every events topic of this installation begins with. */
export function eventsTopicPrefix(prefix: string): string {
  return `${prefix}.events.`
}

/** `{instanceId, version, deleted}` whenever an instance changed. */
export function instancesTopic(prefix: string): string {
  return `${prefix}.instances`
}

/** The group under whose name the dispatchers' offsets are kept, in either engine. */
export function dispatchGroup(prefix: string): string {
  return `${prefix}.dispatch`
}

/** Every topic that an installation with these elements needs: what the migration job makes. */
export function allTopics(prefix: string, elementKeys: readonly string[]): string[] {
  return [instancesTopic(prefix), ...elementKeys.map(key => eventsTopic(prefix, key))]
}
