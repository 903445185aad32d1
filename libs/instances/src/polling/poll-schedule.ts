import type { Connectors } from '#connectors'
import { randomUUID } from 'node:crypto'
import { In, IsNull, Not, type DataSource, type EntityManager } from 'typeorm'
import { isPolled } from '../configuration.js'
import type { Instance } from '../instance.js'
import { PolledResourceEntity } from './polled-resource.entity.js'
import { PollRunEntity, PollRunResourceEntity, type PollState, type PollTrigger } from './poll-run.entity.js'
import { readPolling } from './polling-configuration.js'
import { scheduleResources } from './schedule-resources.js'

/** What became of one resource in a run. A resource that waits for a vendor's Retry-After is running, and `error` says so. */
export interface PollRunResource {
  resource: string
  state: PollState
  pages: number
  records: number
  events: number
  error: string | null
}

/** One poll of an instance. `failed`: one of its resources did; `running`: one of them isn't done. */
export interface PollRun {
  id: string
  instanceId: number
  trigger: PollTrigger
  state: PollState
  startedAt: Date
  finishedAt: Date | null
  resources: PollRunResource[]
}

/** A resource as it is polled. */
export interface PolledResource {
  resource: string
  nextDue: Date
  /** What changed before it, by the vendor's dates, is published. */
  watermark: Date
  /** Failed runs in a row. */
  failures: number
  pausedAt: Date | null
  error: string | null
  polledAt: Date | null
}

/** A resource as it is polled, with its instance and what came of its last run. */
export interface PollerRecord extends Omit<PolledResource, 'nextDue'> {
  instanceId: number
  elementKey: string
  /** The instance is, so that nothing of it is polled. */
  disabled: boolean
  /** Not ahead of a vendor's Retry-After; null where it isn't polled, being paused or its instance disabled. */
  nextDue: Date | null
  /** Of the last run that ended, as the two below. */
  pages: number
  records: number
  events: number
}

/** A place in the list of poller records: the one that came last. */
export type PollerRecordPlace = Pick<PollerRecord, 'instanceId' | 'resource'>

/** A resource that isn't polled any more, since it kept failing or its credentials don't work. */
export interface PausedResource {
  instanceId: number
  resource: string
  pausedAt: Date
  failures: number
  error: string | null
}

const runsShown = 50

// A row that a poller holds keeps its due time, which is the lease's end; the poller looks for what is due before it
// lets go.
const reschedule = `
  update polled_instance i set due_at = (
    select case when i.enabled and count(r.*) > 0
                then greatest(min(r.next_due), i.not_before) end
    from polled_resource r where r.instance_id = i.instance_id and r.configured and r.paused_at is null)
  where i.instance_id = $1 and not (i.lease_owner is not null and i.due_at > now())`

// A new epoch, so that a poller at work on it saves nothing more: what it published since its last save is published
// again should the instance come back, with the same ids.
const rest = `
  with rested as (
    update polled_instance set enabled = false, due_at = null, lease_owner = null, run_id = null,
      epoch = nextval('polling_epoch')
    where instance_id = $1
    returning instance_id
  )
  update polled_resource r set configured = false, run_id = null, started_at = null, checkpoint = null
  from rested where r.instance_id = rested.instance_id and r.configured`

const forget = `delete from polled_instance where instance_id = $1`

// The resource that a poller has at hand just now is settled by that poller.
const pauseAll = `
  with paused as (
    update polled_resource set paused_at = now(), last_error = $2, run_id = null, started_at = null
    where instance_id = $1 and configured and paused_at is null
    returning instance_id, resource
  )
  update poll_run_resource r set state = 'failed', error = $2
  from paused join polled_instance i using (instance_id)
  where r.run_id = i.run_id and r.resource = paused.resource and r.state = 'running'`

// A poller that holds the instance ends its run itself.
const endIdleRun = `
  with idle as (
    update polled_instance i set run_id = null from polled_instance before
    where i.instance_id = $1 and before.instance_id = $1 and before.run_id is not null
      and not (i.lease_owner is not null and i.due_at > now())
    returning before.run_id
  )
  update poll_run set finished_at = now() from idle where poll_run.id = idle.run_id`

