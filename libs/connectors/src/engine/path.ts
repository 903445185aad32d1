import type { Path } from '../definition.js'

export type Members = Record<string, unknown>

/** A JSON object: neither a list nor null. */
export function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Objects that paths see as one: a name is looked for in each in turn. Copied into one they'd be built anew for each message. */
export class Layers {
  readonly #layers: readonly Members[]

  constructor(...layers: readonly Members[]) {
    this.#layers = layers
  }

  /** The first layer that has it. */
  with(name: string): Members | undefined {
    return this.#layers.find(layer => Object.hasOwn(layer, name))
  }
}

const mostSplit = 10_000
const split = new Map<Path, readonly string[]>()

/** Definitions name few paths, and every record is read by them. */
function namesOf(path: Path): readonly string[] {
  const known = split.get(path)
  if (known) return known
  const names = path.split('.')
  if (split.size < mostSplit) split.set(path, names)
  return names
}

/**
 * What stands at a path, in a value or in layers; undefined where nothing does. Only own members count, so `__proto__`
 * leads nowhere.
 */
export function at(value: unknown, path: Path): unknown {
  if (path === '') return value
  const names = namesOf(path)
  let here = value instanceof Layers ? value.with(names[0]!) : value
  for (const name of names) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, name)) return undefined
    here = (here as Members)[name]
  }
  return here
}

/** The first of `paths` at which a text, a number or a boolean stands, as text; null where none does. */
export function textAt(value: unknown, paths: readonly Path[]): string | null {
  for (const path of paths) {
    const found = asText(at(value, path))
    if (found !== null) return found
  }
  return null
}

/** A scalar as text. Null for null, lists, objects and the empty text. */
export function asText(value: unknown): string | null {
  if (typeof value === 'string') return value === '' ? null : value
  return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint' ? String(value) : null
}

/** Puts a value at a path, making the objects on the way. */
export function put(target: Members, path: Path, value: unknown): void {
  const names = path.split('.')
  const last = names.pop() ?? path
  let here = target
  for (const name of names) {
    const next = here[name]
    here = isMembers(next) ? next : (here[name] = {})
  }
  here[last] = value
}
