import { createHash } from 'node:crypto'
import type { Pool } from 'pg'
import { over, type RunSql } from '../sql.js'
import { inTransaction } from '#database'
import type { CallbackTarget } from './callback-target.js'

/** Why a subscription gets no callbacks any more. */
export type DeactivationReason = 'gone' | 'unreachable' | 'replaced' | 'removed'

/** An instance's callback URL, as the API shows it. */
export interface Subscription {
  id: string
  accountId: number
  instanceId: number
  elementKey: string
  url: string
  active: boolean
  deactivatedReason: DeactivationReason | null
  deactivatedAt: Date | null
  createdAt: Date
  /** Set once another URL, or none, took its place. */
  endedAt: Date | null
  /** Of its URL within the account, whichever instance it was for. */
  lastSuccessAt: Date | null
}

const columns = `
  s.id, s.account_id as "accountId", s.instance_id as "instanceId", s.element_key as "elementKey", s.url, s.active,
  s.deactivated_reason as "deactivatedReason", s.deactivated_at as "deactivatedAt", s.created_at as "createdAt",
  s.ended_at as "endedAt", l.last_success_at as "lastSuccessAt"`

/** The channel on which dispatchers hear that lanes have work; the payload is their ids, comma-separated, or nothing. */
export const dueChannel = 'delivery_due'
/** The channel on which owners hear that lanes start afresh: what they remember of failures is void. */
export const resetChannel = 'lane_reset'

const ensureLanesSql = `
  with made as (
    insert into lane (account_id, url, url_hash, rate_per_second)
    select distinct on (t.account_id, t.url_hash) t.account_id, t.url, t.url_hash, t.rate
    from unnest($1::integer[], $2::text[], $3::bytea[], $4::double precision[]) as t (account_id, url, url_hash, rate)
    order by t.account_id, t.url_hash
    on conflict (account_id, url_hash) do update set rate_per_second = excluded.rate_per_second
      where lane.rate_per_second is distinct from excluded.rate_per_second
    returning 1)
  select 1 from made`

const endOutdatedSql = `
  with ended as (
    update subscription s set active = false, ended_at = now(), deactivated_at = coalesce(s.deactivated_at, now()),
      deactivated_reason = case when t.url is null then 'removed' else 'replaced' end
    from unnest($1::integer[], $2::text[]) as t (instance_id, url)
    where s.instance_id = t.instance_id and s.ended_at is null and s.url is distinct from t.url
    returning s.id),
  queued as (
    update delivery d set state = 'queued' from ended where d.subscription_id = ended.id and d.state = 'due'
    returning 1)
  select id from ended union all select null from queued where false`

const beginSql = `
  with begun as (
    insert into subscription (account_id, instance_id, element_key, lane_id, url)
    select t.account_id, t.instance_id, t.element_key, l.id, t.url
    from unnest($1::integer[], $2::integer[], $3::text[], $4::text[], $5::bytea[])
      as t (account_id, instance_id, element_key, url, url_hash)
    join lane l on l.account_id = t.account_id and l.url_hash = t.url_hash
    order by t.instance_id
    on conflict (instance_id) where ended_at is null do nothing
    returning instance_id)
  select instance_id from begun`

// What waited for an earlier URL goes to the new one, unless a replay has already put it there.
const handOverSql = `
  with moved as (
    update delivery d set subscription_id = s.id, lane_id = s.lane_id, state = 'due', due_at = now(), attempts = 0,
      hurried = 0, not_before = null, first_attempt_at = null
    from subscription old
    join subscription s on s.instance_id = old.instance_id and s.ended_at is null
    where old.instance_id = any($1::integer[]) and old.ended_at is not null and d.subscription_id = old.id
      and not exists (select from delivery x where x.notification_id = d.notification_id and x.subscription_id = s.id)
    returning s.lane_id),
  wanted as (
    update lane set next_due = now() where id in (select lane_id from moved) and owner is null returning 1)
  select pg_notify('${dueChannel}', '') from moved limit 1`

const reactivateSql = `
  with chosen as (
    select s.id, s.lane_id from subscription s
    where s.account_id = $1 and s.ended_at is null
      and ($2::text is null or s.url = $2) and ($3::bigint is null or s.id = $3)
    order by s.id for update),
  revived as (
    update subscription s set active = true, deactivated_reason = null, deactivated_at = null
    from chosen where s.id = chosen.id and not s.active
    returning 1),
  sent as (
    update delivery d set state = 'due', due_at = now(), attempts = 0, hurried = 0, not_before = null,
      first_attempt_at = null
    from chosen where d.subscription_id = chosen.id and d.state = 'queued'
    returning d.id),
  lanes as (
    update lane l set failures = 0, failing_since = null, open_until = null,
      next_due = case when l.owner is null then now() end
    where l.id in (select lane_id from chosen)
    returning l.id)
  select (select count(*)::integer from sent) as deliveries, pg_notify('${resetChannel}', lanes.id::text)
  from lanes`

