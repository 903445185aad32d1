import type { Pool } from 'pg'
import { messageOf } from '../errors.js'
import type { BatchHandler, RecordBatch, Subscription } from '../event-log.js'
import type { LogObserver } from '../observer.js'
import { retryPauseMs, runHandler } from '../outcome.js'
import { Pause } from '../pause.js'
import { fetch, type Cursor, type Fetched, type Reached } from './fetch.js'

/** Where a reader stands, and where it may read. */
export interface Positions {
  /** Resolves when it is settled for the first time what may be read. */
  readonly ready?: Promise<void>
  /** What to read now. Called while no batch is under way: what others are waiting for may be given back. */
  current(): Promise<Cursor[]>
  /** The same beside a batch under way, without giving anything back. */
  held(): Cursor[]
  advance(reached: readonly Reached[]): void
  owns(cursor: Cursor): boolean
  close(): Promise<void>
}

export interface ReadLoopOptions {
  pool: Pool
  positions: Positions
  handler: BatchHandler
  observer: LogObserver
  /** The reader's name in metrics and logs. */
  name: string
  maxRecords: number
  /** The longest that a record waits for a reader whom no hint reached. */
  lookMs: number
}

const MAX_BYTES = 16 * 1024 * 1024

/** Fetch, hand over, advance, and again. Nothing is skipped: positions move only over what the handler called done. */
export class ReadLoop implements Subscription {
  private readonly news = new Pause()
  private readonly stop = new Pause()
  private closing = false
  private lastAlive = Date.now()
  private failures = 0
  private turn = 0
  private ahead?: { cursors: Cursor[]; fetched: Promise<Fetched> }
  private readonly running: Promise<void>
  readonly ready

  constructor(private readonly options: ReadLoopOptions) {
    this.ready = options.positions.ready
    this.running = this.run()
  }

  /** There may be something to read. */
  wake(): void {
    this.news.wake()
  }

  idleMs(): number {
    return Date.now() - this.lastAlive
  }

  async close(): Promise<void> {
    this.closing = true
    this.news.wake()
    this.stop.wake()
    await this.running
    await this.options.positions.close()
  }

  private async run(): Promise<void> {
    while (!this.closing) {
      try {
        const fetched = await this.fetch()
        this.lastAlive = Date.now()
        if (fetched.records.length > 0) await this.handle(fetched)
        else if (fetched.reached.length > 0) this.options.positions.advance(fetched.reached)
        else await this.news.wait(this.options.lookMs)
      } catch (error) {
        this.options.observer.warn(`${this.options.name}: reading failed, trying again: ${messageOf(error)}`)
        await this.stop.wait(300)
      }
    }
  }

  private async fetch(): Promise<Fetched> {
    const cursors = await this.options.positions.current()
    const ahead = this.ahead
    this.ahead = undefined
    if (cursors.length === 0) return { records: [], reached: [] }
    // What was fetched ahead holds if nothing has moved meanwhile.
    if (ahead && sameCursors(ahead.cursors, cursors)) return ahead.fetched
    return this.read(cursors)
  }

  private read(cursors: readonly Cursor[]): Promise<Fetched> {
    const { pool, maxRecords } = this.options
    // Each partition is first in its turn, so that none waits behind another's backlog; a batch that failed comes again.
    const first = this.turn % cursors.length
    const inTurn = [...cursors.slice(first), ...cursors.slice(0, first)]
    return fetch(pool, inTurn, maxRecords, Math.max(1024 * 1024, Math.floor(MAX_BYTES / cursors.length)))
  }

  /** Fetches what follows while the handler is at work, where there is a backlog. */
  private fetchAhead(reached: readonly Reached[]): void {
    if (!reached.some(({ left }) => left > 0n)) return
    const moved = new Map(reached.map(({ cursor, position }) => [cursor.id, position]))
    const held = this.options.positions.held()
    const cursors = held.map(cursor => ({ ...cursor, position: moved.get(cursor.id) ?? cursor.position }))
    if (cursors.length === 0) return
    const fetched = this.read(cursors)
    fetched.catch(() => undefined)
    this.ahead = { cursors, fetched }
  }

  private async handle({ records, reached }: Fetched): Promise<void> {
    const { handler, observer, name, positions } = this.options
    const batch: RecordBatch = { records, isStale: () => !reached.every(({ cursor }) => positions.owns(cursor)) }
    for (const { cursor, left } of reached) observer.lag(name, cursor.topic, cursor.partition, Number(left))
    const began = Date.now()
    this.fetchAhead(reached)
    const outcome = await runHandler(handler, batch)
    this.lastAlive = Date.now()
    if (outcome.kind === 'done') {
      this.failures = 0
      this.turn++
      positions.advance(reached)
      observer.consumed(name, records.length, (Date.now() - began) / 1000)
    } else {
      this.ahead = undefined
      observer.retried(name, outcome.why)
      await this.stop.wait(retryPauseMs(++this.failures))
    }
  }
}

function sameCursors(some: readonly Cursor[], others: readonly Cursor[]): boolean {
  const known = new Map(some.map(cursor => [cursor.id, cursor]))
  return (
    some.length === others.length &&
    others.every(({ id, epoch, position }) => {
      const other = known.get(id)
      return other?.epoch === epoch && other.position === position
    })
  )
}
