import { eventsTopic, type EventLog } from '#event-log'
import { encodeEvent, polledEventId, type NormalizedEvent } from '#events'
import type { Instance } from '#instances'
import { within } from '#platform'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Change } from '../core/change.js'
import type { Publisher } from '../core/ports.js'

/** Whose changes they are, and of which run. */
export interface Origin {
  instance: Instance
  hubKey: string
  /** The events' objectType. */
  resource: string
  runId: string
  /** The run's start. */
  start: number
}

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
    private readonly origin: Origin,
    private readonly options: PublisherOptions,
  ) {
    this.#topic = eventsTopic(options.topicPrefix, origin.instance.elementKey)
  }

  async publish(changes: readonly Change[]): Promise<void> {
    const records = changes.map(change => encodeEvent(eventOf(change, this.origin)))
    await within(this.options.deadlineMs, this.log.publish(this.#topic, records))
  }

  async pace(events: number): Promise<void> {
    const { eventsPerSecond, signal } = this.options
    const pauseMs = Math.min((events / eventsPerSecond) * 1_000, longestPauseMs)
    if (pauseMs < 1 || signal.aborted) return
    // Cut short where the process ends.
    await sleep(pauseMs, undefined, { signal }).catch(() => {})
  }
}

export function eventOf(change: Change, { instance, hubKey, resource, runId, start }: Origin): NormalizedEvent {
  const { objectId, type, hash, raw } = change
  const date = new Date(change.date).toISOString()
  return {
    id: polledEventId({
      instanceId: instance.id,
      objectType: resource,
      objectId,
      date,
      recordHash: hash,
      deleted: type === 'DELETED',
    }),
    instanceId: instance.id,
    instanceName: instance.name,
    instanceTags: [...instance.tags],
    accountId: instance.accountId,
    companyId: instance.companyId,
    userId: instance.userId,
    elementKey: instance.elementKey,
    hubKey,
    objectType: resource,
    objectId,
    eventType: type,
    date,
    source: 'polling',
    pollDate: new Date(start).toISOString(),
    origin: runId,
    raw,
  }
}
