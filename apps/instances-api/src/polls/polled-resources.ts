import { POOL } from '#database'
import { Inject, Injectable } from '@nestjs/common'
import type { Pool } from 'pg'
import { having, troubles, type Trouble } from './trouble.js'

/** What a resource is doing. `running`: a run of it isn't through; `due`: it waits for a poller; `waiting`: for its time. */
export const resourceStates = ['disabled', 'paused', 'throttled', 'running', 'due', 'waiting'] as const
export type ResourceState = (typeof resourceStates)[number]

/** A polled resource, as it is stored. */
export interface ResourceRow {
  instanceId: number
  instanceName: string
  elementKey: string
  resource: string
  state: ResourceState
  troubles: Trouble[]
  watermark: Date
  /** How old what hasn't been read may be, at most: seconds since the last complete run began. */
  lagSeconds: number
  /** Not ahead of a vendor's Retry-After; null where it isn't polled. */
  nextPoll: Date | null
  failures: number
  overruns: number
  pausedAt: Date | null
  error: string | null
  /** Of the last run that ended, as those that follow. */
  polledAt: Date | null
  tookMs: number | null
  pages: number
  records: number
  events: number
  /** Of the run under way, as those that follow; null where there is none. */
  runId: string | null
  runStartedAt: Date | null
  runPages: number | null
  runRecords: number | null
  runEvents: number | null
  runError: string | null
}

/** A place in the list: the resource that came last. */
export type ResourcePlace = Pick<ResourceRow, 'instanceId' | 'resource'>

export interface ResourceFilter {
  instanceId?: number
  elementKey?: string
  resource?: string
  /** Any of these; absent: with or without. */
  troubles?: readonly Trouble[]
  minLagSeconds?: number
  after?: ResourcePlace
  limit: number
}

const readUntil = `coalesce(r.read_until, to_timestamp(r.since_ms / 1000.0))`

// Each trouble looks by itself, so that each goes by its own index and reads no more than a page.
const look = (condition: string) => `
    (select r.instance_id, r.resource
     from instance i
     join polled_instance p on p.instance_id = i.id
     join polled_resource r on r.instance_id = p.instance_id
     where i.account_id = $1 and i.deleted_at is null and i.id >= $2 and (r.instance_id, r.resource) > ($2, $3)
       and ($4::integer is null or i.id = $4) and ($5::text is null or i.element_key = $5)
       and ($6::text is null or r.resource = $6)
       and ($7::float8 is null or ${readUntil} <= now() - make_interval(secs => $7))
       and ${condition}
     order by r.instance_id, r.resource limit $8)`

const troublesOf = troubles.map(trouble => `case when ${having[trouble]} then '${trouble}' end`).join(', ')

/** 1 account, 2-3 after which, 4 instance, 5 element, 6 resource, 7 least lag in seconds, 8 how many. */
export function listing(asked: readonly Trouble[] = []): string {
  const looks = asked.length > 0 ? asked.map(trouble => look(having[trouble])) : [look('r.configured')]
  return `
  with page as (
    select * from (${looks.join('\n    union')}) found order by instance_id, resource limit $8
  )
  select r.instance_id as "instanceId", i.name as "instanceName", i.element_key as "elementKey", r.resource,
    case when not p.enabled then 'disabled' when r.paused_at is not null then 'paused'
         when p.not_before > now() then 'throttled' when r.run_id is not null then 'running'
         when r.next_due <= now() then 'due' else 'waiting' end as state,
    array_remove(array[${troublesOf}], null) as troubles,
    to_timestamp(r.watermark_ms / 1000.0) as watermark,
    greatest(0, floor(extract(epoch from now() - ${readUntil})))::float8 as "lagSeconds",
    case when p.enabled and r.paused_at is null then greatest(r.next_due, p.not_before) end as "nextPoll",
    r.failures, r.overruns, r.paused_at as "pausedAt", r.last_error as error,
    r.polled_at as "polledAt", r.took_ms::float8 as "tookMs", r.pages, r.records, r.events,
    run.id as "runId", run.started_at as "runStartedAt",
    told.pages as "runPages", told.records as "runRecords", told.events as "runEvents", told.error as "runError"
  from page
  join polled_resource r using (instance_id, resource)
  join polled_instance p on p.instance_id = r.instance_id
  join instance i on i.id = r.instance_id
  left join poll_run run on run.id = r.run_id
  left join poll_run_resource told on told.run_id = r.run_id and told.resource = r.resource
  order by r.instance_id, r.resource`
}

/** What is polled, and how it stands: for reading. */
@Injectable()
export class PolledResources {
  constructor(@Inject(POOL) private readonly pool: Pool) {}

  /** Those of an account, by instance and resource; from after a place on. */
  async list(accountId: number, filter: ResourceFilter): Promise<ResourceRow[]> {
    const { instanceId, elementKey, resource, minLagSeconds, after, limit } = filter
    const { rows } = await this.pool.query<ResourceRow>(listing(filter.troubles), [
      ...[accountId, after?.instanceId ?? 0, after?.resource ?? ''],
      ...[instanceId ?? null, elementKey ?? null, resource ?? null, minLagSeconds ?? null, limit],
    ])
    return rows
  }
}
