import { randomBytes } from 'node:crypto'
import { chownSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isRunning, processName } from './processes.js'

/**
 * The processes that use one embedded server: a file each. Whoever leaves last stops it, so that a short command which
 * happened to start it doesn't take it from a server that joined later, and one that died doesn't keep it for ever.
 */
export class Users {
  readonly #folder: string
  readonly #name = `${processName(process.pid)}-${randomBytes(4).toString('hex')}`

  constructor(folder: string) {
    this.#folder = folder
  }

  enter(): void {
    const { uid, gid } = statSync(dirname(this.#folder))
    // Run once by root, the folder is still its owner's.
    if (mkdirSync(this.#folder, { recursive: true }) && process.getuid?.() === 0) chownSync(this.#folder, uid, gid)
    writeFileSync(join(this.#folder, this.#name), '')
  }

  /** @returns whether nobody else is left */
  leave(): boolean {
    rmSync(join(this.#folder, this.#name), { force: true })
    return !this.#others().some(name => isRunning(name))
  }

  #others(): string[] {
    try {
      const names = readdirSync(this.#folder).filter(name => name !== this.#name)
      for (const name of names) if (!isRunning(name)) rmSync(join(this.#folder, name), { force: true })
      return names
    } catch {
      // The whole data folder may be gone.
      return []
    }
  }
}
