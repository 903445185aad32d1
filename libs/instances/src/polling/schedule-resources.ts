import { compileDatePattern } from '#dates'
import type { EntityManager } from 'typeorm'
import type { Polling } from './polling-configuration.js'

/** A resource as it was scheduled before. */
interface Known {
  resource: string
  intervalMs: string
  sinceMs: string
  watermarkMs: string
  /** Its snapshot is of a whole listing. */
  listed: boolean
}

/** 1 instance. */
const knownSql = `
  select resource, interval_ms as "intervalMs", since_ms as "sinceMs", watermark_ms as "watermarkMs",
         coalesce((state ->> 'listed')::boolean, false) as listed
  from polled_resource where instance_id = $1`

/** 1 instance, 2 resources. */
const restSql = `
  update polled_resource set configured = false, run_id = null, started_at = null, checkpoint = null
  where instance_id = $1 and configured and not resource = any ($2)`

/**
 * 1 instance, 2 resources, 3 since. What is behind the watermark and wanted now is read again; what is before it and no
 * longer wanted isn't read any more. The start stays, so that what a run found is the same event when it's found again.
 */
const moveSql = `
  update polled_resource set
    next_due = least(next_due, now()),
    since_ms = $3::bigint,
    watermark_ms = case when $3 < since_ms then $3 else greatest(watermark_ms, $3) end,
    state = state || '{"held": null}' || case when state ? 'deletions' then
      jsonb_build_object('deletions', state -> 'deletions' || jsonb_build_object('held', null, 'watermark',
        case when $3 < since_ms then $3 else greatest((state #>> '{deletions,watermark}')::bigint, $3) end))
      else '{}' end,
    checkpoint = checkpoint - 'position'
  where instance_id = $1 and resource = any ($2)`

/** 1 instance, 2 resources, 3 watermarks. A snapshot that is out of date would tell once more of what their dates have told. */
const forgetSnapshotSql = `
  with unlisted as (
    update polled_resource r set
      state = state - 'listed', checkpoint = checkpoint - 'position', watermark_ms = greatest(since_ms, wanted.watermark)
    from unnest($2::text[], $3::bigint[]) as wanted (resource, watermark)
    where r.instance_id = $1 and r.resource = wanted.resource
    returning r.resource
  )
  delete from polled_object o using unlisted u where o.instance_id = $1 and o.resource = u.resource`

/**
 * 1 instance, 2 resources, 3 since, 4 interval ms. What waits for its interval waits for the new one, reckoned from the
 * last poll's start; what waits for anything else (a vendor, the log, its turn) goes on waiting for that.
 */
const upsertSql = `
  insert into polled_resource as r (instance_id, resource, next_due, interval_ms, since_ms, watermark_ms)
  select $1, name, now(), $4, since, since
  from unnest($2::text[]) as name,
       coalesce($3::bigint, extract(epoch from date_trunc('second', now()))::bigint * 1000) as since
  on conflict (instance_id, resource) do update
  set configured = true,
      interval_ms = excluded.interval_ms,
      next_due = case
        when not r.configured or r.paused_at is not null then now()
        when r.failures > 0 then least(r.next_due, now())
        when r.run_id is not null or r.last_error is not null or r.next_due <= now() then r.next_due
        when r.interval_ms <> excluded.interval_ms
          then coalesce(r.polled_at, now()) + (excluded.interval_ms - coalesce(r.took_ms, 0)) * interval '1 ms'
        else least(r.next_due, now() + excluded.interval_ms * interval '1 ms') end,
      failures = case when r.paused_at is null then r.failures else 0 end,
      paused_at = null`

/** 1 instance. Who polls it now goes by what was; of what it hasn't saved, the events come again with the same ids. */
const takeLeaseSql = `
  update polled_instance set epoch = nextval('polling_epoch'), lease_owner = null
  where instance_id = $1 and lease_owner is not null`

/** Makes an instance's resources what `polling` says, under the lock of its row in polled_instance. */
export async function scheduleResources(manager: EntityManager, instanceId: number, polling: Polling): Promise<void> {
  const { resources, intervalMs, backfill } = polling
  const names = resources.map(({ name }) => name)
  const known = await manager.query<Known[]>(knownSql, [instanceId])
  const moved = backfill === null ? [] : known.filter(each => isMoved(each, polling, backfill))
  const unlisted = known.filter(({ resource, listed }) => listed && isSnapshot(polling, resource) === false)
  const repaced = known.some(each => names.includes(each.resource) && Number(each.intervalMs) !== intervalMs)
  await manager.query(restSql, [instanceId, names])
  if (moved.length > 0) await manager.query(moveSql, [instanceId, namesOf(moved), backfill])
  if (unlisted.length > 0) {
    const watermarks = unlisted.map(each => datedWatermark(each, polling))
    await manager.query(forgetSnapshotSql, [instanceId, namesOf(unlisted), watermarks])
  }
  await manager.query(upsertSql, [instanceId, names, backfill, intervalMs])
  if (repaced || moved.length > 0 || unlisted.length > 0) await manager.query(takeLeaseSql, [instanceId])
}

// A snapshot that is whole knows what was there and not since when: for it, the past is over.
function isMoved({ resource, sinceMs, listed }: Known, polling: Polling, backfill: number): boolean {
  const snapshot = isSnapshot(polling, resource)
  return snapshot !== undefined && !(snapshot && listed) && Number(sinceMs) !== backfill
}

// A snapshot's watermark is an instant; what its dates, which may be whole seconds or days, tell of it begins before.
function datedWatermark({ resource, watermarkMs }: Known, { resources, faults }: Polling): number {
  const instant = Number(watermarkMs)
  const found = resources.find(({ name }) => name === resource)
  const watched = found?.filterByUpdatedDate ? (found.updated ?? found.created) : (found?.created ?? found?.updated)
  if (!watched || faults.some(fault => fault.resource === resource)) return instant
  const pattern = compileDatePattern(watched.format, watched.timeZone)
  const begins = pattern.parse(pattern.format(instant))?.epochMs
  return begins !== undefined && begins <= instant && instant - begins <= longestGrainMs ? begins : instant
}

const longestGrainMs = 366 * 86_400_000

/** Undefined: it isn't polled. */
function isSnapshot({ resources }: Polling, resource: string): boolean | undefined {
  return resources.find(({ name }) => name === resource)?.snapshot
}

function namesOf(resources: Known[]): string[] {
  return resources.map(({ resource }) => resource)
}
