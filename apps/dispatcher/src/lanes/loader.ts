import { Inject, Injectable } from '@nestjs/common'
import { DueDeliveries, Outcomes, Subscriptions, type CallbackTarget, type DueDelivery } from '#deliveries'
import { LOGGER, type Logger } from '#platform'
import { DispatcherMetrics } from '../metrics.js'
import { CALLBACK_TARGETS, type CallbackTargets } from '../sending/ports.js'
import { whyOf } from '../why.js'
import type { Job } from './job.js'
import type { Lane } from './lane.js'
import { Lanes } from './lanes.js'

/** Of each lane at once: few enough that a backlog of one doesn't keep others waiting. */
const perLane = 256
const lanesAtOnce = 256
const pauseAfterFailureMs = 500

/** What is to be done with a delivery that is due. */
type Fate =
  | { kind: 'send'; job: Job }
  /** Its events are gone. */
  | { kind: 'empty' }
  | { kind: 'ended' }
  /** Nobody wants it just now. */
  | { kind: 'unwanted' }
  /** The instance is configured with another URL by now. */
  | { kind: 'moved'; to: CallbackTarget }

/** What isn't sent, of what is due. */
interface Aside {
  unwanted: string[]
  empty: DueDelivery[]
  ended: Set<string>
  moved: Map<number, CallbackTarget>
}

/** Reads due deliveries for the lanes that have room. */
@Injectable()
export class Loader {
  #running: Promise<void> | null = null
  #again = false
  #stopped = false

  constructor(
    private readonly lanes: Lanes,
    @Inject(DueDeliveries) private readonly due: DueDeliveries,
    @Inject(Outcomes) private readonly outcomes: Outcomes,
    @Inject(Subscriptions) private readonly subscriptions: Subscriptions,
    @Inject(CALLBACK_TARGETS) private readonly targets: CallbackTargets,
    private readonly metrics: DispatcherMetrics,
    @Inject(LOGGER) private readonly log: Logger,
  ) {
    lanes.onLoadWanted(() => this.soon())
  }

  /** Loads what is wanted; once more afterwards where it is already loading. */
  soon(): void {
    if (this.#stopped) return
    this.#again = true
    this.#running ??= this.run().finally(() => (this.#running = null))
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#running
  }

  private async run(): Promise<void> {
    await new Promise(resolve => setImmediate(resolve))
    while (this.#again && !this.#stopped) {
      this.#again = false
      const wanting = this.lanes.hasMemory ? this.wanting() : []
      if (wanting.length === lanesAtOnce) this.#again = true
      if (wanting.length === 0) continue
      try {
        await this.load(wanting)
      } catch (error) {
        this.log.warn({ why: whyOf(error), lanes: wanting.length }, 'due deliveries could not be read; trying again')
        await new Promise(resolve => setTimeout(resolve, pauseAfterFailureMs))
        this.#again = true
      }
    }
  }

  /** Those first that have waited longest for their turn. */
  private wanting(): Lane[] {
    const now = Date.now()
    const wanting = [...this.lanes.all()].filter(lane => lane.wantsLoad(now))
    if (wanting.length <= lanesAtOnce) return wanting
    return wanting.sort((a, b) => a.loadedAt - b.loadedAt).slice(0, lanesAtOnce)
  }

  private async load(lanes: readonly Lane[]): Promise<void> {
    const now = Date.now()
    const loads = lanes.map(lane => ({ lane, room: Math.min(perLane, lane.room()), hints: lane.beginLoad(now) }))
    const found = new Map<string, number>()
    let finished = false
    try {
      const rooms = loads.map(({ lane, room }) => ({ laneId: lane.id, room }))
      const rows = await this.due.load(
        rooms,
        lanes.flatMap(lane => [...lane.held]),
      )
      for (const { laneId } of rows) found.set(laneId, (found.get(laneId) ?? 0) + 1)
      await this.admit(rows)
      await this.lookAhead(loads.filter(({ lane, room }) => (found.get(lane.id) ?? 0) < room).map(({ lane }) => lane))
      finished = true
    } finally {
      for (const { lane, room, hints } of loads) {
        lane.endLoad(hints, finished && (found.get(lane.id) ?? 0) < room)
      }
    }
    for (const lane of lanes) this.lanes.pump(lane)
  }

  private async admit(rows: readonly DueDelivery[]): Promise<void> {
    if (rows.length === 0) return
    const [targets, behind] = await Promise.all([
      this.targets.byInstance([...new Set(rows.map(row => row.instanceId))]),
      this.behindOthers(rows),
    ])
    const now = Date.now()
    const aside: Aside = { unwanted: [], empty: [], ended: new Set(), moved: new Map() }
    for (const row of rows) {
      const lane = this.lanes.get(row.laneId)
      if (!lane?.isStranger(row.id) || behind.has(row.id)) continue
      const fate = fateOf(row, targets.get(row.instanceId), lane.url)
      if (fate.kind === 'send') lane.add(fate.job, now)
      else if (fate.kind === 'empty') aside.empty.push(row)
      else if (fate.kind === 'ended') aside.ended.add(row.subscriptionId)
      else if (fate.kind === 'unwanted') aside.unwanted.push(row.id)
      else aside.moved.set(row.instanceId, fate.to)
    }
    await this.putAside(aside)
  }

  private async putAside({ unwanted, empty, ended, moved }: Aside): Promise<void> {
    if (unwanted.length > 0) await this.outcomes.queue(unwanted)
    if (ended.size > 0) await this.subscriptions.settle([...ended])
    if (moved.size > 0) await this.subscriptions.follow([...moved.values()])
    if (empty.length > 0) {
      await this.outcomes.abandon(empty.map(row => row.id))
      this.metrics.gaveUp(empty.length)
      // What waited for one of them may go.
      for (const { laneId } of empty) this.lanes.get(laneId)?.markBacklog()
    }
  }

  private async behindOthers(rows: readonly DueDelivery[]): Promise<ReadonlySet<string>> {
    const ordered = rows.filter(row => row.ordered).map(row => row.id)
    return ordered.length > 0 ? this.due.putBehind(ordered) : new Set()
  }

  private async lookAhead(lanes: readonly Lane[]): Promise<void> {
    if (lanes.length === 0) return
    const waits = await this.due.untilNext(lanes.map(lane => lane.id))
    const now = Date.now()
    for (const lane of lanes) {
      const ms = waits.get(lane.id)
      lane.nextDueAt = ms === undefined ? null : now + ms
    }
  }
}

function fateOf(row: DueDelivery, target: CallbackTarget | undefined, url: string): Fate {
  const [first, ...others] = row.events
  if (!first) return { kind: 'empty' }
  if (row.subscription === 'ended') return { kind: 'ended' }
  if (row.subscription === 'inactive' || !target) return { kind: 'unwanted' }
  if (row.asConfigured && target.url !== url) return { kind: 'moved', to: target }
  return { kind: 'send', job: jobOf(row, [first, ...others], target) }
}

function jobOf(row: DueDelivery, events: Job['events'], target: CallbackTarget): Job {
  return {
    deliveryId: row.id,
    notificationId: row.notificationId,
    accountId: row.accountId,
    instanceId: row.instanceId,
    subscriptionId: row.subscriptionId,
    attempts: row.attempts,
    firstAttemptAt: row.firstAttemptAt,
    replay: row.replay,
    ordered: row.ordered,
    createdAt: row.createdAt,
    events,
    target,
  }
}
