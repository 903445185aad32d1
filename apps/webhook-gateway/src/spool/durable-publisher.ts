import { Inject, Injectable } from '@nestjs/common'
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common'
import { EVENT_LOG, SpoolTable } from '#event-log'
import type { EventLog, LogRecord, Refused, SpooledRecord } from '#event-log'
import { LOGGER, Metrics, SETTINGS, within } from '#platform'
import type { Logger, Settings } from '#platform'
import { isRefusal, release } from './drain.js'
import { Pace } from './pace.js'

/** Where records came to rest. `unavailable`: nowhere; neither the log nor the database took them. */
export type Rest = { kind: 'published' } | { kind: 'spooled' } | { kind: 'unavailable'; why: string }

const lookEveryMs = 1_000
const drainBatch = 500
const hourMs = 3_600_000
const dayMs = 24 * hourMs

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
  private readonly timers: NodeJS.Timeout[] = []
  private closing = false
  private readonly pace: Pace
  private readonly refused

  constructor(
    @Inject(EVENT_LOG) private readonly eventLog: EventLog,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(LOGGER) private readonly log: Logger,
    private readonly spool: SpoolTable,
    metrics: Metrics,
  ) {
    this.pace = new Pace(settings.spoolRecordsPerSecond)
    this.refused = metrics.counter('tributary_spool_refused_total', 'Spooled records the event log would not take.')
    this.watch(metrics)
  }

  onApplicationBootstrap(): void {
    let busy = false
    const look = () => {
      if (busy) return
      busy = true
      this.looking = this.look().finally(() => (busy = false))
    }
    this.timers.push(setInterval(look, lookEveryMs))
    if (this.settings.retentionDays > 0) this.timers.push(setInterval(() => void this.forget(), hourMs).unref())
  }

  async onApplicationShutdown(): Promise<void> {
    this.closing = true
    for (const timer of this.timers) clearInterval(timer)
    await this.looking
  }

  /** Resolves, never rejects, as soon as the records are durable or can't be made so. */
  async publish(topic: string, records: readonly LogRecord[]): Promise<Rest> {
    if (this.logDown || (this.backlog && (await this.mustQueue(records)))) return this.keep(topic, records)
    try {
      await within(this.settings.publishDeadlineMs, this.eventLog.publish(topic, records))
      return { kind: 'published' }
    } catch (error) {
      // What the log says no to is spooled and set aside there; the log is there for all else.
      if (!isRefusal(error)) this.shut(error)
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
      const isWaiting = (await this.spool.oldest()) !== null
      this.backlog = isWaiting || this.logDown
      if (isWaiting && !this.logDown) await this.spool.inTurn(() => this.drain())
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

  /** A batch at a time and at a steady pace, so that what comes in meanwhile isn't kept waiting behind it. */
  private async drain(): Promise<void> {
    let records = 0
    try {
      while (!this.closing) {
        const limit = Math.min(drainBatch, this.settings.spoolRecordsPerSecond)
        const drained = await this.spool.drain(limit, batch => this.release(batch))
        records += drained?.records ?? 0
        if (!drained?.isFull) return
        await this.pace.after(drained.records)
      }
    } finally {
      if (records > 0) this.log.info({ records }, 'spooled records went to the event log')
    }
  }

  private async release(records: SpooledRecord[]): Promise<Refused[]> {
    const refused = await release(this.eventLog, records)
    for (const { id, error } of refused) {
      this.refused.inc()
      this.log.error({ spoolId: id, why: error }, 'the event log refused a record; it is set aside')
    }
    return refused
  }

  private async forget(): Promise<void> {
    try {
      const records = await this.spool.forgetRefused(new Date(Date.now() - this.settings.retentionDays * dayMs))
      if (records > 0) this.log.warn({ records }, 'spooled records that the event log refused are past retention')
    } catch (error) {
      this.log.warn({ err: error }, 'refused records could not be looked at; tried again in an hour')
    }
  }

  private watch(metrics: Metrics): void {
    const { spool } = this
    const nothing = { waiting: NaN, refused: NaN }
    metrics.gauge('tributary_spool_records', 'Records that wait in the spool for the event log.', [], async gauge =>
      gauge.set((await spool.counts().catch(() => nothing)).waiting),
    )
    metrics.gauge('tributary_spool_refused_records', 'Spooled records that are set aside.', [], async gauge =>
      gauge.set((await spool.counts().catch(() => nothing)).refused),
    )
    metrics.gauge(
      'tributary_spool_oldest_seconds',
      'Age of the oldest record that waits in the spool.',
      [],
      async gauge => gauge.set(await spool.oldest().then(ageSeconds, () => NaN)),
    )
  }
}

function ageSeconds(since: Date | null): number {
  return since ? Math.max(0, (Date.now() - since.getTime()) / 1_000) : 0
}
