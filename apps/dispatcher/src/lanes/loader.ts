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
    const loads = lanes.map(lane => ({ lane, room: Math.min(perLane, lane.room(now)), hints: lane.beginLoad(now) }))
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
    const targets = await this.targets.byInstance([...new Set(rows.map(row => row.instanceId))])
    const now = Date.now()
    const unwanted: string[] = []
    const empty: string[] = []
    const ended = new Set<string>()
    const moved = new Map<number, CallbackTarget>()
    for (const row of rows) {
      const lane = this.lanes.get(row.laneId)
      const target = targets.get(row.instanceId)
      const job = jobOf(row, target)
      if (!lane?.isStranger(row.id)) continue
      if (job === null) empty.push(row.id)
      else if (row.subscription === 'ended') ended.add(row.subscriptionId)
      else if (row.subscription === 'inactive' || !target) unwanted.push(row.id)
      else if (row.asConfigured && target.url !== lane.url) moved.set(target.instanceId, target)
      else lane.add(job, now)
    }
    if (unwanted.length > 0) await this.outcomes.queue(unwanted)
    if (ended.size > 0) await this.subscriptions.settle([...ended])
    if (moved.size > 0) await this.subscriptions.follow([...moved.values()])
    if (empty.length > 0) {
      await this.outcomes.abandon(empty)
      this.metrics.gaveUp(empty.length)
    }
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

function jobOf(row: DueDelivery, target: CallbackTarget | undefined): Job | null {
  const [first, ...others] = row.events
  if (!first) return null
  return {
    deliveryId: row.id,
    notificationId: row.notificationId,
    accountId: row.accountId,
    instanceId: row.instanceId,
    subscriptionId: row.subscriptionId,
    attempts: row.attempts,
    firstAttemptAt: row.firstAttemptAt,
    replay: row.replay,
    createdAt: row.createdAt,
    events: [first, ...others],
    target: target ?? nowhere,
  }
}

/** Stands where an instance isn't found; such a job is never admitted. */
const nowhere: CallbackTarget = {
  instanceId: 0,
  accountId: 0,
  elementKey: '',
  url: null,
  sends: false,
  retired: false,
  signatureKeys: [],
  tls: null,
  basic: null,
  headers: {},
  ratePerSecond: null,
}
