import { Inject, Injectable } from '@nestjs/common'
import { LaneOwnership, type OwnedLane } from '#deliveries'
import { LOGGER, SETTINGS, type Logger, type Settings } from '#platform'
import { whyOf } from '../why.js'
import { Attempts } from './attempts.js'
import type { Job } from './job.js'
import { Lane } from './lane.js'
import { Membership, type MembershipListener } from './membership.js'
import { OutcomeWriter, type Ended, type OutcomeListener } from './outcome-writer.js'
import { Pacing } from './pacing.js'

/** Callbacks under way in this process at most. So many lanes can hang at once before others wait. */
const slotsInAll = 1_024
/** Bytes of jobs waiting in memory; beyond, new deliveries wait in the database. */
const memoryBudget = 64 * 1_048_576
const takenAtOnce = 64

/** Tells when there is something to read from the database. */
export type LoadWanted = () => void

/** The lanes that this process owns, and the starting of their callbacks. */
@Injectable()
export class Lanes implements MembershipListener, OutcomeListener {
  readonly #lanes = new Map<string, Lane>()
  /** Lanes that could start something were there a slot, in the order in which they asked. */
  readonly #waiting = new Set<Lane>()
  readonly #timers = new Map<Lane, NodeJS.Timeout>()
  #underWay = 0
  #stopped = false
  #loadWanted: LoadWanted = () => {}
  #allEnded: (() => void) | null = null

  constructor(
    @Inject(LaneOwnership) private readonly ownership: LaneOwnership,
    private readonly membership: Membership,
    private readonly attempts: Attempts,
    private readonly writer: OutcomeWriter,
    private readonly pacing: Pacing,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(LOGGER) private readonly log: Logger,
  ) {
    writer.listen(this)
    pacing.onWritten(lane => this.pump(lane))
  }

  onLoadWanted(wanted: LoadWanted): void {
    this.#loadWanted = wanted
  }

  all(): Iterable<Lane> {
    return this.#lanes.values()
  }

  get(laneId: string): Lane | undefined {
    return this.#lanes.get(laneId)
  }

  get underWay(): number {
    return this.#underWay
  }

