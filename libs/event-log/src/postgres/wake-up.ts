import pg from 'pg'
import { within } from '#platform'
import { messageOf } from '../errors.js'
import type { LogObserver } from '../observer.js'
import { Pause } from '../pause.js'

const CHANNEL = 'event_log'
const LEAST_QUIET_MS = 1
const MOST_QUIET_MS = 10
const RECORDS_PER_MS = 2
const MAX_PAYLOAD = 7_000
const GOODBYE_MS = 1_000

/**
 * Tells readers of all processes that there is something to look at. Only ever a hint: readers look by themselves too.
 * Within the process it is a call; beyond it a NOTIFY, apart from the append (which it would make wait for other
 * notifiers' commits) and one for many appends: the more was told of, the longer it is quiet afterwards, since readers who
 * have much to read look again by themselves.
 */
export class WakeUp {
  private readonly listeners = new Set<{ names: ReadonlySet<string>; wake: () => void }>()
  private readonly toTell = new Set<string>()
  private recordsToTell = 0
  private telling = false
  private client?: pg.Client
  private closed = false
  private readonly reconnect = new Pause()
  private connecting?: Promise<void>

  constructor(
    private readonly pool: pg.Pool,
    private readonly listenUrl: string | undefined,
    private readonly observer: LogObserver,
  ) {}

  /** Calls `wake` whenever something is announced under one of the names, until the returned function is called. */
  on(names: readonly string[], wake: () => void): () => void {
    this.connecting ??= this.stayConnected()
    const listener = { names: new Set(names), wake }
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** @param records how many were appended, where that is the news */
  announce(names: Iterable<string>, records = 0): void {
    for (const name of names) this.toTell.add(name)
    this.recordsToTell += records
    this.wake(this.toTell)
    if (!this.telling) void this.tell()
  }

  async close(): Promise<void> {
    this.closed = true
    this.reconnect.wake()
    const ended = this.client?.end().then(() => this.connecting)
    // A server that is silent doesn't say goodbye; nothing is lost with this connection.
    await within(GOODBYE_MS, ended ?? Promise.resolve()).catch(() => this.client?.connection.stream.destroy())
    await this.connecting
  }

  private wake(names: ReadonlySet<string>): void {
    for (const listener of this.listeners) {
      if (names.size === 0 || [...names].some(name => listener.names.has(name))) listener.wake()
    }
  }

  private async tell(): Promise<void> {
    this.telling = true
    while (this.toTell.size > 0 && !this.closed) {
      const names = [...this.toTell].join('\n')
      const quietMs = Math.min(MOST_QUIET_MS, Math.max(LEAST_QUIET_MS, this.recordsToTell / RECORDS_PER_MS))
      this.toTell.clear()
      this.recordsToTell = 0
      try {
        await this.pool.query({
          name: 'event_log_notify',
          text: NOTIFY,
          values: [names.length > MAX_PAYLOAD ? '' : names],
        })
      } catch {
        // Readers look by themselves.
      }
      await new Promise(resolve => setTimeout(resolve, quietMs))
    }
    this.telling = false
  }

  private async stayConnected(): Promise<void> {
    while (!this.closed) {
      try {
        await this.listen()
      } catch (error) {
        if (!this.closed)
          this.observer.warn(`cannot listen for wake-ups, readers look by themselves: ${messageOf(error)}`)
      }
      if (!this.closed) await this.reconnect.wait(500)
    }
  }

  /** Returns, or throws, when the connection has ended. */
  private async listen(): Promise<void> {
    const client = new pg.Client(
      this.listenUrl
        ? { connectionString: this.listenUrl, keepAlive: true, keepAliveInitialDelayMillis: 10_000 }
        : { ...this.pool.options, keepAlive: true },
    )
    this.client = client
    const ended = new Promise<void>(resolve => client.once('end', () => resolve()))
    client.on('error', () => void client.end().catch(() => undefined))
    client.on('notification', ({ payload }) => this.wake(new Set(payload ? payload.split('\n') : [])))
    try {
      await client.connect()
      await client.query(`listen ${CHANNEL}`)
      // What was announced while nobody listened.
      this.wake(new Set())
      await ended
    } finally {
      await client.end().catch(() => undefined)
    }
  }
}

// Without waiting for the disk: a hint that a crash of the server takes along has nobody left to hear it.
const NOTIFY = `select set_config('synchronous_commit', 'off', true), pg_notify('${CHANNEL}', $1)`
