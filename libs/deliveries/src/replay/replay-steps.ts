import type { Pool } from 'pg'
import { inTransaction } from '#database'
import { over, type RunSql } from '../sql.js'
import { dueChannel } from '../subscriptions/channels.js'
import { choose, type Chosen, type Cursor, type Selected } from './choose.js'
import { obstacle, standings } from './standing.js'

/** What one step of making replays did. */
export type ReplayStep =
  /** No replay has anything to do just now. */
  | { kind: 'idle' }
  /** Callbacks were made, or notifications were passed over; more may come at once. */
  | { kind: 'made'; replayId: string; made: number }
  /** Its rate, or the lanes it goes to, allow no more yet. */
  | { kind: 'held'; replayId: string }
  | { kind: 'ended'; replayId: string; state: 'done' }
  | { kind: 'ended'; replayId: string; state: 'failed'; why: string }

interface Running extends Selected {
  id: string
  perSecond: number
  cursorDay: string
  cursorId: string
  exhausted: boolean
  /** Notifications that its rate allows by now. */
  budget: number
}

interface Target {
  instanceId: number
  /** Callbacks that its lane takes before it has enough to do. */
  room: number
}

/** Made in one step at most. */
const atOnce = 200
/**
 * Deliveries that a lane has due before a replay adds none: what is new waits behind so many at most. It is less than a
 * dispatcher reads at once, so that new events keep their way past the database.
 */
const laneFull = 200
/** Of a lane with a rate: what it sends in so many seconds. */
const laneFullSeconds = 2
/** Of one replay, retries included. */
const outstandingAtMost = 2_000
const stepMs = 200
const heldMs = 500
const drainMs = 1_000
const pauseAfterFailureMs = 5_000

const claimSql = `
  select r.id, r.account_id as "accountId", r.instance_id as "instanceId", r.subscription_id as "subscriptionId",
         r.notification_ids as "notificationIds", r.from_at::text as "from", r.to_at::text as "to",
         r.object_type as "objectType", r.undelivered, r.per_second as "perSecond", r.cursor_day::text as "cursorDay",
         r.cursor_id as "cursorId", r.exhausted,
         least(${atOnce}, floor(r.per_second * extract(epoch from now() - greatest(r.paced_at, now() - ${burst()}))
           + 0.0001))::integer as budget
  from replay r where r.state = 'running' and r.next_at <= now()
  order by r.next_at limit 1 for no key update skip locked`

const targetsSql = `
  select s.instance_id as "instanceId",
         case when l.open_until > now() then 0
              else coalesce(least(ceil(l.rate_per_second * ${laneFullSeconds}), ${laneFull}), ${laneFull})
                   - (select count(*) from (select from delivery d
                      where d.lane_id = s.lane_id and d.state = 'due' and not d.behind and d.due_at <= now()
                      limit ${laneFull}) d)
         end::integer as room
  from subscription s join lane l on l.id = s.lane_id
  where s.account_id = $1 and s.instance_id = any($2::integer[]) and s.ended_at is null and s.active and not s.retired
    and ($3::bigint is null or s.id = $3)`

const outstandingSql = `
  select count(*)::integer as count from (
    select from delivery where replay_id = $1 and state = 'due' limit ${outstandingAtMost}) d`

// A whole block of ids per row: they needn't be dense, and no round trip is needed to draw them. What waits already
// stays as it is, but what was queued is sent.
const makeSql = `
  with made as (
    insert into delivery (id, notification_id, day, account_id, instance_id, subscription_id, lane_id, state, replay,
                          replay_id, created_at, due_at)
    select nextval('id_block') * 1000, c.id, c.day, s.account_id, c.instance_id, s.id, s.lane_id, 'due', true, $1::bigint,
           c.created_at, now()
    from unnest($2::bigint[], $3::date[], $4::integer[], $5::timestamptz[]) as c (id, day, instance_id, created_at)
    join subscription s on s.instance_id = c.instance_id and s.account_id = $6 and s.ended_at is null and s.active
      and not s.retired and ($7::bigint is null or s.id = $7)
    order by c.day, c.id
    on conflict (notification_id, subscription_id) do update set state = 'due', due_at = now(), updated_at = now(),
      attempts = 0, hurried = 0, not_before = null, first_attempt_at = null, replay = true,
      replay_id = excluded.replay_id, requeue = true
      where delivery.state = 'queued'
    returning lane_id, notification_id),
  wanted as (
    update lane set next_due = now() where id in (select lane_id from made) and owner is null returning 1)
  select (select count(*)::integer from made) as made,
         (select count(distinct notification_id)::integer from made) as notifications,
         pg_notify('${dueChannel}', lanes.lane_id::text)
  from (select distinct lane_id from made) lanes`

// Its rate is spent from where it was, or from a second ago: what it didn't use before then is gone.
const advanceSql = `
  with folded as (delete from replay_progress where replay_id = $1 returning delivered)
  update replay set cursor_day = $2, cursor_id = $3, exhausted = $4, made = made + $5, skipped = skipped + $6,
    delivered = delivered + coalesce((select sum(delivered) from folded), 0),
    paced_at = greatest(paced_at, now() - ${burst('replay')}) + $7::integer / per_second * interval '1 s',
    next_at = clock_timestamp() + $8 * interval '1 ms', updated_at = clock_timestamp()
  where id = $1`

