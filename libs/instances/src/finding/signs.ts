import { createHash } from 'node:crypto'
import type { Instance } from '../instance.js'

/** The key of a configuration that says how a notification without an id finds its instance. */
export const finderKey = 'event.notification.instance.finder'

// Names of accounts and organizations stand near the top; a body can hold 100,000 values.
const mostMembers = 1_000
// An index holds it.
const longestPath = 256

/**
 * What `event.notification.instance.finder` says: `<configuration key>|<path in the notification's body>`. Null where it
 * isn't that. A `$.` before the path, as JSONPath writes it, means nothing.
 */
export function readFinder(text: string | null | undefined): { key: string; path: string } | null {
  const [key, path, ...rest] = (text ?? '').split('|').map(part => part.trim())
  const plain = path?.replace(/^\$\.?/, '')
  return key && plain && plain.length <= longestPath && rest.length === 0 ? { key, path: plain } : null
}

/** What an instance is found by, as it is looked up. */
export interface Sign {
  sign: Buffer
  /** Where in a body its value stands; null: the sign is the workspace. */
  path: string | null
}

/**
 * The signs that an instance is found by: its workspace, and what its finder points at. A value that is kept encrypted
 * is no sign, since a hash of it could be guessed at.
 */
export function signsOf(
  { configuration, identity, events }: SignedInstance,
  isSecret: (key: string) => boolean,
): Sign[] {
  if (events === 'polling') return []
  const finder = readFinder(configuration[finderKey])
  const value = finder && !isSecret(finder.key) ? configuration[finder.key] : null
  return [
    ...(identity.workspace ? [{ sign: workspaceSign(identity.workspace), path: null }] : []),
    ...(finder && value ? [{ sign: memberSign(finder.path, value), path: finder.path }] : []),
  ]
}

type SignedInstance = Pick<Instance, 'configuration' | 'identity' | 'events'>

/**
 * The signs that a notification carries: its workspace, and the texts, numbers and booleans of its body.
 * @param paths where these are looked for; null: anywhere, what is shallow first, and only so far
 */
export function signsIn(body: unknown, workspace: string | null, paths: readonly string[] | null): Buffer[] {
  const members = paths ? paths.map(path => [path, valueAt(body, path)] as const) : membersOf(body)
  const signs = members.flatMap(([path, value]) => (isScalar(value) ? [memberSign(path, String(value))] : []))
  return workspace ? [workspaceSign(workspace), ...signs] : signs
}

function valueAt(body: unknown, path: string): unknown {
  return path.split('.').reduce((value: unknown, name) => {
    const has = typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    return has ? (value as Record<string, unknown>)[name] : undefined
  }, body)
}

function membersOf(body: unknown): [path: string, value: unknown][] {
  const members: [path: string, value: unknown][] = [['', body]]
  // Grows while it is read, so that what is deeper comes later.
  for (const [path, value] of members) {
    if (typeof value !== 'object' || value === null) continue
    const below = Object.entries(value).slice(0, mostMembers - members.length)
    for (const [name, member] of below) members.push([path ? `${path}.${name}` : name, member])
  }
  return members
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
