interface Pattern {
  /** Null stands for a parameter. */
  segments: readonly (string | null)[]
  /** Whether more segments may follow: it ends with an asterisk. */
  open: boolean
  methods: Set<string>
}

/** Whether an address, or a route's pattern, is one of the API: below `/elements/api-v2` or `/api`. */
export function isApi(address: string): boolean {
  return /^\/(?:elements\/api-v2|api)(?:[/?#]|$)/.test(address)
}

/**
 * Which methods each path of the API takes. The vendor's resources without a hub (`/elements/api-v2/{resource}…`) take
 * any path there is, so a path that begins with a name of the API's own never counts as one of theirs.
 */
export class ApiPaths {
  readonly #patterns = new Map<string, Pattern>()
  readonly #ownNames = new Set<string>()
  readonly #byLength = new Map<number, Pattern[]>()

  /** @param pattern as Fastify has it: `/api/instances/:id` */
  add(methods: readonly string[], pattern: string): void {
    if (!isApi(pattern)) return
    const segments = segmentsOf(pattern).map(segment => (/[:*]/.test(segment) ? null : segment))
    const open = pattern.endsWith('*')
    const shape = `${segments.map(segment => segment ?? ':').join('/')}${open ? '*' : ''}`
    const known = this.#patterns.get(shape) ?? { segments, open, methods: new Set() }
    for (const method of methods) known.methods.add(method)
    this.#patterns.set(shape, known)
    if (segments[0] === 'elements' && segments[2]) this.#ownNames.add(segments[2])
    this.#byLength.clear()
  }

  /** What the most special of the patterns that a path fits takes, OPTIONS included; null: it fits none. */
  methodsAt(path: string): readonly string[] | null {
    const segments = segmentsOf(path).map(decoded)
    const isOwn = segments[0] === 'elements' && this.#ownNames.has(segments[2] ?? '')
    const found = this.ofLength(segments.length).find(
      pattern => (!isOwn || pattern.segments[2] !== null) && fits(pattern, segments),
    )
    if (!found) return null
    const { methods } = found
    return [...methods, ...(methods.has('GET') && !methods.has('HEAD') ? ['HEAD'] : []), 'OPTIONS']
  }

  private ofLength(length: number): readonly Pattern[] {
    const known = this.#byLength.get(length)
    if (known) return known
    const patterns = [...this.#patterns.values()]
      .filter(({ segments, open }) => segments.length === length || (open && segments.length < length))
      .sort(moreSpecial)
    // Anyone can ask for paths of any length.
    if (patterns.length > 0) this.#byLength.set(length, patterns)
    return patterns
  }
}

/** As the router goes: from left to right, a name before a parameter; what is open comes last. */
function moreSpecial(one: Pattern, other: Pattern): number {
  if (one.open !== other.open) return one.open ? 1 : -1
  const at = one.segments.findIndex((segment, index) => (segment === null) !== (other.segments[index] === null))
  if (at < 0) return 0
  return one.segments[at] === null ? 1 : -1
}

function fits({ segments }: Pattern, path: readonly string[]): boolean {
  return segments.every((segment, index) => segment === null || segment === path[index])
}

function segmentsOf(path: string): string[] {
  const [bare = ''] = path.split(/[?#]/, 1)
  return (bare.endsWith('/') ? bare.slice(1, -1) : bare.slice(1)).split('/')
}

// The router has refused by now what can't be decoded.
function decoded(segment: string): string {
  return segment.includes('%') ? decodeURIComponent(segment) : segment
}
