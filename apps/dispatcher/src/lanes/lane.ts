import type { LaneState, OwnedLane } from '#deliveries'
import { Breaker } from './breaker.js'
import { weightOf, type Job } from './job.js'
import { TokenBucket } from './token-bucket.js'

/** Deliveries of a lane in memory at most, those under way and those whose outcome isn't stored yet included. */
const laneCapacity = 1_024

/** What a lane with jobs is waiting for. */
export type NextStart =
  /** This job can go now; it has been taken. */
  | { kind: 'start'; job: Job }
  /** Nothing before so many milliseconds have passed. */
  | { kind: 'wait'; ms: number }
  /** Something under way has to end first, or something to be stored. */
  | { kind: 'idle' }

/** One account's URL, as its owner works on it: what is in memory, what may start, and what is known of the receiver. */
export class Lane {
  readonly id: string
  readonly accountId: number
  readonly url: string
  readonly epoch: number
  readonly breaker: Breaker
  /** When the next delivery in the database is due, as far as known: milliseconds since the epoch. */
  nextDueAt: number | null = null
  /** When it last had anything to do. */
  activeAt: number
  underWay = 0
  /** When it was last loaded for: lanes take turns. */
  loadedAt = 0
  /** Time to look for what nobody told us of. */
  lookDue = false

  #backlog = true
  /** Whether the last load found more than there was room for: then new deliveries go behind those that wait. */
  #deep = false
  /** Grows with every hint of a backlog, so that a load that began before one doesn't end it. */
  #hints = 0
  readonly #concurrency: number
  #bucket: TokenBucket | null
  readonly #ready: Job[] = []
  /** Deliveries that must not be loaded again: in memory, under way, or their outcome not stored yet. */
  readonly #held = new Set<string>()
  /** Ids let go of while a load was running: what it read may be from before then. */
  #letGo: Set<string> | null = null
  #weight = 0

  constructor(owned: OwnedLane, defaultConcurrency: number, now: number) {
    this.id = owned.id
    this.accountId = owned.accountId
    this.url = owned.url
    this.epoch = owned.epoch
    this.#concurrency = owned.concurrency ?? defaultConcurrency
    this.#bucket = bucket(owned.ratePerSecond, now, owned.epoch === 1)
    this.breaker = new Breaker({
      failures: owned.failures,
      failingSince: owned.failingSince?.getTime() ?? null,
      openUntil: owned.openUntil?.getTime() ?? null,
      lastSuccessAt: owned.lastSuccessAt?.getTime() ?? null,
    })
    this.activeAt = now
  }

  get state(): LaneState {
    const { failures, failingSince, openUntil, lastSuccessAt } = this.breaker.state
    return {
      id: this.id,
      epoch: this.epoch,
      failures,
      failingSince: dateOf(failingSince),
      openUntil: dateOf(openUntil),
      lastSuccessAt: dateOf(lastSuccessAt),
    }
  }

  get held(): ReadonlySet<string> {
    return this.#held
  }

  get waiting(): number {
    return this.#ready.length
  }

  /** About the bytes of the jobs that wait here. */
  get weight(): number {
    return this.#weight
  }

  /** Whether the database may have due deliveries that aren't here. */
  get backlog(): boolean {
    return this.#backlog
  }

  get isIdle(): boolean {
    return this.#held.size === 0 && !this.#backlog && this.nextDueAt === null
  }

  /** How many deliveries more it may hold. A lane that is limited or down holds no more than it can start soon. */
  room(now: number): number {
    const capacity =
      this.#bucket || this.breaker.tripped ? 2 * this.breaker.allowance(now, this.#concurrency) : laneCapacity
    return Math.max(0, capacity - this.#held.size)
  }

  /** Whether it is worth reading from the database: not for each single place that gets free. */
  wantsLoad(now: number): boolean {
    const due = this.#backlog || this.lookDue || (this.nextDueAt !== null && this.nextDueAt <= now)
    return due && this.room(now) > 0 && this.#ready.length <= laneCapacity / 2
  }

  /** Keeps a place for a delivery that is being stored. False: no free place, or not the way for this lane. */
  reserve(deliveryId: string, now: number): boolean {
    if (this.#deep || this.#bucket || this.breaker.tripped || this.room(now) === 0) return false
    this.#held.add(deliveryId)
    return true
  }

  /** Takes a job in: one that a place was kept for, or one that was loaded. */
  add(job: Job, now: number): void {
    this.#held.add(job.deliveryId)
    this.#ready.push(job)
    this.#weight += weightOf(job)
    this.activeAt = now
  }

  /** Lets go of a delivery: its outcome is stored, or it was never to be. */
  forget(deliveryId: string): void {
    this.#held.delete(deliveryId)
    this.#letGo?.add(deliveryId)
  }

  /** There is something due in the database that isn't here. */
  markBacklog(): void {
    this.#backlog = true
    this.#hints++
  }

  /** Call before a load reads; `isStranger` then tells which of what it read is new here. */
  beginLoad(now: number): number {
    this.loadedAt = now
    this.#letGo = new Set()
    this.lookDue = false
    return this.#hints
  }

  isStranger(deliveryId: string): boolean {
    return !this.#held.has(deliveryId) && !this.#letGo?.has(deliveryId)
  }

  /** @param exhausted the load found less than there was room for */
  endLoad(hints: number, exhausted: boolean): void {
    this.#letGo = null
    this.#deep = !exhausted
    if (exhausted && hints === this.#hints) this.#backlog = false
  }

  dueAt(instant: number): void {
    this.nextDueAt = Math.min(this.nextDueAt ?? instant, instant)
  }

  /** The next job that may start now, or what has to happen first. */
  next(now: number): NextStart {
    if (this.#ready.length === 0) return { kind: 'idle' }
    const allowance = this.breaker.allowance(now, this.#concurrency)
    if (allowance === 0) return { kind: 'wait', ms: (this.breaker.state.openUntil ?? now) - now }
    if (this.underWay >= allowance) return { kind: 'idle' }
    if (this.#bucket && !this.#bucket.take(now)) return { kind: 'wait', ms: this.#bucket.waitMs(now) }
    const job = this.#ready.shift() as Job
    this.#weight -= weightOf(job)
    this.underWay++
    this.activeAt = now
    return { kind: 'start', job }
  }

  /** Drops what waits here, or what waits of one subscription: it is still in the database. */
  drop(subscriptionIds?: ReadonlySet<string>): void {
    const kept = subscriptionIds ? this.#ready.filter(job => !subscriptionIds.has(job.subscriptionId)) : []
    for (const job of this.#ready) if (!kept.includes(job)) this.forget(job.deliveryId)
    this.#ready.splice(0, this.#ready.length, ...kept)
    this.#weight = kept.reduce((sum, job) => sum + weightOf(job), 0)
    this.markBacklog()
  }

  limit(ratePerSecond: number | null, now: number): void {
    if ((this.#bucket?.ratePerSecond ?? null) !== ratePerSecond) this.#bucket = bucket(ratePerSecond, now, false)
  }
}

function bucket(ratePerSecond: number | null, now: number, full: boolean): TokenBucket | null {
  return ratePerSecond === null ? null : new TokenBucket(ratePerSecond, now, full)
}

function dateOf(instant: number | null): Date | null {
  return instant === null ? null : new Date(instant)
}
