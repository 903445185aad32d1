import type { Pool } from 'pg'
import { dueChannel } from '../subscriptions/channels.js'

/** A lane as its new owner takes it over. */
export interface OwnedLane {
  id: string
  accountId: number
  url: string
  epoch: number
  /** Null: the setting's. */
  concurrency: number | null
  ratePerSecond: number | null
  /** How far from now its rate is spent, in milliseconds: negative where that is over; null: it never was. */
  spentForMs: number | null
  failures: number
  /** How long it had failed while it was tried, in milliseconds: nobody's time doesn't count. Null: it doesn't fail. */
  failingForMs: number | null
  /** How much longer its breaker is open, in milliseconds: negative where one at a time is tried; null: closed. */
  openForMs: number | null
  pauseMs: number
  lastSuccessAt: Date | null
}

/** What an owner remembers of a lane, kept so that its successor knows it too. */
export interface LaneState {
  id: string
  epoch: number
  failures: number
  failingForMs: number | null
  openForMs: number | null
  pauseMs: number
  lastSuccessAt: Date | null
}

/** How far a lane's rate is spent: so many milliseconds from now. */
export interface LanePace {
  id: string
  epoch: number
  spentForMs: number
}

// Spans of time, since the clocks of those who hand a lane over may differ. How long it failed is known until its breaker
// was to be tried again, which an owner does at once; without one a minute is enough to tell an outage by.
const laneColumns = `
  l.id, l.account_id as "accountId", l.url, l.epoch, l.concurrency, l.rate_per_second as "ratePerSecond",
  extract(epoch from l.paced_at - clock_timestamp())::double precision * 1000 as "spentForMs", l.failures,
  extract(epoch from least(clock_timestamp(), coalesce(l.open_until, l.failing_since + interval '1 min'))
    - l.failing_since)::double precision * 1000 as "failingForMs", l.pause_ms as "pauseMs",
  extract(epoch from l.open_until - clock_timestamp())::double precision * 1000 as "openForMs",
  l.last_success_at as "lastSuccessAt"`

// Locked in one order: an owner writes both kinds at once.
const savePaceSql = `
  with mine as materialized (
    select l.id from lane l join unnest($2::bigint[], $3::integer[]) as p (id, epoch) on l.id = p.id
    where l.owner = $1 and l.epoch = p.epoch
    order by l.id for no key update of l)
  update lane l set paced_at = clock_timestamp() + p.spent_ms * interval '1 ms'
  from mine join unnest($2::bigint[], $4::double precision[]) as p (id, spent_ms) on p.id = mine.id
  where l.id = mine.id
  returning l.id, l.rate_per_second as "ratePerSecond"`

const saveSql = `
  with mine as materialized (
    select l.id from lane l join unnest($2::bigint[], $3::integer[]) as s (id, epoch) on l.id = s.id
    where l.owner = $1 and l.epoch = s.epoch
    order by l.id for no key update of l)
  update lane l set failures = s.failures, failing_since = clock_timestamp() - s.failing_ms * interval '1 ms', pause_ms = s.pause_ms,
    open_until = clock_timestamp() + s.open_ms * interval '1 ms',
    last_success_at = greatest(l.last_success_at, s.last_success_at)
  from mine join unnest($2::bigint[], $4::integer[], $5::double precision[], $6::integer[], $7::double precision[],
    $8::timestamptz[]) as s (id, failures, failing_ms, pause_ms, open_ms, last_success_at) on s.id = mine.id
  where l.id = mine.id`

/** The class of the advisory locks that living dispatchers hold, by their id. */
export const dispatcherLockClass = 0x7472_6469

/**
 * Which dispatcher works on which lane. A lane has one owner at a time, so its concurrency, rate and breaker are exact
 * however many dispatchers run; all lanes of a process are leased by its one row.
 */
export class LaneOwnership {
  constructor(private readonly pool: Pool) {}

  /** Enters a process; its id. */
  async enter(name: string, leaseMs: number): Promise<string> {
    const { rows } = await this.pool.query<{ id: string }>(
      `insert into dispatcher (name, leased_until) values ($1, now() + $2 * interval '1 ms') returning id`,
      [name, leaseMs],
    )
    return rows[0]!.id
  }

  /** Renews the lease of all its lanes. False: it was taken for dead, and its lanes are others' now. */
  async renew(dispatcherId: string, leaseMs: number): Promise<boolean> {
    const { rowCount } = await this.pool.query({
      name: 'dispatcher_renew',
      text: `update dispatcher set seen_at = now(), leased_until = now() + $2 * interval '1 ms' where id = $1`,
      values: [dispatcherId, leaseMs],
    })
    return rowCount === 1
  }

  /** Gives back everything at once: others may go on where it stopped. */
  async leave(dispatcherId: string): Promise<void> {
    await this.pool.query(
      `with gone as (delete from dispatcher where id = $1 returning id),
       freed as (update lane set owner = null, next_due = now() where owner = $1 returning id)
       select pg_notify('${dueChannel}', '') from gone`,
      [dispatcherId],
    )
  }

