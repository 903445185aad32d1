import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { Pool, PoolClient } from 'pg'
import { within, type Logger } from '#platform'

const answerMs = 3_000
const pauseMs = 1_000
/** So many looks in a row without a word. */
const enough = 2

/**
 * While a process ends, nobody waits for a database that has gone silent: what has been asked of it fails, and so, soon,
 * does what is asked of it now. One that refuses connections needs no watching, since that is an answer.
 */
export class Silence {
  readonly #clients = new Set<PoolClient>()
  #watching = false

  constructor(
    private readonly pool: Pool,
    private readonly log: Logger,
  ) {
    pool.on('acquire', client => this.#clients.add(client))
    pool.on('remove', client => this.#clients.delete(client))
  }

  /** From now on. */
  watch(): void {
    this.#watching = true
    void this.#look()
  }

  stop(): void {
    this.#watching = false
  }

  async #look(): Promise<void> {
    for (let silent = 0; this.#watching && silent < enough;) {
      silent = (await this.#isSilent()) ? silent + 1 : 0
      if (silent === enough && this.#watching) return this.#giveUp()
      await sleep(pauseMs, undefined, { ref: false })
    }
  }

  async #isSilent(): Promise<boolean> {
    const client = new pg.Client(this.pool.options)
    client.on('error', () => undefined)
    const look = async () => {
      await client.connect()
      await client.query('select 1')
    }
    const answered = look().then(
      () => true,
      () => true,
    )
    const silent = await within(answerMs, answered).then(
      () => false,
      () => true,
    )
    // Nobody waits for the goodbye of a server that may be silent.
    void client.end().catch(() => undefined)
    return silent
  }

  #giveUp(): void {
    this.log.error(
      `PostgreSQL has not answered for ${(enough * answerMs) / 1_000} s: what still waits for it is given up, and goes ` +
        'on from stored state',
    )
    this.pool.options.connectionTimeoutMillis = 500
    // With a query under way, that breaks the connection; else there is nothing that could wait.
    for (const client of this.#clients) void client.end().catch(() => undefined)
  }
}
