import type { Pool, PoolClient } from 'pg'
import { despiteDeadlocks, inTransaction } from '#database'
import { keptAt, over } from '../sql.js'
import { endedChannel } from '../subscriptions/channels.js'
import { count, type Selected } from './choose.js'
import {
  replayColumns,
  usualPerSecond,
  type NewReplay,
  type Replay,
  type ReplaySelection,
  type ReplaySize,
} from './replay.js'
import { standings, type Standing } from './standing.js'

/** A stored notification that was asked for by its own id or an event's. */
export interface FoundNotification {
  /** What was asked for. */
  asked: string
  notificationId: string
  instanceId: number
}

/** What became of the wish for a replay. */
export type ReplayStart = ({ kind: 'started'; id: string } & ReplaySize) | { kind: 'too-many'; limit: number }

const runningAtMost = 100
const keptDays = 30

// The time now is the database's, as it is where the rows are made. Its rate allows the first one at once.
const insertSql = `
  with made as (
    insert into replay (account_id, instance_id, notification_ids, from_at, to_at, object_type, undelivered,
                        subscription_id, per_second, notifications, exact, paced_at)
    select $1::integer, $2, $3::bigint[], $4::timestamptz, least($5::timestamptz, clock_timestamp()), $6, $7, $8::bigint,
           $9::double precision, $10, $11, clock_timestamp() - interval '1 s' / $9
    where (select count(*) from replay where account_id = $1 and state = 'running') < ${runningAtMost}
    returning id)
  select id from made`

// What was queued before is so again; all else that hasn't arrived is taken out, of the dispatchers' memory too.
const takeOutSql = `
  with requeued as (
    update delivery set state = 'queued', replay_id = null, requeue = false, updated_at = now()
    where replay_id = $1 and state = 'due' and requeue
    returning lane_id, subscription_id),
  removed as (
    delete from delivery where replay_id = $1 and state = 'due' and not requeue returning lane_id, subscription_id)
  select pg_notify('${endedChannel}', t.lane_id || ':' || t.subscription_id)
  from (select * from requeued union select * from removed) t`

/** The sending again of stored notifications: the same id and bytes, with a header that says so. */
export class Replays {
  constructor(private readonly pool: Pool) {}

  /** How many notifications it would be. */
  count(selection: ReplaySelection): Promise<ReplaySize> {
    return count(over(this.pool), selectedOf(selection))
  }

  /**
   * Asks for a replay; dispatchers make it, a few callbacks at a time. That the instance is the account's is for the
   * caller to know.
   */
  async start(replay: NewReplay): Promise<ReplayStart> {
    const size = await this.count(replay)
    const selected = selectedOf(replay)
    const { accountId, instanceId, notificationIds, from, to, objectType, undelivered, subscriptionId } = selected
    const { perSecond = usualPerSecond } = replay
    const { rows } = await this.pool.query<{ id: string }>(insertSql, [
      ...[accountId, instanceId, instanceId === null ? (notificationIds ?? []) : null, from],
      ...[to, objectType, undelivered, subscriptionId, perSecond, size.notifications, size.exact],
    ])
    const [made] = rows
    return made ? { kind: 'started', id: made.id, ...size } : { kind: 'too-many', limit: runningAtMost }
  }

  /** Those of an account's notifications that are stored; others are missing. */
  async byNotifications(accountId: number, ids: readonly string[]): Promise<FoundNotification[]> {
    return over(this.pool)<FoundNotification>(
      `select n.id as asked, n.id as "notificationId", n.instance_id as "instanceId"
       from unnest($1::bigint[]) as t (id) join notification n on n.id = t.id where n.account_id = $2`,
      [ids, accountId],
    )
  }

  /** The notifications that brought these events of an account. */
  async byEvents(accountId: number, eventIds: readonly string[]): Promise<FoundNotification[]> {
    return over(this.pool)<FoundNotification>(
      `select e.id as asked, e.notification_id as "notificationId", e.instance_id as "instanceId"
       from event_key k join event e on ${keptAt} where k.id = any($1::text[]) and e.account_id = $2`,
      [eventIds.filter(id => !id.includes('\0')), accountId],
    )
  }

  /** Whether callbacks of these instances have anywhere to go. */
  standings(
    accountId: number,
    instanceIds: readonly number[],
    subscriptionId: string | null,
  ): Promise<Map<number, Standing>> {
    return standings(over(this.pool), accountId, instanceIds, subscriptionId)
  }

  /** Null: the account has none with this id. */
  async get(accountId: number, id: string): Promise<Replay | null> {
    if (!/^\d{1,18}$/.test(id)) return null
    const { rows } = await this.pool.query<Replay>(
      `select ${replayColumns} from replay r where r.account_id = $1 and r.id = $2`,
      [accountId, id],
    )
    return rows[0] ?? null
  }

  /** An account's, the newest first; only ids below `before` where given. */
  async list(accountId: number, limit: number, before?: string): Promise<Replay[]> {
    const { rows } = await this.pool.query<Replay>(
      `select ${replayColumns} from replay r where r.account_id = $1 and ($2::bigint is null or r.id < $2)
       order by r.id desc limit $3`,
      [accountId, before ?? null, limit],
    )
    return rows
  }

  /**
   * Stops a replay that is running: nothing more is made, and what waits is taken out. What failed stays queued, and
   * callbacks under way end. Null: the account has none with this id.
   */
  async cancel(accountId: number, id: string): Promise<Replay | null> {
    if (!/^\d{1,18}$/.test(id)) return null
    const stop = async (client: PoolClient) => {
      const stopped = await client.query(
        `update replay set state = 'cancelled', updated_at = now(), finished_at = now()
         where account_id = $1 and id = $2 and state = 'running'`,
        [accountId, id],
      )
      // A statement of its own: a step that was under way until now made some more.
      if (stopped.rowCount) await client.query(takeOutSql, [id])
    }
    // Dispatchers lock the same deliveries.
    await despiteDeadlocks(() => inTransaction(this.pool, stop))
    return this.get(accountId, id)
  }

  /** Whether there is any dispatcher that makes what is asked for. */
  async areMade(): Promise<boolean> {
    const { rowCount } = await this.pool.query(`select 1 from dispatcher where leased_until > now() limit 1`)
    return (rowCount ?? 0) > 0
  }

  /** Forgets replays that ended a month ago. */
  async forget(): Promise<void> {
    await this.pool.query(
      `with gone as (delete from replay where finished_at < now() - interval '${keptDays} days' returning id)
       delete from replay_progress where replay_id in (select id from gone)`,
    )
  }
}

function selectedOf(selection: ReplaySelection): Selected {
  const { accountId, instanceId = null, notificationIds = null, from, to } = selection
  const { objectType = null, undelivered = false, subscriptionId = null } = selection
  return {
    ...{ accountId, instanceId, notificationIds, objectType, undelivered, subscriptionId },
    ...{ from: from?.toISOString() ?? '-infinity', to: to?.toISOString() ?? 'infinity' },
  }
}
