import type { Instance } from './instance.js'

const capacity = 10_000

/**
 * Decrypted instances by id, to be used only after the database has confirmed their version: it saves decrypting, never
 * reading. The least recently confirmed ones go first.
 */
export class InstanceCache {
  readonly #instances = new Map<number, Instance>()

  get(id: number): Instance | undefined {
    const instance = this.#instances.get(id)
    if (instance) this.put(instance)
    return instance
  }

  put(instance: Instance): void {
    this.#instances.delete(instance.id)
    this.#instances.set(instance.id, instance)
    if (this.#instances.size <= capacity) return
    const [oldest] = this.#instances.keys()
    if (oldest !== undefined) this.#instances.delete(oldest)
  }
}
