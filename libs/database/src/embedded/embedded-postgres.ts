import { setTimeout as sleep } from 'node:timers/promises'
import { layoutOf, readPostmaster, type Layout } from './layout.js'
import { isAlive } from './processes.js'
import { ensureDatabase, ensureServer, findAnswering, signal, stopServer, urlOf } from './server.js'
import type { Parameters, Running } from './server.js'
import { Users } from './users.js'

export interface EmbeddedPostgresOptions {
  /** Made if need be. The server's data, password and log are kept in it. */
  dataDir: string
  /** Told what the operator should know: that the server died and was started again. */
  log?: (message: string) => void
  /** PostgreSQL settings beside the built-in ones. */
  parameters?: Parameters
}

/** A PostgreSQL server of our own, on 127.0.0.1 and a random port, by a random password. */
export interface EmbeddedPostgres {
  url: string
  /** Leaves the server, and stops it (fast shutdown) when no other process uses it. */
  stop(): Promise<void>
}

/**
 * Starts PostgreSQL on `dataDir`, or joins the server that runs there, be it another process's or one whose process was
 * killed. While it is in use it is started again whenever it ends, on the same port: a terminal's Ctrl-C reaches the
 * whole process group, and the applications still have work to finish then.
 * @throws where no PostgreSQL can be run, with every way tried and what to do
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const layout = await layoutOf(options.dataDir)
  const users = new Users(layout.users)
  users.enter()
  const atExit = takeServerAlong(layout, users)
  try {
    const running = await ensureServer(layout, options.parameters ?? {})
    await ensureDatabase(layout, running)
    return new Watched(layout, users, running, options, atExit)
  } catch (error) {
    atExit.off()
    users.leave()
    throw error
  }
}

/** The address of the server that runs on `dataDir`; null when none does. */
export async function findRunning(dataDir: string): Promise<string | null> {
  const layout = await layoutOf(dataDir)
  const running = await findAnswering(layout)
  return running && urlOf(layout, running.port)
}

interface AtExit {
  off(): void
}

/** A process that ends without stop() still takes its server along, unless others use it. */
function takeServerAlong(layout: Layout, users: Users): AtExit {
  const atExit = () => {
    const postmaster = users.leave() ? readPostmaster(layout) : null
    if (postmaster) signal(postmaster.pid, 'SIGINT')
  }
  process.on('exit', atExit)
  return { off: () => process.off('exit', atExit) }
}

const watchIntervalMs = 1_000

class Watched implements EmbeddedPostgres {
  readonly url: string
  readonly #layout: Layout
  readonly #users: Users
  readonly #options: EmbeddedPostgresOptions
  readonly #timer: NodeJS.Timeout
  readonly #atExit: AtExit
  #running: Running
  #reviving: Promise<void> | null = null
  #stopped = false

  constructor(layout: Layout, users: Users, running: Running, options: EmbeddedPostgresOptions, atExit: AtExit) {
    this.#layout = layout
    this.#users = users
    this.#options = options
    this.#running = running
    this.url = urlOf(layout, running.port) ?? ''
    this.#watchChild()
    this.#timer = setInterval(() => this.#look(), watchIntervalMs).unref()
    this.#atExit = atExit
  }

  async stop(): Promise<void> {
    if (this.#stopped) return
    this.#stopped = true
    clearInterval(this.#timer)
    this.#atExit.off()
    await this.#reviving
    if (this.#users.leave()) await stopServer(this.#layout, this.#running)
  }

  #watchChild(): void {
    this.#running.child?.once('exit', () => this.#look())
  }

  #look(): void {
    if (this.#stopped || this.#reviving || isAlive(this.#running.pid)) return
    this.#reviving = this.#revive().finally(() => (this.#reviving = null))
  }

  async #revive(): Promise<void> {
    for (let pause = 100; !this.#stopped; pause = Math.min(pause * 2, 10_000)) {
      try {
        this.#running = await ensureServer(this.#layout, this.#options.parameters ?? {})
        this.#watchChild()
        this.#options.log?.(this.#news())
        return
      } catch (error) {
        this.#options.log?.(`The embedded PostgreSQL ended and could not be started again yet: ${String(error)}`)
        await sleep(pause)
      }
    }
  }

  #news(): string {
    const again = 'The embedded PostgreSQL ended and was started again.'
    if (this.url === urlOf(this.#layout, this.#running.port)) return `${again} Its data is whole; work goes on.`
    return `${again} Its port was taken meanwhile, and it has another now: restart this process.`
  }
}
