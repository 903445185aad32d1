import { createHash } from 'node:crypto'
import type { Instance } from '../instance.js'

/** The key of a configuration that says how a notification without an id finds its instance. */
export const finderKey = 'event.notification.instance.finder'

// Names of accounts and organizations stand near the top; a body can hold 100,000 values.
const mostMembers = 1_000

/**
 * What `event.notification.instance.finder` says: `<configuration key>|<path in the notification's body>`. Null where it
 * isn't that. A `$.` before the path, as JSONPath writes it, means nothing.
 */
export function readFinder(text: string | null | undefined): { key: string; path: string } | null {
  const [key, path, ...rest] = (text ?? '').split('|').map(part => part.trim())
  const plain = path?.replace(/^\$\.?/, '')
  return key && plain && rest.length === 0 ? { key, path: plain } : null
}

/**
 * The signs that an instance is found by: its workspace, and what its finder points at. A value that is kept encrypted
 * is no sign, since a hash of it could be guessed at.
 */
export function signsOf(
  { configuration, identity, events }: SignedInstance,
  isSecret: (key: string) => boolean,
): Buffer[] {
  if (events === 'polling') return []
  const finder = readFinder(configuration[finderKey])
  const value = finder && !isSecret(finder.key) ? configuration[finder.key] : null
  return [
    ...(identity.workspace ? [workspaceSign(identity.workspace)] : []),
    ...(finder && value ? [memberSign(finder.path, value)] : []),
  ]
}

type SignedInstance = Pick<Instance, 'configuration' | 'identity' | 'events'>

/** The signs that a notification carries: its workspace, and each text, number and boolean of its body, shallow ones first. */
export function signsIn(body: unknown, workspace: string | null): Buffer[] {
  const signs = workspace ? [workspaceSign(workspace)] : []
  const members: [path: string, value: unknown][] = [['', body]]
  // Grows while it is read, so that what is deeper comes later.
  for (const [path, value] of members) {
    if (typeof value === 'object' && value !== null) {
      const below = Object.entries(value).slice(0, mostMembers - members.length)
      for (const [name, member] of below) members.push([path ? `${path}.${name}` : name, member])
    } else if (path && isScalar(value)) signs.push(memberSign(path, String(value)))
  }
  return signs
}

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === 'number' || typeof value === 'boolean' || (typeof value === 'string' && value !== '')
}

function workspaceSign(workspace: string): Buffer {
  return digest(['workspace', workspace])
}

function memberSign(path: string, value: string): Buffer {
  return digest(['member', path, value])
}

function digest(parts: readonly string[]): Buffer {
  return createHash('sha256').update(JSON.stringify(parts)).digest()
}
