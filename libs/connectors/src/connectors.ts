import type { Connector } from './connector.js'

export interface ConnectorsOptions {
  /** Folder of further definitions: `.yaml`, `.yml`, `.json`. */
  dir?: string
  /** Element key → scheme, host and port that stand in for the vendor's own; paths are kept. */
  baseUrls?: Record<string, string>
  /** Milliseconds since 1970. */
  now?: () => number
}

/** Every element that this process knows. */
export class Connectors {
  private constructor(private readonly byKey: ReadonlyMap<string, Connector>) {}

  /** @throws DefinitionError, which names file, line, place and expectation of every fault */
  static async load(_options: ConnectorsOptions = {}): Promise<Connectors> {
    throw new Error('to be written')
  }

  get(key: string): Connector | undefined {
    return this.byKey.get(key)
  }

  list(): Connector[] {
    return [...this.byKey.values()]
  }
}
