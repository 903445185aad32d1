import { Inject, Injectable } from '@nestjs/common'
import {
  dayOf,
  EventStore,
  groupEvents,
  IdBlocks,
  isMissingPartition,
  isPoison,
  LaneOwnership,
  Partitions,
  readRecord,
  Subscriptions,
  type CallbackTarget,
  type IncomingEvent,
  type PlannedNotification,
  type RejectedRecord,
  type Route,
} from '#deliveries'
import type { StoredRecord } from '#event-log'
import { LOGGER, type Logger } from '#platform'
import type { Job } from '../lanes/job.js'
import { Lanes } from '../lanes/lanes.js'
import { DispatcherMetrics } from '../metrics.js'
import { CALLBACK_TARGETS, type CallbackTargets } from '../sending/ports.js'

/** What became of a batch of records. All of them are dealt with for good. */
export interface Taken {
  /** New events. */
  stored: number
  /** Seen before, or erased. */
  known: number
  /** Put aside, since they can't be stored. */
  rejected: number
}

interface Entry {
  record: StoredRecord
  incoming: IncomingEvent
}

/** Where a batch's events go. */
interface Directions {
  targets: ReadonlyMap<number, CallbackTarget>
  routes: ReadonlyMap<number, Route>
}

/** Stores what comes from the log and hands it to the lanes. Never waits for a callback. */
@Injectable()
export class Intake {
  constructor(
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(IdBlocks) private readonly ids: IdBlocks,
    @Inject(Subscriptions) private readonly subscriptions: Subscriptions,
    @Inject(Partitions) private readonly partitions: Partitions,
    @Inject(LaneOwnership) private readonly ownership: LaneOwnership,
    @Inject(CALLBACK_TARGETS) private readonly targets: CallbackTargets,
    private readonly lanes: Lanes,
    private readonly metrics: DispatcherMetrics,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /**
   * Stores these records' events, notifications and deliveries; resolves once they are durable.
   * @throws what the database says where it can't be reached or can't go on just now: the same records again, later
   */
  async take(records: readonly StoredRecord[]): Promise<Taken> {
    const { entries, rejected } = read(records)
    const fresh = firstOfEach(entries)
    const stored = fresh.length > 0 ? await this.storeEntries(fresh, rejected) : 0
    if (rejected.length > 0) await this.reject(rejected)
    const known = records.length - stored - rejected.length
    this.metrics.records('stored', stored)
    this.metrics.records('known', known)
    this.metrics.records('rejected', rejected.length)
    return { stored, known, rejected: rejected.length }
  }

  private async directions(entries: readonly Entry[]): Promise<Directions> {
    const instanceIds = [...new Set(entries.map(({ incoming }) => incoming.event.instanceId))]
    const [targets, known] = await Promise.all([this.targets.byInstance(instanceIds), this.store.routes(instanceIds)])
    const outdated = [...targets.values()].filter(target => differs(target, known.get(target.instanceId)))
    if (outdated.length > 0) await this.subscriptions.follow(outdated)
    const routes = outdated.length > 0 ? await this.store.routes(instanceIds) : known
    const unowned = [...routes.values()].filter(route => route.laneOwner === null).map(route => route.laneId)
    await this.lanes.take([...new Set(unowned)])
    for (const route of routes.values()) this.lanes.get(route.laneId)?.limit(route.ratePerSecond, Date.now())
    return { targets, routes }
  }

  /** How many events are new. What can't be stored is found by halving, and added to `rejected`. */
  private async storeEntries(entries: Entry[], rejected: RejectedRecord[]): Promise<number> {
    try {
      return await this.storeTogether(entries, await this.directions(entries))
    } catch (error) {
      if (!isPoison(error)) throw error
      const [only, second] = entries
      if (only && !second) {
        rejected.push(rejection(only.record, (error as Error).message))
        return 0
      }
      const half = Math.ceil(entries.length / 2)
      const first = await this.storeEntries(entries.slice(0, half), rejected)
      return first + (await this.storeEntries(entries.slice(half), rejected))
    }
  }

  private async storeTogether(entries: readonly Entry[], directions: Directions): Promise<number> {
    const at = new Date()
    const planned = await this.plan(entries, directions)
    // Places are kept before the rows can be seen, lest a load takes them too.
    const { hasMemory } = this.lanes
    const reserved = new Set(
      planned.flatMap(({ delivery }) =>
        hasMemory && delivery?.state === 'due' && this.lanes.get(delivery.laneId)?.reserve(delivery.id, at.getTime())
          ? [delivery.id]
          : [],
      ),
    )
    try {
      const fresh = await this.storeInDay(planned, at)
      const elsewhere = this.handOver(planned, fresh, reserved, directions.targets, at)
      // A hint that gets lost costs its lanes a second or two.
      if (elsewhere.length > 0) this.ownership.hint(elsewhere).catch(() => undefined)
      return fresh.size
    } catch (error) {
      for (const { delivery } of planned) if (delivery) this.lanes.get(delivery.laneId)?.forget(delivery.id)
      throw error
    }
  }

  private async storeInDay(planned: readonly PlannedNotification[], at: Date): Promise<ReadonlySet<string>> {
    try {
      return await this.store.store(planned, dayOf(at), at)
    } catch (error) {
      if (!isMissingPartition(error)) throw error
      await this.partitions.ensure(at)
      return await this.store.store(planned, dayOf(at), at)
    }
  }

  private async plan(entries: readonly Entry[], { targets, routes }: Directions): Promise<PlannedNotification[]> {
    const groups = groupEvents(entries.map(({ incoming }) => incoming))
    const ids = await this.ids.take(2 * groups.length)
    return groups.map((events, index) => {
      const { instanceId } = events[0].event
      const target = targets.get(instanceId)
      // An instance that can't be read just now may want them: they are queued, not left out.
      const route = !target || target.sends ? routes.get(instanceId) : undefined
      const state = target && route?.active ? 'due' : 'queued'
      const { subscriptionId, laneId } = route ?? { subscriptionId: '', laneId: '' }
      return {
        id: ids[2 * index]!,
        events,
        delivery: route ? { id: ids[2 * index + 1]!, subscriptionId, laneId, state } : null,
      }
    })
  }

  /** To their lanes, without a look into the database; the lanes of others, or without room, hear of a backlog. */
  private handOver(
    planned: readonly PlannedNotification[],
    fresh: ReadonlySet<string>,
    reserved: ReadonlySet<string>,
    targets: Directions['targets'],
    at: Date,
  ): string[] {
    const elsewhere = new Set<string>()
    const pumped = new Set<string>()
    for (const { id, events, delivery } of planned) {
      if (!delivery || delivery.state === 'queued') continue
      const [first, ...others] = events.filter(({ event }) => fresh.has(event.id)).map(({ event }) => event)
      const lane = this.lanes.get(delivery.laneId)
      const target = first && targets.get(first.instanceId)
      if (!first || !target) lane?.forget(delivery.id)
      else if (!lane) elsewhere.add(delivery.laneId)
      else if (!reserved.has(delivery.id)) lane.markBacklog()
      else {
        const job: Job = {
          deliveryId: delivery.id,
          notificationId: id,
          accountId: first.accountId,
          instanceId: first.instanceId,
          subscriptionId: delivery.subscriptionId,
          attempts: 0,
          firstAttemptAt: null,
          replay: false,
          createdAt: at,
          events: [first, ...others],
          target,
        }
        lane.add(job, at.getTime())
      }
      pumped.add(delivery.laneId)
    }
    for (const laneId of pumped) {
      const lane = this.lanes.get(laneId)
      if (lane) this.lanes.pump(lane)
    }
    return [...elsewhere]
  }

  private async reject(rejected: readonly RejectedRecord[]): Promise<void> {
    await this.store.reject(rejected)
    for (const { topic, partition, offset, error } of rejected) {
      // The words may quote what is in the record; the table has them.
      const why = error.startsWith('value') ? 'unreadable' : 'not storable'
      this.log.error({ topic, partition, offset, why }, 'a record was put into rejected_record; the others go on')
    }
  }
}

function read(records: readonly StoredRecord[]): { entries: Entry[]; rejected: RejectedRecord[] } {
  const entries: Entry[] = []
  const rejected: RejectedRecord[] = []
  for (const record of records) {
    const reading = readRecord(record.value, record.timestamp)
    if (reading.kind === 'event') entries.push({ record, incoming: reading.incoming })
    else rejected.push(rejection(record, reading.why))
  }
  return { entries, rejected }
}

function rejection({ topic, partition, offset, key, value }: StoredRecord, error: string): RejectedRecord {
  return { topic, partition, offset, key, value, error }
}

function firstOfEach(entries: readonly Entry[]): Entry[] {
  const byId = new Map<string, Entry>()
  for (const entry of entries) if (!byId.has(entry.incoming.event.id)) byId.set(entry.incoming.event.id, entry)
  return [...byId.values()]
}

function differs(target: CallbackTarget, route: Route | undefined): boolean {
  if (target.url === null) return route !== undefined
  return route?.url !== target.url || route.ratePerSecond !== target.ratePerSecond
}
