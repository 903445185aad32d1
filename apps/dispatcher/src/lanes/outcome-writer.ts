import { Inject, Injectable } from '@nestjs/common'
import { dayOf, isPoison, LaneOwnership, Outcomes, type AttemptOutcome } from '#deliveries'
import { LOGGER, type Logger } from '#platform'
import { DispatcherMetrics } from '../metrics.js'
import { whyOf } from '../why.js'
import type { Lane } from './lane.js'

/** Outcomes of a moment share a statement: long enough to gather some, too short to be felt. */
const lingerMs = 5
const largestBatch = 500
/** Of a batch; the others are found in the table of attempts. */
const idsLogged = 20
/** How often a lane's successes are written down while all is well. */
const saveEveryMs = 1_000

/** An attempt that has ended, with the lane that made it. */
export interface Ended {
  lane: Lane
  outcome: AttemptOutcome
  /** The lane was down and answers again. */
  recovered: boolean
  /** Others may have waited for its end. */
  ordered: boolean
}

/** Hears what was stored. */
export interface OutcomeListener {
  stored(ended: readonly Ended[], deactivated: ReadonlySet<string>): void
}

/** Stores outcomes in batches, one batch at a time, and doesn't give up: what is lost here is sent again. */
@Injectable()
export class OutcomeWriter {
  #waiting: Ended[] = []
  #timer: NodeJS.Timeout | null = null
  #writing: Promise<void> | null = null
  #listener: OutcomeListener | null = null
  readonly #dirty = new Map<Lane, number>()
  readonly #savedAt = new WeakMap<Lane, number>()
  #dispatcherId = ''
  #closed = false

  constructor(
    @Inject(Outcomes) private readonly outcomes: Outcomes,
    @Inject(LaneOwnership) private readonly ownership: LaneOwnership,
    private readonly metrics: DispatcherMetrics,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  listen(listener: OutcomeListener): void {
    this.#listener = listener
  }

  /** Under whose name lanes are saved from now on. */
  actAs(dispatcherId: string): void {
    this.#dispatcherId = dispatcherId
  }

  push(ended: Ended): void {
    this.#waiting.push(ended)
    if (!this.#writing) this.#timer ??= setTimeout(() => this.write(), lingerMs)
  }

  /** Stores what is left. Gives up at the first failure: what isn't stored is sent again. */
  async close(): Promise<void> {
    this.#closed = true
    if (this.#timer) clearTimeout(this.#timer)
    this.write()
    while (this.#writing) await this.#writing
  }

  private write(): void {
    this.#timer = null
    if (this.#writing || this.#waiting.length === 0) return
    this.#writing = this.writeAll().finally(() => (this.#writing = null))
  }

  private async writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, largestBatch)
      const begun = performance.now()
      const deactivated = await this.store(batch)
      if (deactivated === null) return
      this.tell(batch, deactivated, performance.now() - begun)
      this.#listener?.stored(batch, deactivated)
      await this.saveLanes(batch)
      for (const lane of new Set(batch.flatMap(({ lane, recovered }) => (recovered ? [lane] : [])))) {
        await this.hurry(lane)
      }
    }
  }

  private tell(batch: readonly Ended[], deactivated: ReadonlySet<string>, durationMs: number): void {
    const delivered = batch.filter(({ outcome }) => outcome.decision.kind === 'delivered').length
    const lanes = new Set(batch.map(({ lane }) => lane.id)).size
    const notificationIds = batch.slice(0, idsLogged).map(({ outcome }) => outcome.notificationId)
    const counts = { attempts: batch.length, delivered, lanes, deactivated: [...deactivated], durationMs }
    this.log.info({ ...counts, notificationIds }, 'callbacks attempted')
  }

  /** The subscriptions deactivated by it; null: given up. */
  private async store(batch: readonly Ended[]): Promise<ReadonlySet<string> | null> {
    for (let failures = 0; ; failures++) {
      try {
        const outcomes = batch.map(({ outcome }) => outcome)
        return new Set(await this.outcomes.record(outcomes, dayOf(new Date())))
      } catch (err) {
        if (isPoison(err)) return this.storeSingly(batch, err)
        this.log.error(
          { why: whyOf(err), attempts: batch.length },
          'outcomes of callbacks could not be stored; trying again',
        )
        if (this.#closed) return null
        await new Promise(resolve => setTimeout(resolve, Math.min(5_000, 100 * 2 ** failures)))
      }
    }
  }

  // Nothing that goes in is known to cause this; if something does, the others must not wait for it.
  private async storeSingly(batch: readonly Ended[], err: unknown): Promise<ReadonlySet<string>> {
    const [only, second] = batch
    if (only && !second) {
      const { deliveryId, notificationId } = only.outcome
      this.log.error({ why: whyOf(err), deliveryId, notificationId }, 'the outcome of a callback cannot be stored')
      return new Set()
    }
    const deactivated = new Set<string>()
    for (const one of batch) for (const id of (await this.store([one])) ?? []) deactivated.add(id)
    return deactivated
  }

  /** Failures and recoveries at once, mere successes once a second. */
  private async saveLanes(batch: readonly Ended[]): Promise<void> {
    const now = performance.now()
    for (const { lane, outcome, recovered } of batch) {
      const urgent = outcome.decision.kind !== 'delivered' || recovered
      if (urgent || now - (this.#savedAt.get(lane) ?? -Infinity) >= saveEveryMs) this.#dirty.set(lane, now)
    }
    if (this.#dirty.size === 0) return
    const lanes = [...this.#dirty.keys()]
    this.#dirty.clear()
    try {
      await this.ownership.save(
        this.#dispatcherId,
        lanes.map(lane => lane.state),
      )
      for (const lane of lanes) this.#savedAt.set(lane, now)
    } catch (err) {
      this.log.warn(
        { why: whyOf(err) },
        'what is known of lanes could not be saved; trying again with their next callback',
      )
      for (const lane of lanes) this.#dirty.set(lane, now)
    }
  }

  private async hurry(lane: Lane): Promise<void> {
    try {
      const hurried = await this.outcomes.hurry(lane.id)
      lane.markBacklog()
      this.metrics.recovered()
      this.log.info({ laneId: lane.id, accountId: lane.accountId, hurried }, 'a callback URL answers again')
    } catch (err) {
      // Its retries come when they are due.
      this.log.warn(
        { why: whyOf(err), laneId: lane.id },
        'waiting callbacks of a recovered URL could not be brought forward',
      )
    }
  }
}
