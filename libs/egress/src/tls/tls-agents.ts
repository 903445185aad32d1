import { createHash } from 'node:crypto'
import type { SecureContext } from 'node:tls'
import type { Dispatcher } from 'undici'
import { secureContextOf, type TlsMaterial } from './tls-material.js'

interface Entry {
  agent: Dispatcher
  idle: NodeJS.Timeout
}

/**
 * The agents of requests with TLS of their own: one for each material, so that a connection, or a session to resume,
 * that was made with one's certificate or trust is never another's. Those that nobody uses are closed, and of more than
 * `most` the one that was used longest ago; what is under way there ends first.
 */
export class TlsAgents {
  readonly #entries = new Map<string, Entry>()

  constructor(
    private readonly make: (context: SecureContext) => Dispatcher,
    private readonly most = 256,
    private readonly idleMs = 60_000,
  ) {}

  get size(): number {
    return this.#entries.size
  }

  /** @throws OpenSSL's error where it doesn't take the material */
  agentFor(material: TlsMaterial): Dispatcher {
    const key = nameOf(material)
    const known = this.#entries.get(key)
    const entry = known ?? { agent: this.make(secureContextOf(material)), idle: this.#closing(key) }
    entry.idle.refresh()
    // The last one in a map's order is the one that was used last.
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    const [oldest] = this.#entries.keys()
    if (this.#entries.size > this.most && oldest !== undefined) this.#drop(oldest)
    return entry.agent
  }

  /** Breaks off what is under way. */
  async destroy(): Promise<void> {
    const entries = [...this.#entries.values()]
    this.#entries.clear()
    for (const { idle } of entries) clearTimeout(idle)
    await Promise.all(entries.map(({ agent }) => agent.destroy()))
  }

  #closing(key: string): NodeJS.Timeout {
    return setTimeout(() => this.#drop(key), this.idleMs).unref()
  }

  #drop(key: string): void {
    const entry = this.#entries.get(key)
    if (!entry) return
    this.#entries.delete(key)
    clearTimeout(entry.idle)
    void entry.agent.close()
  }
}

// The material itself is no key of a map to leave secrets in.
function nameOf({ ca, client }: TlsMaterial): string {
  return createHash('sha256')
    .update(JSON.stringify([ca, client?.certificate ?? null, client?.key ?? null]))
    .digest('base64')
}
