import type { Pool } from 'pg'
import { inTransaction } from '#database'

/** The tables that are partitioned by the UTC day of storing. */
export const partitionedTables = ['event', 'notification', 'attempt'] as const
type PartitionedTable = (typeof partitionedTables)[number]

export interface Retention {
  /** Whole days that events, notifications and attempts are kept after the day they were stored; 0 keeps them. */
  eventDays: number
  /** Days that event ids are remembered: longer than log and spool can hold a record. Never less than `eventDays`. */
  idDays: number
  /** Days after which even undelivered notifications are given up, so that their day can go; 0 never gives up. */
  undeliveredDays: number
}

/** What one round of retention did. */
export interface Expiry {
  /** Names of the tables dropped. */
  dropped: string[]
  /** Undelivered notifications given up, as the setting demands. */
  givenUp: number
  /** Records that couldn't be stored, and that nobody had stored after all. */
  forgotten: number
}

// Several processes may do this at once; whoever comes second finds it done. The number is this lock's alone.
const maintenanceLock = 0x7472_6470
// 55P03: a lock was not to be had in time. 55000: another partition is still pending, and only one may be.
const laterCodes = ['55P03', '55000', '55006', '40P01']
// Locks on the parent make everyone behind them wait, so none is waited for long; the next round tries again.
const lockTimeout = '2s'

// Vendors' texts are compressed only where fewer than two events fit on a page, as in the log.
const storage: Record<PartitionedTable, string> = {
  event: 'with (toast_tuple_target = 4080)',
  notification: '',
  attempt: '',
}

const giveUpSql = `delete from delivery where id in (select id from delivery where day < $1 limit 10000)`
const forgetIdsSql = `delete from event_key where id in (select id from event_key where day < $1 limit 10000)`
const forgetRejectedSql = `
  delete from rejected_record where id in (select id from rejected_record where rejected_at < $1::date limit 10000)`

/** Makes days ahead and drops days past, without ever standing in the way of inserts. */
export class Partitions {
  constructor(private readonly pool: Pool) {}

  /** Makes the partitions of `from` and the days after it that are missing. */
  async ensure(from: Date, days = 3): Promise<void> {
    const wanted = Array.from({ length: days }, (_, ahead) => dayOf(from, ahead))
    const existing = await this.existing('attached')
    const missing = partitionedTables.flatMap(table =>
      wanted.filter(day => !existing[table].has(day)).map(day => ({ table, day })),
    )
    for (const { table, day } of missing) await this.make(table, day)
  }

  /**
   * Drops the days that are past retention and needed by no undelivered notification, and forgets ids that are past
   * theirs. What fails for a lock that is held is left to the next round.
   */
  async expire(now: Date, retention: Retention): Promise<Expiry> {
    const givenUp = retention.undeliveredDays > 0 ? await this.giveUp(dayOf(now, -retention.undeliveredDays)) : 0
    const dropped = retention.eventDays > 0 ? await this.dropBefore(dayOf(now, -retention.eventDays)) : []
    if (retention.eventDays <= 0) return { dropped, givenUp, forgotten: 0 }
    await this.forgetIds(dayOf(now, -Math.max(retention.idDays, retention.eventDays)))
    const forgotten = await this.inBatches(forgetRejectedSql, dayOf(now, -retention.eventDays))
    return { dropped, givenUp, forgotten }
  }

  /**
   * One whose detaching was interrupted comes first: it has to be finished before another can begin. One that is
   * detached, but wasn't dropped since somebody read it, still exists.
   */
  private async existing(which: 'all' | 'attached'): Promise<Record<PartitionedTable, Set<string>>> {
    const { rows } = await this.pool.query<{ child: string }>(
      `select c.relname as child
       from pg_class c left join pg_inherits i on i.inhrelid = c.oid
       where c.relname ~ '^(event|notification|attempt)_p[0-9]{8}$' and c.relkind = 'r'
         and c.relnamespace = (select relnamespace from pg_class where oid = 'event'::regclass)
         and ($1 = 'all' or i.inhrelid is not null)
       order by i.inhdetachpending desc nulls last, c.relname`,
      [which],
    )
    const days: Record<PartitionedTable, Set<string>> = {
      event: new Set(),
      notification: new Set(),
      attempt: new Set(),
    }
    for (const { child } of rows) days[child.replace(/_p.*/, '') as PartitionedTable].add(dayOfTable(child))
    return days
  }

