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
  /** The rate has to be written down as spent, further than it is. */
  | { kind: 'unwritten' }
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
  readonly #clock: () => number
  #bucket: TokenBucket | null
  readonly #ready: Job[] = []
  /** Deliveries that must not be loaded again: in memory, under way, or their outcome not stored yet. */
  readonly #held = new Set<string>()
  /** Ids let go of while a load was running: what it read may be from before then. */
  #letGo: Set<string> | null = null
  #weight = 0

  /** @param clock milliseconds, monotonic: what the rate and the breaker go by */
  constructor(
    owned: OwnedLane,
    defaultConcurrency: number,
    now: number,
    clock: () => number = () => performance.now(),
  ) {
    this.id = owned.id
    this.accountId = owned.accountId
    this.url = owned.url
    this.epoch = owned.epoch
    this.#concurrency = owned.concurrency ?? defaultConcurrency
    this.#clock = clock
    const { ratePerSecond, spentForMs } = owned
    this.#bucket = ratePerSecond === null ? null : new TokenBucket(ratePerSecond, spentForMs, clock)
    const { failures, failingForMs, openForMs, pauseMs } = owned
    const lastSuccessAt = owned.lastSuccessAt?.getTime() ?? null
    this.breaker = new Breaker({ failures, failingForMs, openForMs, pauseMs, lastSuccessAt }, clock)
    this.activeAt = now
  }

  get state(): LaneState {
    const { lastSuccessAt, ...rest } = this.breaker.state
    return { ...rest, id: this.id, epoch: this.epoch, lastSuccessAt: dateOf(lastSuccessAt) }
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
  room(): number {
    const capacity = this.#bucket || this.breaker.tripped ? 2 * this.breaker.allowance(this.#concurrency) : laneCapacity
    return Math.max(0, capacity - this.#held.size)
  }

  /** Whether it is worth reading from the database: not for each single place that gets free. */
  wantsLoad(now: number): boolean {
    const due = this.#backlog || this.lookDue || (this.nextDueAt !== null && this.nextDueAt <= now)
    return due && this.room() > 0 && this.#ready.length <= laneCapacity / 2
  }

  /** Keeps a place for a delivery that is being stored. False: no free place, or not the way for this lane. */
  reserve(deliveryId: string): boolean {
    if (this.#deep || this.#bucket || this.breaker.tripped || this.room() === 0) return false
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
    const allowance = this.breaker.allowance(this.#concurrency)
    if (allowance === 0) return { kind: 'wait', ms: this.breaker.openForMs ?? 0 }
    if (this.underWay >= allowance) return { kind: 'idle' }
    const token = this.#bucket?.take()
    if (token && token.kind !== 'taken') return token
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

  /** Where it had no limit before, what it sent until now counts as much as the limit lets it. */
  limit(ratePerSecond: number | null): void {
    if (ratePerSecond === null) this.#bucket = null
    else if (this.#bucket) this.#bucket.ratePerSecond = ratePerSecond
    else this.#bucket = new TokenBucket(ratePerSecond, 0, this.#clock)
  }

  /** The row says that its rate is spent until this instant, by the monotonic clock. */
  written(until: number): void {
    this.#bucket?.written(until)
  }

  /** How far from now its rate is spent, to be written down, after which nothing starts unwritten; null: no limit. */
  giveBack(): number | null {
    return this.#bucket?.giveBack() ?? null
  }
}

function dateOf(instant: number | null): Date | null {
  return instant === null ? null : new Date(instant)
}
