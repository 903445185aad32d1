import { isPolled, type Instance, type Instances } from '#instances'
import type { Logger } from '#platform'
import { setMaxListeners } from 'node:events'
import type { Claimed } from './claims.js'
import type { PollerOptions } from './options.js'
import { Visit, type Visited, type VisitPorts } from './visit.js'

/** Claims what is due, as far as there is room, and polls it. One instance never waits for another. */
export class Poller {
  readonly #visits = new Set<Promise<void>>()
  /** Those that poll just now, and so need their lease. */
  readonly #polling = new Set<Visit>()
  readonly #end = new AbortController()
  #claiming: Promise<void> | null = null
  /** There were fewer places than instances that are due. */
  #hungry = false
  #lastTick: number
  #keptAt: number

  constructor(
    private readonly instances: Instances,
    private readonly ports: VisitPorts,
    private readonly options: PollerOptions,
    private readonly logger: Logger,
  ) {
    this.#lastTick = ports.now()
    this.#keptAt = this.#lastTick
    // Every instance being polled listens for the end.
    setMaxListeners(0, this.#end.signal)
  }

  /** Fills the free places. To be called every second or so; what it starts goes on after it resolves. */
  async tick(): Promise<void> {
    this.#lastTick = this.ports.now()
    await this.keep()
    await this.fill()
  }

  /** Instances being polled. */
  get busy(): number {
    return this.#visits.size
  }

  /** Milliseconds since the last tick. */
  get idleMs(): number {
    return this.ports.now() - this.#lastTick
  }

  /** Resolves once what is under way has ended by itself. */
  async settled(): Promise<void> {
    while (this.#claiming || this.#visits.size > 0) await Promise.all([this.#claiming, ...this.#visits])
  }

  /** Takes nothing new, ends what is under way after its page, and gives the leases back. */
  async stop(): Promise<void> {
    this.#end.abort()
    await this.settled()
  }

  /** A page may take longer than a lease: so leases are renewed beside the work, all of them in one statement. */
  private async keep(): Promise<void> {
    const askedAt = this.ports.now()
    const visits = [...this.#polling]
    if (visits.length === 0 || askedAt - this.#keptAt < this.options.leaseMs / 6) return
    this.#keptAt = askedAt
    const kept = await this.ports.schedule.keep(visits.map(({ claim }) => claim))
    for (const visit of visits) visit.leaseWas(kept.has(visit.claim.instanceId), askedAt)
  }

  private async fill(): Promise<void> {
    if (this.#claiming || this.#end.signal.aborted) return
    this.#claiming = this.claim().finally(() => (this.#claiming = null))
    await this.#claiming
  }

  private async claim(): Promise<void> {
    const free = this.options.concurrency - this.#visits.size
    if (free <= 0) return
    const askedAt = this.ports.now()
    const claims = await this.ports.schedule.claimDue(free)
    this.#hungry = claims.length === free
    if (claims.length === 0) return
    const instances = await this.instances.byIds(claims.map(({ instanceId }) => instanceId))
    for (const claim of claims) this.begin(claim, instances.get(claim.instanceId), askedAt)
  }

  /** Where more is due than there was room for, places are filled when they come free: several at once, by one claim. */
  private ended(): void {
    const free = this.options.concurrency - this.#visits.size
    if (!this.#hungry || free < this.options.concurrency / 4) return
    this.fill().catch((err: unknown) => this.logger.warn({ err }, 'could not look for what is due; looking again soon'))
  }

  private begin(claim: Claimed, instance: Instance | undefined, askedAt: number): void {
    const visit = this.visit(claim, instance, askedAt)
      .catch((err: unknown) => {
        // Nothing was saved; the lease ends by itself.
        this.logger.error({ err, instanceId: claim.instanceId }, 'an instance could not be polled; it is tried again')
      })
      .finally(() => {
        this.#visits.delete(visit)
        this.ended()
      })
    this.#visits.add(visit)
  }

  private async visit(claim: Claimed, instance: Instance | undefined, askedAt: number): Promise<void> {
    const { schedule } = this.ports
    if (!instance || instance.deletedAt || instance.disabled || !isPolled(instance)) {
      await schedule.retire(claim)
      return
    }
    let visited: Visited = { left: false, restMs: 0 }
    const visit = new Visit(claim, instance, this.ports, this.options, this.#end.signal, askedAt)
    this.#polling.add(visit)
    try {
      visited = await visit.poll()
    } finally {
      this.#polling.delete(visit)
      if (!visited.left) await schedule.release(claim, visited.restMs)
    }
  }
}
