import type { RunSql } from '../sql.js'
import type { CallbackTarget } from './callback-target.js'
import { dueChannel, endedChannel } from './channels.js'
import { ensureLanes, settleRates, urlHash } from './lanes-of-urls.js'
import { agree, type SubscriptionState } from './subscription.js'

const currentSql = `
  select s.instance_id as "instanceId", s.url, s.configured, s.rate_per_second as "ownRate", s.retired
  from subscription s where s.instance_id = any($1::integer[]) and s.ended_at is null`

/** The class of the advisory locks under which an instance's subscriptions begin and end. */
const lockClass = 0x7472_7375
const lockSql = `
  select count(pg_advisory_xact_lock(${lockClass}, t.id))
  from (select id from unnest($1::integer[]) as u (id) order by id) t`

// One that was added goes on without the configuration.
const endOutdatedSql = `
  with parted as (
    update subscription s set configured = not s.added, active = s.active and s.added,
      ended_at = case when not s.added then now() end,
      deactivated_at = case when s.added then s.deactivated_at else coalesce(s.deactivated_at, now()) end,
      deactivated_reason =
        case when s.added then s.deactivated_reason when t.url is null then 'removed' else 'replaced' end
    from unnest($1::integer[], $2::text[]) as t (instance_id, url)
    where s.instance_id = t.instance_id and s.ended_at is null and s.configured and s.url is distinct from t.url
    returning s.id, s.lane_id, s.ended_at, s.rate_per_second is not null as rated),
  queued as (
    update delivery d set state = 'queued', updated_at = now() from parted
    where d.subscription_id = parted.id and parted.ended_at is not null and d.state = 'due'
    returning 1)
  select lane_id as "laneId", rated, pg_notify('${endedChannel}', lane_id || ':' || id)
  from parted where ended_at is not null`

const adjustSql = `
  with outdated as (
    select s.id, s.rate_per_second as old_rate, t.rate, t.retired
    from unnest($1::integer[], $2::double precision[], $3::boolean[]) as t (instance_id, rate, retired)
    join subscription s on s.instance_id = t.instance_id and s.ended_at is null
    where s.rate_per_second is distinct from t.rate or s.retired <> t.retired),
  adjusted as (
    update subscription s set rate_per_second = o.rate, retired = o.retired from outdated o where s.id = o.id
    returning s.lane_id, coalesce(o.old_rate, o.rate) is not null as rated)
  select lane_id as "laneId", rated from adjusted`

const beginSql = `
  with begun as (
    insert into subscription (account_id, instance_id, element_key, lane_id, url, rate_per_second, retired)
    select t.account_id, t.instance_id, t.element_key, l.id, t.url, t.rate, t.retired
    from unnest($1::integer[], $2::integer[], $3::text[], $4::text[], $5::bytea[], $6::double precision[], $7::boolean[])
      as t (account_id, instance_id, element_key, url, url_hash, rate, retired)
    join lane l on l.account_id = t.account_id and l.url_hash = t.url_hash
    order by t.instance_id
    on conflict (instance_id, lane_id) where ended_at is null do update set configured = true
      where not subscription.configured
    returning instance_id, lane_id, rate_per_second is not null as rated)
  select instance_id as "instanceId", lane_id as "laneId", rated from begun`

// What waited for an earlier URL goes to the new one, unless a replay has already put it there. It keeps its position;
// what it was behind may not have come along.
const handOverSql = `
  with moved as (
    update delivery d set subscription_id = s.id, lane_id = s.lane_id, state = 'due', due_at = now(),
      updated_at = now(), attempts = 0, hurried = 0, not_before = null, first_attempt_at = null, behind = false
    from subscription old
    join subscription s on s.instance_id = old.instance_id and s.configured and s.ended_at is null
    where old.instance_id = any($1::integer[]) and old.configured and old.ended_at is not null
      and d.subscription_id = old.id
      and not exists (select from delivery x where x.notification_id = d.notification_id and x.subscription_id = s.id)
    returning d.id, d.subscription_id, d.lane_id, d.position),
  held as (
    update ordered_object o set subscription_id = moved.subscription_id from moved
    where moved.position is not null and o.delivery_id = moved.id
    returning 1),
  wanted as (
    update lane set next_due = now() where id in (select lane_id from moved) and owner is null returning 1)
  select pg_notify('${dueChannel}', '') from moved limit 1`

interface Changed {
  laneId: string
  /** It is limited, or was. */
  rated: boolean
}

/** Until the end of the transaction, nobody else begins or ends these instances' subscriptions. */
export async function lockInstances(run: RunSql, instanceIds: readonly number[]): Promise<void> {
  await run(lockSql, [instanceIds])
}

/** Makes the configured subscriptions say what the instances say; see `Subscriptions.follow`. Within a transaction. */
export async function follow(run: RunSql, targets: readonly CallbackTarget[]): Promise<void> {
  const changed = await disagreeing(run, targets)
  if (changed.length === 0) return
  const instanceIds = changed.map(target => target.instanceId)
  await lockInstances(run, instanceIds)
  const withUrl = changed.filter((target): target is CallbackTarget & { url: string } => target.url !== null)
  await ensureLanes(run, withUrl)
  const ended = await run<Changed>(endOutdatedSql, [instanceIds, changed.map(target => target.url)])
  const adjusted = await run<Changed>(adjustSql, [
    instanceIds,
    changed.map(target => target.ratePerSecond),
    changed.map(target => target.retired),
  ])
  const begun = await begin(run, withUrl)
  // Else a lane that many instances share would be locked whenever one of them is made.
  const rated = [...ended, ...adjusted, ...begun].filter(row => row.rated)
  await settleRates(
    run,
    rated.map(row => row.laneId),
  )
  await handOver(
    run,
    begun.map(row => row.instanceId),
  )
}

/** What waits for earlier configured URLs of these instances goes to the present ones. */
export async function handOver(run: RunSql, instanceIds: readonly number[]): Promise<void> {
  if (instanceIds.length > 0) await run(handOverSql, [instanceIds])
}

async function disagreeing(run: RunSql, targets: readonly CallbackTarget[]): Promise<CallbackTarget[]> {
  const current = new Map<number, SubscriptionState[]>()
  const rows = await run<SubscriptionState & { instanceId: number }>(currentSql, [targets.map(one => one.instanceId)])
  for (const row of rows) current.set(row.instanceId, [...(current.get(row.instanceId) ?? []), row])
  return targets
    .filter(target => !agree(target, current.get(target.instanceId) ?? []))
    .sort((a, b) => a.instanceId - b.instanceId)
}

function begin(
  run: RunSql,
  targets: readonly (CallbackTarget & { url: string })[],
): Promise<(Changed & { instanceId: number })[]> {
  return run(beginSql, [
    targets.map(target => target.accountId),
    targets.map(target => target.instanceId),
    targets.map(target => target.elementKey),
    targets.map(target => target.url),
    targets.map(target => urlHash(target.url)),
    targets.map(target => target.ratePerSecond),
    targets.map(target => target.retired),
  ])
}
