import { Inject, Injectable } from '@nestjs/common'
import { agree, EventStore, Subscriptions, type Basis, type CallbackTarget, type Route } from '#deliveries'
import { Lanes } from '../lanes/lanes.js'
import { CALLBACK_TARGETS, type CallbackTargets } from '../sending/ports.js'

/** Where a batch's events go. */
export interface Directions {
  targets: ReadonlyMap<number, CallbackTarget>
  routes: ReadonlyMap<number, readonly Route[]>
  /** What of it was remembered, and has to hold still when the batch is stored. */
  basis: readonly Basis[]
}

interface Known extends Basis {
  target: CallbackTarget
}

const mostKnown = 10_000

/**
 * Where the events of instances go. What was read is remembered, for it seldom changes; it is never taken at its word:
 * the statement that stores a batch checks it, and nothing is stored by what is outdated.
 */
@Injectable()
export class DirectionFinder {
  readonly #known = new Map<number, Known>()

  constructor(
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(Subscriptions) private readonly subscriptions: Subscriptions,
    @Inject(CALLBACK_TARGETS) private readonly callbackTargets: CallbackTargets,
    private readonly lanes: Lanes,
  ) {}

  async find(instanceIds: readonly number[]): Promise<Directions> {
    const basis = instanceIds.flatMap(id => this.#known.get(id) ?? [])
    const targets = new Map(basis.map(({ instanceId, target }) => [instanceId, target]))
    const routes = new Map(basis.map(known => [known.instanceId, known.routes]))
    const unknown = instanceIds.filter(id => !targets.has(id))
    if (unknown.length > 0) {
      const read = await this.read(unknown)
      for (const [id, target] of read.targets) targets.set(id, target)
      for (const [id, ways] of read.routes) routes.set(id, ways)
    }
    return { targets, routes, basis }
  }

  /** What was stored by none of these is read anew. */
  forget({ basis }: Directions): void {
    for (const { instanceId } of basis) this.#known.delete(instanceId)
  }

  private async read(instanceIds: readonly number[]): Promise<Pick<Directions, 'targets' | 'routes'>> {
    const [targets, known] = await Promise.all([
      this.callbackTargets.byInstance(instanceIds),
      this.store.routes(instanceIds),
    ])
    const outdated = [...targets.values()].filter(target => !agree(target, known.get(target.instanceId) ?? []))
    if (outdated.length > 0) await this.subscriptions.follow(outdated)
    const routes = outdated.length > 0 ? await this.store.routes(instanceIds) : known
    const all = [...routes.values()].flat()
    const unowned = all.filter(route => route.laneOwner === null).map(route => route.laneId)
    await this.lanes.take([...new Set(unowned)])
    for (const route of all) this.lanes.get(route.laneId)?.limit(route.ratePerSecond)
    for (const target of targets.values()) this.remember(target, routes.get(target.instanceId) ?? [])
    return { targets, routes }
  }

  /**
   * Not where a lane had no owner: it has been asked for since. Nor where a poller reconciles: events may be left out by
   * that, with nothing to store and so no check.
   */
  private remember(target: CallbackTarget, routes: readonly Route[]): void {
    const { instanceId, version, reconciles } = target
    if (version === null || reconciles || routes.some(route => route.laneOwner === null)) return
    if (this.#known.size >= mostKnown) this.#known.clear()
    this.#known.set(instanceId, { instanceId, version, routes, target })
  }
}
