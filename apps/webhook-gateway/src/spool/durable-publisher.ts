import { Inject, Injectable } from '@nestjs/common'
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common'
import { EVENT_LOG } from '#event-log'
import type { EventLog, LogRecord } from '#event-log'
import { LOGGER, Metrics, SETTINGS, within } from '#platform'
import type { Logger, Settings } from '#platform'
import { SpoolTable } from './spool-table.js'
import type { Refused, SpooledRecord } from './spool-table.js'

/** Where records came to rest. `unavailable`: nowhere; neither the log nor the database took them. */
export type Rest = { kind: 'published' } | { kind: 'spooled' } | { kind: 'unavailable'; why: string }

const lookEveryMs = 1_000
const drainBatch = 500

/**
 * Makes records durable within the deadline: on the log, or, while that doesn't answer, in the spool, whose records
 * follow in order once the log is back. Records of a key never overtake spooled ones of the same key.
 */
@Injectable()
export class DurablePublisher implements OnApplicationBootstrap, OnApplicationShutdown {
  /** From a publish that missed its deadline until a probe of the log succeeds, no request waits for the log. */
  private logDown = false
  /** There may be spooled records: keys have to be looked up before they go to the log. */
  private backlog = true
  private looking: Promise<void> = Promise.resolve()
  private timer?: NodeJS.Timeout
  private readonly waiting
  private readonly refused

  constructor(
    @Inject(EVENT_LOG) private readonly eventLog: EventLog,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(LOGGER) private readonly log: Logger,
    private readonly spool: SpoolTable,
    metrics: Metrics,
  ) {
    this.waiting = metrics.gauge('tributary_spool_records', 'Records that wait in the spool for the event log.')
    this.refused = metrics.counter('tributary_spool_refused_total', 'Spooled records the event log would not take.')
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.looking = this.looking.then(() => this.look())
    }, lookEveryMs)
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer)
    await this.looking
  }

  /** Resolves, never rejects, as soon as the records are durable or can't be made so. */
  async publish(topic: string, records: readonly LogRecord[]): Promise<Rest> {
    if (this.logDown || (this.backlog && (await this.mustQueue(records)))) return this.keep(topic, records)
    try {
      await within(this.settings.publishDeadlineMs, this.eventLog.publish(topic, records))
      return { kind: 'published' }
    } catch (error) {
      this.shut(error)
      return this.keep(topic, records)
    }
  }

  /** Whether a record of these keys waits already. A database that doesn't answer can't hold the way to the log shut. */
  private async mustQueue(records: readonly LogRecord[]): Promise<boolean> {
    try {
      const keys = await within(
        this.settings.publishDeadlineMs / 2,
        this.spool.keysWaiting([...new Set(records.map(record => record.key))]),
      )
      return keys.size > 0
    } catch (error) {
      this.log.warn({ err: error }, 'the spool could not be looked at; publishing straight to the event log')
      return false
    }
  }

  private async keep(topic: string, records: readonly LogRecord[]): Promise<Rest> {
    try {
      this.backlog = true
      await within(this.settings.publishDeadlineMs, this.spool.add(topic, records))
      return { kind: 'spooled' }
    } catch (error) {
      this.log.error({ err: error }, 'neither the event log nor the database took a notification; it was answered 503')
      return { kind: 'unavailable', why: 'Neither the event log nor the database answers. Send it again later.' }
    }
  }

  private shut(error: unknown): void {
    if (this.logDown) return
    this.logDown = true
    this.log.error(
      { err: error, engine: this.eventLog.engine },
      'The event log did not take a record in time. Notifications are being spooled; nothing is lost. ' +
        'Check the log; this process goes back to it by itself.',
    )
  }

  /** One look: is the log back, and does anything wait? Never rejects. */
  private async look(): Promise<void> {
    try {
      if (this.logDown) await this.tryLog()
      const { count } = await this.spool.waiting()
      this.waiting.set(count)
      this.backlog = count > 0 || this.logDown
      if (count > 0 && !this.logDown) await this.drain()
    } catch (error) {
      this.log.warn({ err: error }, 'the spool could not be drained; trying again')
    }
  }

  private async tryLog(): Promise<void> {
    try {
      await within(this.settings.publishDeadlineMs, this.eventLog.probe([]))
      this.logDown = false
      this.log.info({ engine: this.eventLog.engine }, 'the event log answers again')
    } catch {
      // Still down: it was logged when it went, and readiness shows it.
    }
  }

  /** A batch at a time, so that what comes in meanwhile isn't kept waiting behind it. */
  private async drain(): Promise<void> {
    for (;;) {
      const drained = await this.spool.drain(drainBatch, records => this.release(records))
      if (drained) this.log.info({ records: drained }, 'spooled records went to the event log')
      if (drained === null || drained < drainBatch) return
    }
  }

  private async release(records: SpooledRecord[]): Promise<Refused[]> {
    const topics = [...new Set(records.map(record => record.topic))]
    const refused = await Promise.all(
      topics.map(topic =>
        this.releaseTo(
          topic,
          records.filter(record => record.topic === topic),
        ),
      ),
    )
    return refused.flat()
  }

  /** All at once; where that fails though the log answers, one by one, to find what it won't take. */
  private async releaseTo(topic: string, records: SpooledRecord[]): Promise<Refused[]> {
    try {
      await this.eventLog.publish(topic, records)
      return []
    } catch (error) {
      await this.eventLog.probe([topic])
      if (records.length > 1)
        return (await Promise.all(halves(records).map(half => this.releaseTo(topic, half)))).flat()
      const only = records[0]!
      this.refused.inc()
      this.log.error({ err: error, spoolId: only.id, key: only.key }, 'the event log refused a record; it is set aside')
      return [{ id: only.id, error: String(error) }]
    }
  }
}

function halves<T>(list: readonly T[]): [T[], T[]] {
  const middle = Math.ceil(list.length / 2)
  return [list.slice(0, middle), list.slice(middle)]
}
