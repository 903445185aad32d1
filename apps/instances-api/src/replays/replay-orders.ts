import { obstacle, type FoundNotification, type Replays, type ReplaySelection, type ReplaySize } from '#deliveries'
import type { ReplayRequest } from './replay-request.js'

/** What became of the wish for a replay. */
export type ReplayOrder =
  | ({ kind: 'started'; replayId: string } & ReplaySize)
  /** Nothing was started, as asked. */
  | ({ kind: 'counted' } & ReplaySize)
  /** What it names isn't there, or isn't the account's. */
  | { kind: 'not-found'; what: readonly string[] }
  /** It is there, and can't be sent. */
  | { kind: 'conflict'; whys: readonly string[] }

/** What is known of an instance here; null: there is none. */
export type FindInstance = (id: number) => Promise<{ accountId: number; isDeleted: boolean } | null>

/** Starts or counts replays for whoever may ask for them. */
export class ReplayOrders {
  constructor(
    private readonly replays: Replays,
    private readonly findInstance: FindInstance,
  ) {}

  async order(accountId: number, request: ReplayRequest): Promise<ReplayOrder> {
    const { basis, objectType, undelivered, subscriptionId, perSecond, dryRun } = request
    const found = await this.found(accountId, request)
    if (found.missing.length > 0) return { kind: 'not-found', what: found.missing }
    const whys = await this.obstacles(accountId, found.instanceIds, subscriptionId)
    if (whys.length > 0) return { kind: 'conflict', whys }
    const selection: ReplaySelection = {
      ...{ accountId, objectType, undelivered, subscriptionId },
      ...(basis.kind === 'instance'
        ? { instanceId: basis.instanceId, from: basis.from, to: basis.to }
        : { notificationIds: found.notificationIds }),
    }
    if (dryRun) return { kind: 'counted', ...(await this.replays.count(selection)) }
    const start = await this.replays.start({ ...selection, perSecond })
    if (start.kind === 'too-many') {
      const why = `${start.limit} replays of the account are running, which is the most; wait for one, or stop one`
      return { kind: 'conflict', whys: [why] }
    }
    const { id, notifications, exact } = start
    return { kind: 'started', replayId: id, notifications, exact }
  }

  private async found(accountId: number, { basis }: ReplayRequest) {
    if (basis.kind === 'instance') {
      const instance = await this.findInstance(basis.instanceId)
      const missing = instance?.accountId === accountId ? [] : [`Instance ${basis.instanceId}`]
      return { missing, notificationIds: [], instanceIds: [basis.instanceId] }
    }
    const { ids } = basis
    const found: FoundNotification[] =
      basis.kind === 'events'
        ? await this.replays.byEvents(accountId, ids)
        : await this.replays.byNotifications(accountId, ids)
    const asked = new Set(found.map(one => one.asked))
    const what = basis.kind === 'events' ? 'Event' : 'Notification'
    return {
      missing: ids.filter(id => !asked.has(id)).map(id => `${what} ${id}`),
      notificationIds: [...new Set(found.map(one => one.notificationId))],
      instanceIds: [...new Set(found.map(one => one.instanceId))],
    }
  }

  private async obstacles(
    accountId: number,
    instanceIds: readonly number[],
    subscriptionId: string | null,
  ): Promise<string[]> {
    const standings = await this.replays.standings(accountId, instanceIds, subscriptionId)
    const whys: string[] = []
    for (const [id, standing] of standings) {
      if (standing === 'ready') continue
      // Without a URL it has no subscription that would tell.
      const isDeleted = standing === 'no-url' && (await this.findInstance(id))?.isDeleted !== false
      whys.push(obstacle(id, isDeleted ? 'deleted' : standing))
    }
    return whys
  }
}
