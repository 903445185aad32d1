import { eventsTopic, type EventLog } from '#event-log'
import { encodeEvent, polledEvent, type PollOrigin } from '#events'
import { pause, within } from '#platform'
import type { Change } from '../core/change.js'
import type { Publisher } from '../core/ports.js'

export interface PublisherOptions {
  topicPrefix: string
  deadlineMs: number
  /** So that the past of one instance doesn't stand before the present of all others. */
  eventsPerSecond: number
  signal: AbortSignal
}

const longestPauseMs = 10_000

/** Makes events of changes and puts them on the log. */
export class EventPublisher implements Publisher {
  readonly #topic: string

  constructor(
    private readonly log: EventLog,
    private readonly origin: PollOrigin,
    private readonly options: PublisherOptions,
  ) {
    this.#topic = eventsTopic(options.topicPrefix, origin.instance.elementKey)
  }

  async publish(changes: readonly Change[]): Promise<number> {
    const records = changes.map(change => encodeEvent(polledEvent(change, this.origin)))
    await within(this.options.deadlineMs, this.log.publish(this.#topic, records))
    return changes.length
  }

  async pace(events: number): Promise<void> {
    const { eventsPerSecond, signal } = this.options
    const pauseMs = Math.min((events / eventsPerSecond) * 1_000, longestPauseMs)
    if (pauseMs < 1 || signal.aborted) return
    // Cut short where the process ends.
    await pause(pauseMs, signal)
  }
}
