import { Server, type CustomTransportStrategy, type MessageHandler } from '@nestjs/microservices'
import { isObservable, lastValueFrom } from 'rxjs'
import { messageOf } from '../errors.js'
import type { BatchOutcome, EventLog, RecordBatch, SubscribeOptions, Subscription } from '../event-log.js'
import { outcomeOf } from '../outcome.js'

export type EventLogStrategyOptions = {
  log: EventLog
  /** Names the handlers that are meant: `@EventPattern('events', DISPATCH_GROUP)`. One symbol per group. */
  transportId: symbol
  /** Which topics a pattern stands for. */
  topics: Readonly<Record<string, readonly string[]>>
  maxRecords?: number
} & ({ readers: 'group'; group: string } | { readers: 'every-process' })

/**
 * Carries `@EventPattern(pattern, transportId)` handlers, which get a whole `RecordBatch` as their payload and return a
 * `BatchOutcome`. Anything else they return, a throw, and Nest's own error Observable (which is what its RPC proxy makes
 * of a throw) is a failure, and the same records are handed over again.
 *
 * Listening never waits for the log: an app whose log is down starts, serves its other doors, and reads when it can.
 */
export class EventLogStrategy extends Server implements CustomTransportStrategy {
  override readonly transportId: symbol
  /** Failures are ours to see; Nest needn't log them too. */
  override readonly propagatesEventHandlerErrors = true
  private readonly subscriptions: Subscription[] = []
  private subscribing: Promise<void> = Promise.resolve()
  private subscribed = false
  private closed = false

  constructor(private readonly options: EventLogStrategyOptions) {
    super()
    this.transportId = options.transportId
  }

  listen(callback: (error?: unknown) => void): void {
    try {
      const wanted = [...this.messageHandlers].map(([pattern, handler]) => this.subscription(pattern, handler))
      if (wanted.length === 0) throw new Error(`${String(this.transportId)}: there is no handler to carry`)
      if (wanted.length > 1 && this.options.readers === 'group') {
        throw new Error(`${String(this.transportId)}: a group reads one pattern; make a group for each`)
      }
      this.subscribing = this.subscribe(wanted)
      callback()
    } catch (error) {
      callback(error)
    }
  }

  async close(): Promise<void> {
    this.closed = true
    // While the log is down, subscribing ends when the log is closed, or closes what it then gets.
    if (this.subscribed) await this.subscribing
    await Promise.all(this.subscriptions.map(subscription => subscription.close()))
  }

  /** The longest that any of the subscriptions has been without a successful fetch; 0 before the first. */
  idleMs(): number {
    return Math.max(0, ...this.subscriptions.map(subscription => subscription.idleMs()))
  }

  on(): never {
    throw new Error('The event log has no events of its own')
  }

  unwrap<T>(): T {
    return this.options.log as T
  }

  private subscription(pattern: string, handler: MessageHandler): Wanted {
    const topics = this.options.topics[pattern]
    if (!topics) {
      const known = Object.keys(this.options.topics).join(', ')
      throw new Error(`@EventPattern('${pattern}'): no topics are known under that name, only under ${known}`)
    }
    if (handler.next) throw new Error(`@EventPattern('${pattern}'): two handlers, but a batch has one outcome`)
    const { maxRecords } = this.options
    const options: SubscribeOptions =
      this.options.readers === 'group'
        ? { topics, readers: 'group', group: this.options.group, maxRecords }
        : { topics, readers: 'every-process', maxRecords }
    return { options, handle: batch => this.handle(handler, batch) }
  }

  private async subscribe(wanted: readonly Wanted[]): Promise<void> {
    try {
      for (const { options, handle } of wanted) {
        const subscription = await this.options.log.subscribe(options, handle)
        if (this.closed) await subscription.close()
        else this.subscriptions.push(subscription)
      }
      this.subscribed = true
    } catch (error) {
      if (!this.closed) this.logger.error(`cannot read the event log: ${messageOf(error)}`)
    }
  }

  private async handle(handler: MessageHandler, batch: RecordBatch): Promise<BatchOutcome> {
    const answer: unknown = await handler(batch)
    return outcomeOf(isObservable(answer) ? await lastValueFrom(answer) : answer)
  }
}

interface Wanted {
  options: SubscribeOptions
  handle(batch: RecordBatch): Promise<BatchOutcome>
}
