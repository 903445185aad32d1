import { Inject, Injectable } from '@nestjs/common'
import { LaneOwnership } from '#deliveries'
import { LOGGER, pause, type Logger } from '#platform'
import { whyOf } from '../why.js'
import type { Lane } from './lane.js'
import { Membership } from './membership.js'
import { longestBlockMs } from './token-bucket.js'

/** What a limited lane may send in this time is written down as spent at once: so much is lost with its owner. */
const blockMs = 1_000
const pauseAfterFailureMs = 500

/**
 * Writes down how far the rates of limited lanes are spent, ahead of the spending: a statement a second, at most, for
 * those of them that send. Lanes without a limit have nothing to do with it.
 */
@Injectable()
export class Pacing {
  readonly #wanting = new Set<Lane>()
  readonly #stop = new AbortController()
  #running: Promise<void> | null = null
  #lastTookMs = 0
  #written: (lane: Lane) => void = () => {}

  constructor(
    @Inject(LaneOwnership) private readonly ownership: LaneOwnership,
    private readonly membership: Membership,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  onWritten(written: (lane: Lane) => void): void {
    this.#written = written
  }

  /** This lane has a job and a token, which isn't written down yet. */
  want(lane: Lane): void {
    if (this.#stop.signal.aborted) return
    this.#wanting.add(lane)
    this.#running ??= this.run()
  }

  /** Writes down what is really spent: whoever has these lanes next goes on from there. They start nothing meanwhile. */
  async giveBack(lanes: readonly Lane[]): Promise<void> {
    const { id } = this.membership
    await this.#running
    const paces = lanes.flatMap(lane => {
      const spentForMs = lane.giveBack()
      return spentForMs === null ? [] : [{ id: lane.id, epoch: lane.epoch, spentForMs }]
    })
    if (id === null || paces.length === 0) return
    await this.ownership.savePace(id, paces).catch(error => {
      this.log.warn({ why: whyOf(error) }, 'unspent rates of lanes could not be given back; they are lost')
    })
  }

  async stop(lanes: readonly Lane[]): Promise<void> {
    this.#stop.abort()
    await this.giveBack(lanes)
  }

  private async run(): Promise<void> {
    // Lanes that want it at the same time share a statement.
    await new Promise(resolve => setImmediate(resolve))
    while (this.#wanting.size > 0 && !this.#stop.signal.aborted) {
      const lanes = [...this.#wanting]
      this.#wanting.clear()
      try {
        await this.write(lanes)
      } catch (error) {
        this.log.warn({ why: whyOf(error), lanes: lanes.length }, 'rates of lanes could not be stored; trying again')
        for (const lane of lanes) this.#wanting.add(lane)
        await pause(pauseAfterFailureMs, this.#stop.signal)
      }
    }
    this.#running = null
  }

  private async write(lanes: readonly Lane[]): Promise<void> {
    const { id } = this.membership
    if (id === null) return
    const askedAt = performance.now()
    // Where the database takes its time, less would have passed by the time it answers.
    const spentForMs = Math.min(longestBlockMs, blockMs + 2 * this.#lastTookMs)
    const rates = await this.ownership.savePace(
      id,
      lanes.map(lane => ({ id: lane.id, epoch: lane.epoch, spentForMs })),
    )
    this.#lastTookMs = performance.now() - askedAt
    for (const lane of lanes) {
      const rate = rates.get(lane.id)
      // Another's by now.
      if (rate === undefined) continue
      lane.limit(rate)
      lane.written(askedAt + spentForMs)
      this.#written(lane)
    }
  }
}
