import pg from 'pg'
import { within } from '#platform'
import { PostgresEventLog } from '../postgres/postgres-event-log.js'
import type { Opened } from './engine-under-test.js'

/** A log on PostgreSQL as a process of its own opens it, with a pool of its own. */
export function openPostgres(url: string): Opened {
  const pool = new pg.Pool({ connectionString: url, max: 8 })
  pool.on('error', () => undefined)
  pool.on('connect', client => client.on('error', () => undefined))
  const log = new PostgresEventLog({ pool, directUrl: url, lease: { leaseMs: 4_000, heartbeatMs: 500 } })
  const close = log.close.bind(log)
  let crashed = false
  log.close = async () => {
    if (crashed) return
    await close()
    // A frozen server doesn't say goodbye.
    await within(1_000, pool.end()).catch(() => undefined)
  }
  const crash = (): void => {
    crashed = true
    const gone = (): Promise<never> => Promise.reject(new Error('this process has crashed'))
    pool.query = gone
    pool.connect = gone
    // Only tidies up, once the handler it died in has ended.
    void close().then(() => pool.end())
  }
  return { log, crash }
}
