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
  type Basis,
  type CallbackTarget,
  type IncomingEvent,
  type PlannedDelivery,
  type PlannedNotification,
  type RejectedRecord,
  type Storing,
} from '#deliveries'
import type { StoredRecord } from '#event-log'
import { LOGGER, type Logger } from '#platform'
import type { Job } from '../lanes/job.js'
import { Lanes } from '../lanes/lanes.js'
import { DispatcherMetrics } from '../metrics.js'
import { DirectionFinder, type Directions } from './directions.js'
import { Reconciliation } from './reconciliation.js'

/** What became of a batch of records. All of them are dealt with for good. */
export interface Taken {
  /** New events. */
  stored: number
  /** Seen before, told by other means, or erased. */
  known: number
  /** Put aside, since they can't be stored. */
  rejected: number
}

interface Entry {
  record: StoredRecord
  incoming: IncomingEvent
}

/** Stores what comes from the log and hands it to the lanes. Never waits for a callback. */
@Injectable()
export class Intake {
  constructor(
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(IdBlocks) private readonly ids: IdBlocks,
    @Inject(Partitions) private readonly partitions: Partitions,
    @Inject(LaneOwnership) private readonly ownership: LaneOwnership,
    private readonly directions: DirectionFinder,
    private readonly reconciliation: Reconciliation,
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
    const aside = rejected.length > 0 ? await this.reject(rejected) : 0
    const known = records.length - stored - aside
    this.metrics.records('stored', stored)
    this.metrics.records('known', known)
    this.metrics.records('rejected', aside)
    return { stored, known, rejected: aside }
  }

  /** How many events are new. What can't be stored is found by halving, and added to `rejected`. */
  private async storeEntries(entries: Entry[], rejected: RejectedRecord[]): Promise<number> {
    try {
      return await this.storeBy(await this.directions.find(instancesOf(entries)), entries)
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

  private async storeBy(directions: Directions, entries: readonly Entry[]): Promise<number> {
    const { fresh, telling } = await this.reconciliation.sift(entries, directions.targets)
    const stored = fresh.length > 0 ? await this.storeTogether(fresh, directions) : 0
    if (stored === 'outdated') return this.storeBy(await this.directions.find(instancesOf(entries)), entries)
    await this.reconciliation.remember(telling)
    return stored
  }

  private async storeTogether(entries: readonly Entry[], directions: Directions): Promise<number | 'outdated'> {
    const at = new Date()
    const planned = await this.plan(entries, directions)
    // Places are kept before the rows can be seen, lest a load takes them too.
    const { hasMemory } = this.lanes
    const reserved = new Set(
      hasMemory
        ? planned
            .flatMap(({ ordered, deliveries }) => (ordered ? [] : deliveries))
            .filter(({ id, laneId, state }) => state === 'due' && this.lanes.get(laneId)?.reserve(id))
            .map(({ id }) => id)
        : [],
    )
    let storing: Storing | null = null
    try {
      storing = await this.storeInDay(planned, at, directions.basis)
    } finally {
      if (storing?.kind !== 'stored') {
        this.forget(planned)
        this.directions.forget(directions)
      }
    }
    if (storing.kind === 'outdated') return storing.kind
    const elsewhere = this.handOver(planned, storing.fresh, reserved, directions.targets, at)
    // A hint that gets lost costs its lanes a second or two.
    if (elsewhere.length > 0) this.ownership.hint(elsewhere).catch(() => undefined)
    return storing.fresh.size
  }

  private forget(planned: readonly PlannedNotification[]): void {
    for (const { deliveries } of planned) for (const { id, laneId } of deliveries) this.lanes.get(laneId)?.forget(id)
  }

  private async storeInDay(
    planned: readonly PlannedNotification[],
    at: Date,
    basis: readonly Basis[],
  ): Promise<Storing> {
    try {
      return await this.store.store(planned, dayOf(at), at, basis)
    } catch (error) {
      if (!isMissingPartition(error)) throw error
      await this.partitions.ensure(at)
      return await this.store.store(planned, dayOf(at), at, basis)
    }
  }

  private async plan(entries: readonly Entry[], { targets, routes }: Directions): Promise<PlannedNotification[]> {
    const incoming = entries.map(entry => entry.incoming)
    const groups = groupEvents(incoming, id => targets.get(id)?.ordered === true).map(events => {
      const { instanceId } = events[0].event
      const target = targets.get(instanceId)
      // Of an instance that can't be read just now they may be wanted: they are queued, not left out.
      const ways = !target || target.sends ? (routes.get(instanceId) ?? []) : []
      return { events, ways, readable: target !== undefined, ordered: target?.ordered === true }
    })
    const ids = await this.ids.take(groups.reduce((sum, { ways }) => sum + 1 + ways.length, 0))
    let taken = 0
    return groups.map(({ events, ways, readable, ordered }) => ({
      id: ids[taken++]!,
      ordered,
      events,
      deliveries: ways.map(({ subscriptionId, laneId, active }) => ({
        id: ids[taken++]!,
        subscriptionId,
        laneId,
        state: readable && active ? 'due' : 'queued',
      })),
    }))
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
    for (const { id, events, deliveries } of planned) {
      if (deliveries.length === 0) continue
      const [first, ...others] = events.filter(({ event }) => fresh.has(event.id)).map(({ event }) => event)
      const target = first && targets.get(first.instanceId)
      for (const delivery of deliveries) {
        if (delivery.state === 'queued') continue
        const lane = this.lanes.get(delivery.laneId)
        if (!first || !target) lane?.forget(delivery.id)
        else if (!lane) elsewhere.add(delivery.laneId)
        else if (!reserved.has(delivery.id)) lane.markBacklog()
        else lane.add(jobOf(id, delivery, [first, ...others], target, at), at.getTime())
        pumped.add(delivery.laneId)
      }
    }
    for (const laneId of pumped) {
      const lane = this.lanes.get(laneId)
      if (lane) this.lanes.pump(lane)
    }
    return [...elsewhere]
  }

  /** How many were put aside: what was erased is not. */
  private async reject(rejected: readonly RejectedRecord[]): Promise<number> {
    const kept = await this.store.reject(rejected)
    for (const { topic, partition, offset, error } of kept) {
      // The words may quote what is in the record; the table has them.
      const why = error.startsWith('value') ? 'unreadable' : 'not storable'
      this.log.error({ topic, partition, offset, why }, 'a record was put into rejected_record; the others go on')
    }
    return kept.length
  }
}

function instancesOf(entries: readonly Entry[]): number[] {
  return [...new Set(entries.map(({ incoming }) => incoming.event.instanceId))]
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

function rejection({ topic, partition, offset, key, value, timestamp }: StoredRecord, error: string): RejectedRecord {
  return { topic, partition, offset, key, value, error, appendedAt: timestamp }
}

function firstOfEach(entries: readonly Entry[]): Entry[] {
  const byId = new Map<string, Entry>()
  for (const entry of entries) if (!byId.has(entry.incoming.event.id)) byId.set(entry.incoming.event.id, entry)
  return [...byId.values()]
}

function jobOf(
  notificationId: string,
  { id, subscriptionId }: PlannedDelivery,
  events: Job['events'],
  target: CallbackTarget,
  createdAt: Date,
): Job {
  return {
    deliveryId: id,
    notificationId,
    accountId: events[0].accountId,
    instanceId: events[0].instanceId,
    subscriptionId,
    attempts: 0,
    firstAttemptAt: null,
    replay: false,
    ordered: false,
    createdAt,
    events,
    target,
  }
}