const recordsSql = `
  select r.instance_id as "instanceId", i.element_key as "elementKey", r.resource, r.polled_at as "polledAt",
         to_timestamp(r.watermark_ms / 1000.0) as watermark, r.failures, r.paused_at as "pausedAt",
         r.last_error as error, not p.enabled as disabled, r.pages, r.records, r.events,
         case when p.enabled and r.paused_at is null then greatest(r.next_due, p.not_before) end as "nextDue"
  from instance i
  join polled_instance p on p.instance_id = i.id
  join polled_resource r on r.instance_id = i.id
  where i.account_id = $1 and i.deleted_at is null and i.id >= $2 and ($4::integer is null or i.id = $4)
    and r.configured and (r.instance_id, r.resource) > ($2, $3)
  order by r.instance_id, r.resource limit $5`

const endRuns = `
  with ended as (
    update poll_run set finished_at = now() where instance_id = $1 and finished_at is null returning id
  )
  update poll_run_resource r set state = 'failed', error = 'the instance is no longer polled'
  from ended where r.run_id = ended.id and r.state = 'running'`

/** When which resources of an instance are polled, and what came of it. The poller does the rest. */
export class PollSchedule {
  constructor(
    private readonly dataSource: DataSource,
    private readonly connectors: Connectors,
  ) {}

  /**
   * Makes the schedule what the instance's configuration says; within the transaction that writes the instance. A
   * resource that stays keeps its watermark, unless `event.poller.backfill` is another one now; it goes by the new
   * interval, and one that failed gets another chance. A new one is polled at once, for what changed since this second
   * or `event.poller.backfill`. One that the configuration no longer names, or whose instance is disabled or doesn't
   * poll any more, rests: when it comes back, it is polled from where it was.
   */
  async sync(manager: EntityManager, instance: Instance): Promise<void> {
    if (instance.deletedAt || !isPolled(instance)) {
      await manager.query(instance.deletedAt ? forget : rest, [instance.id])
      await manager.query(endRuns, [instance.id])
      return
    }
    // Also locks the row: a poller's own changes wait until this is through.
    await manager.query(
      `insert into polled_instance (instance_id, account_id, enabled) values ($1, $2, $3)
       on conflict (instance_id) do update set enabled = excluded.enabled, account_id = excluded.account_id,
         changes = polled_instance.changes + 1`,
      [instance.id, instance.accountId, !instance.disabled],
    )
    const connector = this.connectors.get(instance.elementKey)
    // An element that is gone may come back: what was polled of it stays as it is.
    if (connector) await scheduleResources(manager, instance.id, readPolling(instance.configuration, connector))
    await manager.query(reschedule, [instance.id])
  }

  /**
   * Has all resources of an instance polled now, whatever the interval; not ahead of a vendor's Retry-After. Joins a
   * run under way, in which what is done already is polled once more. Paused resources stay paused, and are failed in
   * the run.
   * @returns the run's id; null where the instance doesn't poll
   */
  async pollNow(instanceId: number): Promise<string | null> {
    return this.dataSource.transaction(async manager => {
      const [polled] = await manager.query<{ runId: string | null }[]>(
        `select run_id as "runId" from polled_instance where instance_id = $1 and enabled for update`,
        [instanceId],
      )
      if (!polled) return null
      const resources = await manager.find(PolledResourceEntity, { where: { instanceId, configured: true } })
      if (resources.length === 0) return null
      const runId = polled.runId ?? randomUUID()
      if (!polled.runId) {
        await manager.query(`insert into poll_run (id, instance_id, trigger) values ($1, $2, 'request')`, [
          runId,
          instanceId,
        ])
      }
      await this.enrol(manager, instanceId, runId)
      return runId
    })
  }

  /** The newest runs first. */
  async runs(instanceId: number): Promise<PollRun[]> {
    const runs = await this.dataSource.manager.find(PollRunEntity, {
      where: { instanceId },
      order: { startedAt: 'desc' },
      take: runsShown,
    })
    return this.withResources(runs)
  }

