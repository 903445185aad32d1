/** What a subscription's topic names. */
export interface Topic {
  instanceId: number
  elementKey: string
}

/** Null: there is no such topic. */
export function readTopic(text: string): Topic | null {
  const [, id, elementKey] = /^instance-([1-9]\d{0,9})-(.+)-events$/.exec(text) ?? []
  const instanceId = Number(id)
  return elementKey !== undefined && instanceId < 2 ** 31 ? { instanceId, elementKey } : null
}

export function writeTopic({ instanceId, elementKey }: Topic): string {
  return `instance-${instanceId}-${elementKey}-events`
}