const deactivateSql = `
  with chosen as (
    select s.id from subscription s
    where s.active and (s.id = any($1::bigint[]) or s.lane_id = any($2::bigint[]))
    order by s.id for update),
  gone as (
    update subscription s set active = false, deactivated_reason = $3, deactivated_at = now()
    from chosen where s.id = chosen.id
    returning s.id),
  queued as (
    update delivery d set state = 'queued' from gone where d.subscription_id = gone.id and d.state = 'due'
    returning 1)
  select id from gone`

/** The subscriptions: one current one per instance that has a callback URL. */
export class Subscriptions {
  constructor(private readonly pool: Pool) {}

  /**
   * Makes the subscriptions say what the instances say: a new URL begins a new subscription, takes over what waits for
   * the old one and sends it; a URL taken away ends it, and what waits is queued. Runs in the caller's transaction
   * where one is given, so that it changes with the instance.
   */
  async follow(targets: readonly CallbackTarget[], run?: RunSql): Promise<void> {
    if (!run) return inTransaction(this.pool, client => this.follow(targets, over(client)))
    if (targets.length === 0) return
    const ordered = [...targets].sort((a, b) => a.instanceId - b.instanceId)
    const instanceIds = ordered.map(target => target.instanceId)
    const withUrl = ordered.filter((target): target is CallbackTarget & { url: string } => target.url !== null)
    const accountIds = withUrl.map(target => target.accountId)
    const urls = withUrl.map(target => target.url)
    const hashes = urls.map(urlHash)
    await run(ensureLanesSql, [accountIds, urls, hashes, withUrl.map(target => target.ratePerSecond)])
    await run(endOutdatedSql, [instanceIds, ordered.map(target => target.url)])
    const begun = await run<{ instance_id: number }>(beginSql, [
      accountIds,
      withUrl.map(target => target.instanceId),
      withUrl.map(target => target.elementKey),
      urls,
      hashes,
    ])
    if (begun.length > 0) await run(handOverSql, [begun.map(row => row.instance_id)])
  }

  /**
   * Reactivates an account's subscriptions, of one URL or with one id where given, and makes what is queued for them
   * due, with all its attempts anew.
   * @returns how many deliveries are sent again
   */
  async reactivate(accountId: number, which: { url?: string; subscriptionId?: string } = {}): Promise<number> {
    const run = over(this.pool)
    const values = [accountId, which.url ?? null, which.subscriptionId ?? null]
    const rows = await run<{ deliveries: number }>(reactivateSql, values)
    return rows[0]?.deliveries ?? 0
  }

  /** No callbacks to these, or to any on these lanes, until somebody reactivates them; what waits is queued. */
  async deactivate(
    which: { subscriptionIds?: readonly string[]; laneIds?: readonly string[] },
    reason: DeactivationReason,
    run: RunSql = over(this.pool),
  ): Promise<string[]> {
    const values = [which.subscriptionIds ?? [], which.laneIds ?? [], reason]
    return (await run<{ id: string }>(deactivateSql, values)).map(row => row.id)
  }

  /** An account's current subscriptions, or one instance's; oldest first. */
  async list(accountId: number, filter: { instanceId?: number; url?: string } = {}): Promise<Subscription[]> {
    return over(this.pool)<Subscription>(
      `select ${columns} from subscription s join lane l on l.id = s.lane_id
       where s.account_id = $1 and s.ended_at is null and ($2::integer is null or s.instance_id = $2)
         and ($3::text is null or s.url = $3)
       order by s.id`,
      [accountId, filter.instanceId ?? null, filter.url ?? null],
    )
  }

  /** One of an account's subscriptions, ended ones included. */
  async get(accountId: number, id: string): Promise<Subscription | null> {
    const rows = await over(this.pool)<Subscription>(
      `select ${columns} from subscription s join lane l on l.id = s.lane_id where s.account_id = $1 and s.id = $2`,
      [accountId, id],
    )
    return rows[0] ?? null
  }
}

/** What a lane's URL is found by. */
export function urlHash(url: string): Buffer {
  return createHash('sha256').update(url).digest()
}
