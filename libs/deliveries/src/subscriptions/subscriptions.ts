import type { Pool } from 'pg'
import { over, type RunSql } from '../sql.js'
import { despiteDeadlocks, inTransaction } from '#database'
import { add, end, type Addition, type NewSubscription } from './added.js'
import type { CallbackTarget } from './callback-target.js'
import { resetChannel } from './channels.js'
import { follow, handOver } from './follow.js'
import { subscriptionColumns, type DeactivationReason, type Subscription } from './subscription.js'

const reactivateSql = `
  with chosen as (
    select s.id, s.lane_id from subscription s
    where s.account_id = $1 and s.ended_at is null
      and ($2::text is null or s.url = $2) and ($3::bigint is null or s.id = $3)
      and ($4::integer is null or s.instance_id = $4)
    order by s.id for update),
  revived as (
    update subscription s set active = true, deactivated_reason = null, deactivated_at = null
    from chosen where s.id = chosen.id and not s.active
    returning 1),
  sent as (
    update delivery d set state = 'due', due_at = now(), updated_at = now(), attempts = 0, hurried = 0,
      not_before = null, first_attempt_at = null
    from chosen where d.subscription_id = chosen.id and d.state = 'queued'
    returning d.id),
  lanes as (
    update lane l set failures = 0, failing_since = null, open_until = null, pause_ms = 0,
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
    update delivery d set state = 'queued', updated_at = now() from gone
    where d.subscription_id = gone.id and d.state = 'due'
    returning 1)
  select id from gone`

// They came for a URL in the moment in which it was taken away.
const settleSql = `
  with ended as (
    select id, instance_id, configured from subscription
    where id = any($1::bigint[]) and ended_at is not null),
  dropped as (
    delete from delivery d using ended where d.subscription_id = ended.id and not ended.configured returning 1),
  queued as (
    update delivery d set state = 'queued', updated_at = now() from ended
    where d.subscription_id = ended.id and ended.configured and d.state = 'due'
    returning 1)
  select instance_id as "instanceId" from ended where configured`

/** Which of an account's current subscriptions. */
export interface SubscriptionFilter {
  instanceId?: number
  topic?: { instanceId: number; elementKey: string }
  url?: string
  active?: boolean
  /** Only ids above this one. */
  after?: string
  limit?: number
}

/**
 * The subscriptions: which URLs get an instance's events. The callback URL that an instance is configured with is one;
 * others may be added beside it. A URL has an instance's events once, however often it is asked for.
 */
export class Subscriptions {
  constructor(private readonly pool: Pool) {}

  /**
   * Makes the configured subscriptions say what the instances say: a new URL begins a new one, takes over what waits
   * for the URL before it and sends it; a URL taken away ends its own, unless it was added too, and what waits is
   * queued. Runs in the caller's transaction where one is given, so that it changes with the instance.
   */
  async follow(targets: readonly CallbackTarget[], run?: RunSql): Promise<void> {
    if (!run) return this.inTransaction(own => this.follow(targets, own))
    if (targets.length > 0) await follow(run, targets)
  }

  /** A further URL for an instance's events, from now on. */
  async add(wanted: NewSubscription): Promise<Addition> {
    return this.inTransaction(run => add(run, wanted))
  }

  /** Ends one that was added, and with it what waits for it. One that its instance is configured with goes on. */
  async end(accountId: number, id: string): Promise<void> {
    await this.inTransaction(run => end(run, accountId, id))
  }

  /** Deals with what waits for subscriptions that have ended, as their end would have. */
  async settle(subscriptionIds: readonly string[]): Promise<void> {
    await this.inTransaction(async run => {
      const rows = await run<{ instanceId: number }>(settleSql, [subscriptionIds])
      await handOver(
        run,
        rows.map(row => row.instanceId),
      )
    })
  }

  /**
   * Reactivates an account's subscriptions, of one URL, with one id or of one instance where given, and makes what is
   * queued for them due, with all its attempts anew.
   * @returns how many deliveries are sent again
   */
  async reactivate(
    accountId: number,
    which: { url?: string; subscriptionId?: string; instanceId?: number } = {},
  ): Promise<number> {
    const values = [accountId, which.url ?? null, which.subscriptionId ?? null, which.instanceId ?? null]
    // Dispatchers lock the same deliveries, subscriptions and lanes, a few at a time.
    const rows = await despiteDeadlocks(() => over(this.pool)<{ deliveries: number }>(reactivateSql, values))
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

  /** An account's current subscriptions, without those of deleted instances; oldest first. */
  async list(accountId: number, filter: SubscriptionFilter = {}): Promise<Subscription[]> {
    const { instanceId, topic, url, active, after, limit } = filter
    return over(this.pool)<Subscription>(
      `select ${subscriptionColumns} from subscription s join lane l on l.id = s.lane_id
       where s.account_id = $1 and s.ended_at is null and not s.retired and ($2::integer is null or s.instance_id = $2)
         and ($3::text is null or s.url = $3) and ($4::boolean is null or s.active = $4)
         and ($5::bigint is null or s.id > $5)
         and ($6::integer is null or (s.instance_id = $6 and s.element_key = $7))
       order by s.id limit $8`,
      [
        ...[accountId, instanceId ?? null, url ?? null, active ?? null, after ?? null],
        ...[topic?.instanceId ?? null, topic?.elementKey ?? null, limit ?? null],
      ],
    )
  }

  /** Of an account's subscriptions, those with these ids, ended ones included. */
  async byIds(accountId: number, ids: readonly string[]): Promise<Map<string, Subscription>> {
    const rows = await over(this.pool)<Subscription>(
      `select ${subscriptionColumns} from subscription s join lane l on l.id = s.lane_id
       where s.account_id = $1 and s.id = any($2::bigint[])`,
      [accountId, ids],
    )
    return new Map(rows.map(subscription => [subscription.id, subscription]))
  }

  /** One of an account's subscriptions, ended ones included. */
  async get(accountId: number, id: string): Promise<Subscription | null> {
    return (await this.byIds(accountId, [id])).get(id) ?? null
  }

  /** Others lock the same deliveries, in another order. */
  private inTransaction<T>(work: (run: RunSql) => Promise<T>): Promise<T> {
    return despiteDeadlocks(() => inTransaction(this.pool, client => work(over(client))))
  }
}
