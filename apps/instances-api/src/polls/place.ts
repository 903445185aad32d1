import type { ResourcePlace } from './polled-resources.js'

/** Where a list of resources goes on, as its pages name it. */
export function tokenOf({ instanceId, resource }: ResourcePlace): string {
  return Buffer.from(`${instanceId} ${resource}`).toString('base64url')
}

/** Null where no page ever said so. */
export function placeOf(token: string): ResourcePlace | null {
  const [, id, resource] = /^(\d{1,9}) ([^\0]+)$/.exec(Buffer.from(token, 'base64url').toString()) ?? []
  return id !== undefined && resource !== undefined ? { instanceId: Number(id), resource } : null
}