const endSql = `
  update replay set state = $2, error = $3, updated_at = clock_timestamp(), finished_at = clock_timestamp()
  where id = $1`

/** Makes the callbacks of running replays, each at its rate, and no faster than their lanes take them. */
export class ReplaySteps {
  constructor(private readonly pool: Pool) {}

  /**
   * One portion of the replay whose turn it is, in a transaction that holds its row: several processes may do this at
   * once, and one that is killed leaves all or nothing of its portion.
   */
  async step(): Promise<ReplayStep> {
    let claimed: string | null = null
    try {
      return await inTransaction(this.pool, async client => {
        const run = over(client)
        const [replay] = await run<Running>(claimSql, [])
        if (!replay) return { kind: 'idle' }
        claimed = replay.id
        return replay.exhausted ? await drain(run, replay) : await advance(run, replay)
      })
    } catch (error) {
      if (claimed !== null) await this.postpone(claimed, pauseAfterFailureMs).catch(() => undefined)
      throw error
    }
  }

  // Else it would always be the first, and keep the others waiting.
  private async postpone(id: string, ms: number): Promise<void> {
    await postpone(over(this.pool), id, ms)
  }
}

async function advance(run: RunSql, replay: Running): Promise<ReplayStep> {
  const { id, accountId, subscriptionId, perSecond, budget } = replay
  if (budget < 1 || (await isFull(run, id))) return hold(run, id, budget < 1 ? waitOf(perSecond) : heldMs)
  const cursor = { day: replay.cursorDay, id: replay.cursorId }
  const { chosen, last, isEnd } = await choose(run, replay, cursor, budget)
  const instanceIds = [...new Set(chosen.map(one => one.instanceId))]
  const targets = chosen.length > 0 ? await run<Target>(targetsSql, [accountId, instanceIds, subscriptionId]) : []
  if (chosen.length > 0 && targets.length === 0) return fail(run, replay, instanceIds)
  const room = Math.max(0, Math.min(budget, ...targets.map(target => target.room)))
  const taken = chosen.slice(0, room)
  if (taken.length === 0 && chosen.length > 0) return hold(run, id, heldMs)
  const { made, notifications } = await make(run, replay, taken)
  const isCut = taken.length < chosen.length
  const reached: Cursor = (isCut ? taken.at(-1) : last) ?? cursor
  const exhausted = isEnd && !isCut
  await run(advanceSql, [
    ...[id, reached.day, reached.id, exhausted, made, taken.length - notifications, taken.length],
    taken.length > 0 ? waitOf(perSecond) : 0,
  ])
  return { kind: 'made', replayId: id, made }
}

async function make(
  run: RunSql,
  { id, accountId, subscriptionId }: Running,
  taken: readonly Chosen[],
): Promise<{ made: number; notifications: number }> {
  if (taken.length === 0) return { made: 0, notifications: 0 }
  const [row] = await run<{ made: number; notifications: number }>(makeSql, [
    id,
    taken.map(one => one.id),
    taken.map(one => one.day),
    taken.map(one => one.instanceId),
    taken.map(one => one.createdAt),
    ...[accountId, subscriptionId],
  ])
  return row ?? { made: 0, notifications: 0 }
}

/** All is made: it is done once nothing of it waits any more. */
async function drain(run: RunSql, { id }: Running): Promise<ReplayStep> {
  const [waiting] = await run(`select 1 from delivery where replay_id = $1 and state = 'due' limit 1`, [id])
  if (waiting) return hold(run, id, drainMs)
  await run(endSql, [id, 'done', null])
  return { kind: 'ended', replayId: id, state: 'done' }
}

async function fail(
  run: RunSql,
  { id, accountId, subscriptionId }: Running,
  instanceIds: readonly number[],
): Promise<ReplayStep> {
  const found = await standings(run, accountId, instanceIds, subscriptionId)
  const whys = [...found].flatMap(([instanceId, standing]) =>
    standing === 'ready' ? [] : [obstacle(instanceId, standing)],
  )
  const why = whys.join('; ')
  await run(endSql, [id, 'failed', why])
  return { kind: 'ended', replayId: id, state: 'failed', why }
}

async function isFull(run: RunSql, id: string): Promise<boolean> {
  const [row] = await run<{ count: number }>(outstandingSql, [id])
  return (row?.count ?? 0) >= outstandingAtMost
}

async function hold(run: RunSql, id: string, ms: number): Promise<ReplayStep> {
  await postpone(run, id, ms)
  return { kind: 'held', replayId: id }
}

async function postpone(run: RunSql, id: string, ms: number): Promise<void> {
  await run(`update replay set next_at = clock_timestamp() + $2 * interval '1 ms' where id = $1`, [id, ms])
}

/** Until the next portion: several notifications at once where they are many, each by itself where they are few. */
function waitOf(perSecond: number): number {
  return Math.max(stepMs, 1_000 / perSecond)
}

/** What of its rate a replay may catch up on: a second's worth, or one notification. */
function burst(table = 'r'): string {
  return `greatest(1, 1 / ${table}.per_second) * interval '1 s'`
}
