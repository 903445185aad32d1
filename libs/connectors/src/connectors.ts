import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Connector } from './connector.js'
import type { Definition } from './definition.js'
import { icontact } from './definitions/icontact/index.js'
import { intercom } from './definitions/intercom/index.js'
import { checkedDefinition, DefinitionError, parseDefinition, type DefinitionInFile } from './engine/definition-file.js'

export interface ConnectorsOptions {
  /** Folder of further definitions: `.yaml`, `.yml`, `.json`. One with a built-in's key takes its place. */
  dir?: string
  /** Element key → scheme, host and port that stand in for the vendor's own; paths are kept. */
  baseUrls?: Record<string, string>
  /** Milliseconds since 1970. */
  now?: () => number
}

const builtIn: readonly Definition[] = [intercom, icontact]

/** Every element that this process knows. */
export class Connectors {
  private constructor(private readonly byKey: ReadonlyMap<string, Connector>) {}

  /** @throws DefinitionError, which names file, line, place and expectation of every fault */
  static async load({ dir, baseUrls = {}, now }: ConnectorsOptions = {}): Promise<Connectors> {
    const definitions = new Map(builtIn.map(definition => [definition.key, checkedDefinition(definition)]))
    for (const definition of dir === undefined ? [] : await definitionsIn(dir))
      definitions.set(definition.key, definition)
    const origins = new Map(Object.entries(baseUrls).map(([key, url]) => [key.toLowerCase(), checkedOrigin(key, url)]))
    const connectors = [...definitions].map(([key, definition]) => {
      const baseUrl = origins.get(key)
      return [
        key,
        new Connector(definition, { ...(baseUrl !== undefined && { baseUrl }), ...(now && { now }) }),
      ] as const
    })
    return new Connectors(new Map(connectors))
  }

  get(key: string): Connector | undefined {
    return this.byKey.get(key)
  }

  list(): Connector[] {
    return [...this.byKey.values()]
  }
}

async function definitionsIn(dir: string): Promise<Definition[]> {
  const files = (await readdir(dir)).filter(name => /\.(ya?ml|json)$/i.test(name)).sort()
  const faults: string[] = []
  const found = new Map<string, DefinitionInFile>()
  for (const file of files) {
    try {
      const read = parseDefinition(await readFile(join(dir, file), 'utf8'), file)
      const { key } = read.definition
      const other = found.get(key)
      if (other) faults.push(`${read.at(['key'])}: key "${key}" is taken by ${other.at(['key'])}`)
      else found.set(key, read)
    } catch (error) {
      if (!(error instanceof DefinitionError)) throw error
      faults.push(...error.faults)
    }
  }
  const definitions = [...found.values()]
  faults.push(...idFaults(definitions))
  if (faults.length > 0) throw new DefinitionError(faults)
  return definitions.map(({ definition }) => definition)
}

/** Elements can be asked for by number too. */
function idFaults(found: DefinitionInFile[]): string[] {
  const keys = new Set(found.map(({ definition }) => definition.key))
  const taken = new Map(builtIn.filter(({ key }) => !keys.has(key)).map(({ id, key }) => [id, `"${key}"`]))
  return found.flatMap(({ definition: { id }, at }) => {
    const other = taken.get(id)
    taken.set(id, other ?? at(['id']))
    return other === undefined ? [] : [`${at(['id'])}: id ${id} is taken by ${other}`]
  })
}

function checkedOrigin(key: string, url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : null
  if (
    parsed &&
    /^https?:$/.test(parsed.protocol) &&
    /^\/?$/.test(parsed.pathname) &&
    !parsed.search &&
    !parsed.username
  )
    return parsed.origin
  throw new DefinitionError([
    `CONNECTOR_${key.toUpperCase()}_BASE_URL: "${url}" should be only scheme, host and port, such as http://127.0.0.1:9000`,
  ])
}
