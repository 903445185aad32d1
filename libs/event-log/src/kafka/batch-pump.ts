import type { BatchHandler, RecordBatch, StoredRecord } from '../event-log.js'
import type { LogObserver } from '../observer.js'
import { retryPauseMs, runHandler } from '../outcome.js'
import { Pause } from '../pause.js'

/** What a fetch brought of one partition. */
export interface Part {
  topic: string
  partition: number
  records: StoredRecord[]
  /** Records left in the partition behind these. */
  left: number
}

/** How far the handler came in a partition: `offset` is that of the next record. */
export interface Progress {
  topic: string
  partition: number
  offset: string
  left: number
}

export interface PumpOptions {
  handler: BatchHandler
  maxRecords: number
  /** The reader's name in metrics and logs. */
  name: string
  observer: LogObserver
  /** Called with what the handler called done, before anything else is handed over. */
  advance(progress: Progress[]): void
  /** Whether the partitions are another member's by now. */
  isStale(): boolean
  /** Called when the handler begins, and when it ends. */
  alive(): void
}

interface Waiting {
  part: Part
  /** The offset behind the last record that is dealt with. */
  reached?: string
  settle(reached: string | undefined): void
}

/**
 * Merges what kafkajs fetched, a batch per partition, into few large batches for the handler, one at a time.
 * A batch that isn't done is handed over again, until it is, or its partitions are given up.
 */
export class BatchPump {
  private waiting: Waiting[] = []
  private pumping?: Promise<void>
  private stopped = false
  private generation = 0
  private handling = false
  private readonly pause = new Pause()

  constructor(private readonly options: PumpOptions) {}

  /** Whether the handler is at work this moment. */
  get isHandling(): boolean {
    return this.handling
  }

  /** Whether anything is being handled, or waits for it. */
  get isActive(): boolean {
    return this.pumping !== undefined
  }

  /** Resolves when all of the part is dealt with, or it was given up: with the offset to go on from, if it got anywhere. */
  offer(part: Part): Promise<string | undefined> {
    if (this.stopped) return Promise.resolve(undefined)
    return new Promise(resolve => {
      this.waiting.push({ part, settle: resolve })
      this.pumping ??= this.pump()
    })
  }

  /** Gives up all that isn't in the handler's hands, and doesn't advance over what is: it is another generation's. */
  giveUp(): void {
    this.generation++
    for (const { settle, reached } of this.waiting.splice(0)) settle(reached)
    this.pause.wake()
  }

  /** Hands nothing more over. Resolves when what the handler has in its hands is finished, and advanced over if done. */
  async stop(): Promise<void> {
    this.stopped = true
    this.pause.wake()
    await this.pumping
  }

  private async pump(): Promise<void> {
    // The fetch's other partitions are offered in the same turn of the event loop.
    await new Promise(resolve => setImmediate(resolve))
    let failures = 0
    while (this.waiting.length > 0 && !this.stopped) {
      const generation = this.generation
      const { records, progress } = this.take()
      const done = await this.hand(records)
      if (generation !== this.generation) continue
      if (done) {
        failures = 0
        this.finish(records.length, progress)
        this.options.advance(progress)
      } else if (!this.stopped) {
        await this.pause.wait(retryPauseMs(++failures))
      }
      this.settleFinished()
    }
    this.pumping = undefined
    if (this.stopped) this.giveUp()
  }

  private async hand(records: readonly StoredRecord[]): Promise<boolean> {
    const { handler, observer, name } = this.options
    const batch: RecordBatch = { records, isStale: () => this.options.isStale() }
    const began = Date.now()
    this.options.alive()
    this.handling = true
    const outcome = await runHandler(handler, batch)
    this.handling = false
    this.options.alive()
    if (outcome.kind === 'done') observer.consumed(name, records.length, (Date.now() - began) / 1000)
    else observer.retried(name, outcome.why)
    return outcome.kind === 'done'
  }

  /** The next batch. It stays where it is until it is done. */
  private take(): { records: StoredRecord[]; progress: Progress[] } {
    const records: StoredRecord[] = []
    const progress = new Map<string, Progress>()
    for (const { part } of this.waiting) {
      const { topic, partition } = part
      const taken = part.records.slice(0, this.options.maxRecords - records.length)
      const last = taken.at(-1)
      if (!last) break
      for (const record of taken) records.push(record)
      const offset = (BigInt(last.offset) + 1n).toString()
      const left = part.left + part.records.length - taken.length
      progress.set(`${topic} ${partition}`, { topic, partition, offset, left })
    }
    return { records, progress: [...progress.values()] }
  }

  /** Takes the first `count` records off. Their parts are settled later, when the progress is on record. */
  private finish(count: number, progress: readonly Progress[]): void {
    for (const waiting of this.waiting) {
      const taken = waiting.part.records.splice(0, count)
      const last = taken.at(-1)
      if (!last) break
      waiting.reached = (BigInt(last.offset) + 1n).toString()
      count -= taken.length
    }
    const { observer, name } = this.options
    for (const { topic, partition, left } of progress) observer.lag(name, topic, partition, left)
  }

  private settleFinished(): void {
    while (this.waiting[0]?.part.records.length === 0) {
      const first = this.waiting.shift()
      first?.settle(first.reached)
    }
  }
}
