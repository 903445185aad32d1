import type { Pool } from 'pg'
import { setTimeout as sleep } from 'node:timers/promises'

/** Whatever stores records writes to one of these. */
const written = ['event_key', 'event_log_partition', 'webhook_spool', 'told_change']
const patienceMs = 60_000

/**
 * Resolves once every write that may have begun before now, and so can't know what was committed meanwhile, has ended;
 * as CREATE INDEX CONCURRENTLY waits, so nobody has to wait for us.
 * @throws where one takes longer than a minute
 */
export async function settled(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ id: string }>(
    `select distinct virtualtransaction as id from pg_locks
     where locktype = 'relation' and mode = 'RowExclusiveLock' and relation = any($1::regclass[]::oid[])
       and database = (select oid from pg_database where datname = current_database())`,
    [written],
  )
  let left = rows.map(({ id }) => id)
  for (const end = Date.now() + patienceMs; left.length > 0;) {
    if (Date.now() > end) throw new Error('a transaction that writes events has been open for a minute')
    await sleep(20)
    const still = await pool.query<{ id: string }>(
      `select distinct virtualtransaction as id from pg_locks where virtualtransaction = any($1)`,
      [left],
    )
    left = still.rows.map(({ id }) => id)
  }
}