  /**
   * Frees the lanes of processes whose lease ended. One that holds no advisory lock any more has lost its connection,
   * which tells of a killed process long before its lease does; `silentMs` without a renewal confirms it. Should it be
   * alive all the same, it starts nothing by then, but what it has under way may last another `attemptMs`: until that is
   * over, nothing is tried in a lane that is tried one at a time.
   * @returns the names of the dead
   */
  async buryDead(dispatcherId: string, silentMs: number, attemptMs: number): Promise<string[]> {
    const { rows } = await this.pool.query<{ name: string }>(
      `with dead as (
         delete from dispatcher d
         where d.id <> $1 and (
           d.leased_until < now()
           or (d.seen_at < now() - $2 * interval '1 ms' and not exists (
             select from pg_locks k
             where k.locktype = 'advisory' and k.classid = $3::bigint::oid and k.objid = (d.id % 2147483648)::oid
               and k.database = (select oid from pg_database where datname = current_database()))))
         returning d.id, d.name, d.seen_at),
       freed as (
         update lane l set owner = null, next_due = now(),
           open_until = case when l.open_until is not null
             then greatest(l.open_until, dead.seen_at + ($2 + $4) * interval '1 ms') end
         from dead where l.owner = dead.id
         returning l.id)
       select name from dead`,
      [dispatcherId, silentMs, dispatcherLockClass, attemptMs],
    )
    return rows.map(row => row.name)
  }

  /** Takes these lanes where nobody has them. Who was taken for dead gets none. */
  async take(dispatcherId: string, laneIds: readonly string[]): Promise<OwnedLane[]> {
    const { rows } = await this.pool.query<OwnedLane>({
      name: 'lane_take',
      text: `
        with free as (
          select id from lane
          where id = any($2::bigint[]) and owner is null and exists (select from dispatcher where id = $1)
          order by id for update skip locked)
        update lane l set owner = $1, epoch = l.epoch + 1, next_due = null from free where l.id = free.id
        returning ${laneColumns}`,
      values: [dispatcherId, laneIds],
    })
    return rows
  }

  /** Takes lanes that have work and no owner, those first that have waited longest. Who was taken for dead gets none. */
  async takeWanted(dispatcherId: string, limit: number): Promise<OwnedLane[]> {
    const { rows } = await this.pool.query<OwnedLane>({
      name: 'lane_take_wanted',
      text: `
        with wanted as (
          select id from lane
          where owner is null and next_due <= now() and exists (select from dispatcher where id = $1)
          order by next_due limit $2 for update skip locked)
        update lane l set owner = $1, epoch = l.epoch + 1, next_due = null from wanted where l.id = wanted.id
        returning ${laneColumns}`,
      values: [dispatcherId, limit],
    })
    return rows
  }

  /**
   * Gives back those of these lanes that nothing is due in, so that whoever gets their next event works on them.
   * @returns those that it still owns
   */
  async release(dispatcherId: string, laneIds: readonly string[]): Promise<string[]> {
    const { rows } = await this.pool.query<{ id: string }>(
      `with released as (
         update lane l set owner = null, next_due = null
         where l.id = any($2::bigint[]) and l.owner = $1
           and not exists (select from delivery d where d.lane_id = l.id and d.state = 'due' and not d.behind)
         returning l.id)
       select id from lane where id = any($2::bigint[]) and owner = $1 and (id in (select id from released)) is not true`,
      [dispatcherId, laneIds],
    )
    return rows.map(row => row.id)
  }

  /**
   * Marks lanes without an owner that have deliveries due, and frees those whose owner is none of the dispatchers. A
   * delivery stored in the moment in which its lane was given back is found by this, if by nothing else; and so is a lane
   * that was taken in the moment in which its owner was taken for dead.
   */
  async findForsaken(): Promise<number> {
    await this.pool.query(
      `update lane l set owner = null, next_due = now()
       where l.owner is not null and l.owner <> all(array(select id from dispatcher))`,
    )
    const { rowCount } = await this.pool.query(
      `update lane l set next_due = now()
       where l.owner is null and l.next_due is null
         and exists (select from delivery d where d.lane_id = l.id and d.state = 'due' and not d.behind)`,
    )
    return rowCount ?? 0
  }

  /** Writes down what owners know of their lanes; a lane that changed hands is left alone. */
  async save(dispatcherId: string, states: readonly LaneState[]): Promise<void> {
    await this.pool.query({
      name: 'lane_save',
      text: saveSql,
      values: [
        dispatcherId,
        states.map(state => state.id),
        states.map(state => state.epoch),
        states.map(state => state.failures),
        states.map(state => state.failingForMs),
        states.map(state => state.pauseMs),
        states.map(state => state.openForMs),
        states.map(state => state.lastSuccessAt),
      ],
    })
  }

  /**
   * Writes down how far their owner has spent, or is about to spend, the rates of these lanes; a lane that changed hands
   * is left alone.
   * @returns the limits of those that it still owns, as they are now
   */
  async savePace(dispatcherId: string, paces: readonly LanePace[]): Promise<Map<string, number | null>> {
    const { rows } = await this.pool.query<{ id: string; ratePerSecond: number | null }>({
      name: 'lane_save_pace',
      text: savePaceSql,
      values: [
        dispatcherId,
        paces.map(pace => pace.id),
        paces.map(pace => pace.epoch),
        paces.map(pace => pace.spentForMs),
      ],
    })
    return new Map(rows.map(row => [row.id, row.ratePerSecond]))
  }

  /** The limits of all lanes that it owns. */
  async rates(dispatcherId: string): Promise<Map<string, number | null>> {
    const { rows } = await this.pool.query<{ id: string; ratePerSecond: number | null }>(
      `select id, rate_per_second as "ratePerSecond" from lane where owner = $1`,
      [dispatcherId],
    )
    return new Map(rows.map(row => [row.id, row.ratePerSecond]))
  }

  /** Tells the owners of these lanes, or whoever takes them, that deliveries are due. A hint: may get lost. */
  async hint(laneIds: readonly string[]): Promise<void> {
    // A payload has to be shorter than 8,000 bytes; an empty one stands for all lanes.
    const payload = laneIds.length > 300 ? '' : laneIds.join(',')
    await this.pool.query({ name: 'lane_hint', text: `select pg_notify('${dueChannel}', $1)`, values: [payload] })
  }
}