  get hasMemory(): boolean {
    let weight = 0
    for (const lane of this.#lanes.values()) weight += lane.weight
    return weight < memoryBudget
  }

  /** Takes those of these lanes that nobody owns. */
  async take(laneIds: readonly string[]): Promise<void> {
    const { id } = this.membership
    if (id !== null && laneIds.length > 0) this.adopt(id, await this.ownership.take(id, laneIds))
  }

  /** Takes lanes that have work and no owner, and looks into its own. */
  async takeWanted(): Promise<void> {
    const { id } = this.membership
    if (id === null || this.#stopped) return
    for (let more = true; more;) {
      const taken = await this.ownership.takeWanted(id, takenAtOnce)
      this.adopt(id, taken)
      more = taken.length === takenAtOnce
    }
  }

  /** Gives back lanes that had nothing to do since `before`. */
  async releaseIdle(before: number): Promise<void> {
    const { id } = this.membership
    const idle = [...this.#lanes.values()].filter(lane => lane.isIdle && lane.activeAt < before)
    if (id === null || idle.length === 0) return
    for (const lane of idle) this.#lanes.delete(lane.id)
    // Where nobody knows what became of it they are kept, and it turns out the next time.
    let kept: readonly string[] = idle.map(lane => lane.id)
    try {
      await this.pacing.giveBack(idle)
      kept = await this.ownership.release(id, kept)
    } finally {
      const still = new Set(kept)
      if (this.membership.id === id) for (const lane of idle) if (still.has(lane.id)) this.#lanes.set(lane.id, lane)
    }
  }

  /** Starts what may start, in this lane. */
  pump(lane: Lane): void {
    while (!this.#stopped && this.membership.mayStart) {
      if (this.#underWay >= slotsInAll) {
        if (lane.waiting > 0) this.#waiting.add(lane)
        return
      }
      const next = lane.next(Date.now())
      if (next.kind === 'unwritten') this.pacing.want(lane)
      if (next.kind === 'start') {
        this.start(lane, next.job)
        continue
      }
      if (next.kind === 'wait') this.pumpLater(lane, next.ms)
      break
    }
    if (lane.wantsLoad(Date.now())) this.#loadWanted()
  }

  due(laneIds: readonly string[] | null): void {
    const lanes = laneIds ?? [...this.#lanes.keys()]
    for (const id of lanes) this.#lanes.get(id)?.markBacklog()
    this.#loadWanted()
    const strangers = lanes.filter(id => !this.#lanes.has(id))
    const taking = laneIds === null ? this.takeWanted() : this.take(strangers)
    taking.catch(error => this.log.warn({ why: whyOf(error) }, 'lanes could not be taken over; trying again'))
  }

  reset(laneId: string): void {
    const lane = this.#lanes.get(laneId)
    lane?.breaker.reset()
    this.due([laneId])
  }

  limited(laneId: string, ratePerSecond: number | null): void {
    const lane = this.#lanes.get(laneId)
    if (!lane) return
    lane.limit(ratePerSecond)
    this.pump(lane)
  }

  listening(): void {
    this.due(null)
    this.readLimits().catch(error => this.log.warn({ why: whyOf(error) }, 'limits of lanes could not be read'))
  }

  ended(laneId: string, subscriptionId: string): void {
    this.#lanes.get(laneId)?.drop(new Set([subscriptionId]))
  }

  renewed(): void {
    for (const lane of this.#lanes.values()) if (lane.waiting > 0) this.pump(lane)
  }

  lost(): void {
    for (const lane of this.#lanes.values()) this.forget(lane)
    this.#lanes.clear()
  }

  stored(ended: readonly Ended[], deactivated: ReadonlySet<string>): void {
    const lanes = new Set<Lane>()
    for (const { lane, outcome, ordered } of ended) {
      lane.forget(outcome.deliveryId)
      if (outcome.decision.kind === 'retry') lane.dueAt(Date.now() + outcome.decision.waitMs)
      if (ordered && outcome.decision.kind === 'delivered') lane.markBacklog()
      lanes.add(lane)
    }
    for (const lane of lanes) {
      if (deactivated.size > 0) lane.drop(deactivated)
      if (this.#lanes.get(lane.id) === lane) this.pump(lane)
    }
  }

  /** Starts nothing more; resolves when all that is under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true
    for (const timer of this.#timers.values()) clearTimeout(timer)
    this.#timers.clear()
    if (this.#underWay > 0) await new Promise<void>(resolve => (this.#allEnded = resolve))
    await this.pacing.stop([...this.#lanes.values()])
  }

  private async readLimits(): Promise<void> {
    const { id } = this.membership
    if (id === null || this.#lanes.size === 0) return
    for (const [laneId, ratePerSecond] of await this.ownership.rates(id)) this.limited(laneId, ratePerSecond)
  }

  private adopt(dispatcherId: string, taken: readonly OwnedLane[]): void {
    // Lost in the meantime: they are found forsaken, by us or by others.
    if (this.membership.id !== dispatcherId) return
    this.writer.actAs(dispatcherId)
    for (const owned of taken) {
      this.#lanes.set(owned.id, new Lane(owned, this.settings.deliveryConcurrency, Date.now()))
    }
    if (taken.length > 0) this.#loadWanted()
  }

  private start(lane: Lane, job: Job): void {
    this.#underWay++
    void this.attempts.make(lane, job).then(ended => {
      this.#underWay--
      lane.underWay--
      // What waits for a URL that is down waits in the database.
      if (lane.breaker.tripped && ended.outcome.decision.kind !== 'delivered') lane.drop()
      this.writer.push(ended)
      this.pump(lane)
      this.giveSlot()
      if (this.#underWay === 0) this.#allEnded?.()
    })
  }

  private giveSlot(): void {
    const [lane] = this.#waiting
    if (!lane) return
    this.#waiting.delete(lane)
    this.pump(lane)
  }

  private pumpLater(lane: Lane, ms: number): void {
    // What it waited for may have come nearer since.
    clearTimeout(this.#timers.get(lane))
    const wake = () => {
      this.#timers.delete(lane)
      this.pump(lane)
    }
    this.#timers.set(lane, setTimeout(wake, Math.max(1, ms)))
  }

  private forget(lane: Lane): void {
    clearTimeout(this.#timers.get(lane))
    this.#timers.delete(lane)
    this.#waiting.delete(lane)
    lane.drop()
  }
}