  async run(instanceId: number, runId: string): Promise<PollRun | null> {
    if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(runId)) return null
    const runs = await this.dataSource.manager.find(PollRunEntity, { where: { instanceId, id: runId } })
    return (await this.withResources(runs))[0] ?? null
  }

  /** What is polled of an instance, and how far; empty where it doesn't poll. */
  async resources(instanceId: number): Promise<PolledResource[]> {
    const rows = await this.dataSource.manager.find(PolledResourceEntity, {
      where: { instanceId, configured: true },
      order: { resource: 'asc' },
    })
    return rows.map(({ resource, nextDue, watermarkMs, failures, pausedAt, lastError, polledAt }) => ({
      resource,
      nextDue,
      watermark: new Date(Number(watermarkMs)),
      failures,
      pausedAt,
      error: lastError,
      polledAt,
    }))
  }

  /** What is polled of an account's instances, or of one, by instance and resource; from after a place on. */
  async records(
    accountId: number,
    { instanceId, after, limit }: { instanceId?: number; after?: PollerRecordPlace; limit: number },
  ): Promise<PollerRecord[]> {
    const place = after ?? { instanceId: 0, resource: '' }
    const values = [accountId, place.instanceId, place.resource, instanceId ?? null, limit]
    return this.dataSource.query<PollerRecord[]>(recordsSql, values)
  }

  /** An account's resources that aren't polled any more. */
  async paused(accountId: number): Promise<PausedResource[]> {
    const rows = await this.dataSource
      .getRepository(PolledResourceEntity)
      .createQueryBuilder('r')
      .innerJoin('polled_instance', 'i', 'i.instance_id = r.instance_id')
      .where('i.account_id = :accountId and r.configured and r.paused_at is not null', { accountId })
      .orderBy({ 'r.instance_id': 'ASC', 'r.resource': 'ASC' })
      .getMany()
    return rows.flatMap(({ instanceId, resource, pausedAt, failures, lastError }) =>
      pausedAt ? [{ instanceId, resource, pausedAt, failures, error: lastError }] : [],
    )
  }

  /** Polls nothing of an instance until it is resumed, or edited: `why` is something that only a person can mend. */
  async pause(instanceId: number, why: string): Promise<void> {
    await this.dataSource.transaction(async manager => {
      await manager.query(`update polled_instance set changes = changes + 1 where instance_id = $1`, [instanceId])
      await manager.query(pauseAll, [instanceId, why])
      await manager.query(endIdleRun, [instanceId])
      await manager.query(reschedule, [instanceId])
    })
  }

  /** Polls paused resources of an instance again, beginning now: all of them, or one. How many those were. */
  async resume(instanceId: number, resource?: string): Promise<number> {
    return this.dataSource.transaction(async manager => {
      await manager.query(`update polled_instance set changes = changes + 1 where instance_id = $1`, [instanceId])
      const which = {
        instanceId,
        configured: true,
        pausedAt: Not(IsNull()),
        ...(resource !== undefined && { resource }),
      }
      const { affected } = await manager.update(PolledResourceEntity, which, {
        pausedAt: null,
        failures: 0,
        nextDue: () => 'now()',
      })
      await manager.query(reschedule, [instanceId])
      return affected ?? 0
    })
  }

  /** Takes every resource into the run. */
  private async enrol(manager: EntityManager, instanceId: number, runId: string): Promise<void> {
    const [{ working }] = await manager.query<[{ working: boolean }]>(
      `with enrolled as (
         update polled_resource set next_due = least(next_due, now()), run_id = $2
         where instance_id = $1 and configured and paused_at is null
         returning resource, null::text as error
       ), listed as (
         insert into poll_run_resource (run_id, resource, state, error)
         select $2, resource, 'running', null from enrolled
         union all
         select $2, resource, 'failed', 'paused: ' || coalesce(last_error, 'it kept failing')
         from polled_resource where instance_id = $1 and configured and paused_at is not null
         on conflict (run_id, resource) do update set state = excluded.state,
           error = case when poll_run_resource.state = excluded.state then poll_run_resource.error else excluded.error end
       )
       select exists (select from enrolled) as working`,
      [instanceId, runId],
    )
    await manager.query(
      `update polled_instance set run_id = case when $2 then $3::uuid end, changes = changes + 1 where instance_id = $1`,
      [instanceId, working, runId],
    )
    if (!working) await manager.query(`update poll_run set finished_at = now() where id = $1`, [runId])
    await manager.query(reschedule, [instanceId])
  }

  private async withResources(runs: PollRunEntity[]): Promise<PollRun[]> {
    const rows = await this.dataSource.manager.find(PollRunResourceEntity, {
      where: { runId: In(runs.map(({ id }) => id)) },
      order: { resource: 'asc' },
    })
    return runs.map(({ id, instanceId, trigger, startedAt, finishedAt }) => {
      const resources = rows.filter(({ runId }) => runId === id).map(({ runId: _, ...resource }) => resource)
      const failed = resources.some(({ state }) => state === 'failed')
      const state = finishedAt ? (failed ? 'failed' : 'done') : 'running'
      return { id, instanceId, trigger, state, startedAt, finishedAt, resources }
    })
  }
}
