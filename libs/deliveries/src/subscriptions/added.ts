import type { RunSql } from '../sql.js'
import { endedChannel } from './channels.js'
import { lockInstances } from './follow.js'
import { ensureLanes, settleRates, urlHash } from './lanes-of-urls.js'

/** A subscription to be, beside the one that its instance is configured with. */
export interface NewSubscription {
  accountId: number
  instanceId: number
  elementKey: string
  url: string
  /** The instance's. */
  ratePerSecond: number | null
}

/** What became of the wish for one. */
export type Addition =
  | { kind: 'added'; id: string }
  /** The URL has the instance's events already. */
  | { kind: 'existing'; id: string }
  | { kind: 'too-many'; limit: number }

const mostPerInstance = 20

const claimSql = `
  with claimed as (
    update subscription s set added = true
    from lane l
    where l.account_id = $1 and l.url_hash = $3 and s.instance_id = $2 and s.lane_id = l.id and s.ended_at is null
    returning s.id)
  select id from claimed`

const countSql = `select count(*)::integer as count from subscription where instance_id = $1 and ended_at is null`

const insertSql = `
  with begun as (
    insert into subscription (account_id, instance_id, element_key, lane_id, url, configured, added, rate_per_second)
    select $1, $2, $3, l.id, $4, false, true, $6 from lane l where l.account_id = $1 and l.url_hash = $5
    returning id, lane_id)
  select id, lane_id as "laneId" from begun`

// What waits for one that nobody is configured with has nowhere else to go.
const endSql = `
  with parted as (
    update subscription s set added = false, active = s.active and s.configured,
      ended_at = case when not s.configured then now() end,
      deactivated_at = case when s.configured then s.deactivated_at else now() end,
      deactivated_reason = case when s.configured then s.deactivated_reason else 'removed' end
    where s.account_id = $1 and s.id = $2 and s.ended_at is null and s.added
    returning s.id, s.lane_id, s.ended_at, s.rate_per_second is not null as rated),
  dropped as (
    delete from delivery d using parted where d.subscription_id = parted.id and parted.ended_at is not null returning 1)
  select lane_id as "laneId", rated, pg_notify('${endedChannel}', lane_id || ':' || id)
  from parted where ended_at is not null`

/** Adds a subscription, unless the instance has one of this URL, or enough. Within a transaction. */
export async function add(run: RunSql, wanted: NewSubscription): Promise<Addition> {
  const { accountId, instanceId, elementKey, url, ratePerSecond } = wanted
  const hash = urlHash(url)
  await lockInstances(run, [instanceId])
  const [existing] = await run<{ id: string }>(claimSql, [accountId, instanceId, hash])
  if (existing) return { kind: 'existing', id: existing.id }
  const [current] = await run<{ count: number }>(countSql, [instanceId])
  if (current && current.count >= mostPerInstance) return { kind: 'too-many', limit: mostPerInstance }
  await ensureLanes(run, [wanted])
  const values = [accountId, instanceId, elementKey, url, hash, ratePerSecond]
  const [begun] = await run<{ id: string; laneId: string }>(insertSql, values)
  if (!begun) throw new Error(`the lane of a new subscription of instance ${instanceId} is gone`)
  if (ratePerSecond !== null) await settleRates(run, [begun.laneId])
  return { kind: 'added', id: begun.id }
}

/** Ends one that was added, and what waits for it; one that its instance is configured with goes on. */
export async function end(run: RunSql, accountId: number, id: string): Promise<void> {
  const [ended] = await run<{ laneId: string; rated: boolean }>(endSql, [accountId, id])
  if (ended?.rated) await settleRates(run, [ended.laneId])
}