  // Attaching a finished table locks its parent less than CREATE … PARTITION OF: inserts go on.
  private async make(table: PartitionedTable, day: string): Promise<void> {
    const name = tableOf(table, day)
    await inTransaction(this.pool, async client => {
      await client.query('select pg_advisory_xact_lock($1)', [maintenanceLock])
      await client.query(`set local lock_timeout = '${lockTimeout}'`)
      // Not by to_regclass: that answers from a cache, which after a wait for the lock is out of date.
      const attached = await client.query(
        `select 1 from pg_inherits i join pg_class c on c.oid = i.inhrelid
         where c.relname = $1 and i.inhparent = '${table}'::regclass`,
        [name],
      )
      if (attached.rowCount) return
      await client.query(
        `create table if not exists ${name} (like ${table} including defaults including storage) ${storage[table]}`,
      )
      await client.query(
        `alter table ${table} attach partition ${name} for values from ('${day}') to ('${nextDay(day)}')`,
      )
    })
  }

  /** All but the days that an undelivered notification needs: its events, and its attempts since. */
  private async dropBefore(limit: string): Promise<string[]> {
    const existing = await this.existing('all')
    const { rows } = await this.pool.query<{ day: string }>(`select distinct day::text as day from delivery`)
    const live = new Set(rows.map(row => row.day))
    const oldest = [...live].sort()[0] ?? '9999-12-31'
    const dropped: string[] = []
    for (const table of partitionedTables) {
      for (const day of existing[table]) {
        const needed = table === 'attempt' ? day >= oldest : live.has(day)
        if (day < limit && !needed && (await this.drop(table, day))) dropped.push(tableOf(table, day))
      }
    }
    return dropped
  }

  // CONCURRENTLY refuses to run in a transaction, and when interrupted leaves a partition that FINALIZE has to finish.
  private async drop(table: PartitionedTable, day: string): Promise<boolean> {
    const name = tableOf(table, day)
    const client = await this.pool.connect()
    try {
      await client.query(`set lock_timeout = '${lockTimeout}'`)
      const pending = await client.query<{ pending: boolean }>(
        `select inhdetachpending as pending from pg_inherits where inhrelid = to_regclass($1)`,
        [name],
      )
      if (pending.rowCount) {
        const how = pending.rows[0]?.pending ? 'finalize' : 'concurrently'
        await client.query(`alter table ${table} detach partition ${name} ${how}`)
      }
      await client.query(`drop table if exists ${name}`)
      return true
    } catch (error) {
      if (laterCodes.includes(String((error as { code?: unknown }).code))) return false
      throw error
    } finally {
      await client.query('reset lock_timeout').catch(() => undefined)
      client.release()
    }
  }

  private async giveUp(limit: string): Promise<number> {
    return this.inBatches(giveUpSql, limit)
  }

  private async forgetIds(limit: string): Promise<void> {
    await this.inBatches(forgetIdsSql, limit)
  }

  /** So that nothing is locked for long. */
  private async inBatches(sql: string, limit: string): Promise<number> {
    for (let done = 0; ;) {
      const { rowCount } = await this.pool.query(sql, [limit])
      done += rowCount ?? 0
      if (rowCount !== 10_000) return done
    }
  }
}

/** The UTC day of `instant`, or the one so many days later. */
export function dayOf(instant: Date, daysLater = 0): string {
  return new Date(instant.getTime() + daysLater * 86_400_000).toISOString().slice(0, 10)
}

function nextDay(day: string): string {
  return dayOf(new Date(`${day}T00:00:00Z`), 1)
}

function tableOf(table: PartitionedTable, day: string): string {
  // Both go into DDL, which takes no parameters.
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) throw new Error(`day: "${day}" is not yyyy-mm-dd`)
  return `${table}_p${day.replaceAll('-', '')}`
}

function dayOfTable(name: string): string {
  return name.replace(/^.*_p(\d{4})(\d{2})(\d{2})$/, '$1-$2-$3')
}
