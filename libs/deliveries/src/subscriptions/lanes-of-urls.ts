import { createHash } from 'node:crypto'
import type { RunSql } from '../sql.js'
import { limitChannel } from './channels.js'

/** A lane to be: an account's URL. */
export interface LaneUrl {
  accountId: number
  url: string
}

const ensureSql = `
  with made as (
    insert into lane (account_id, url, url_hash)
    select distinct on (t.account_id, t.url_hash) t.account_id, t.url, t.url_hash
    from unnest($1::integer[], $2::text[], $3::bytea[]) as t (account_id, url, url_hash)
    order by t.account_id, t.url_hash
    on conflict (account_id, url_hash) do nothing
    returning 1)
  select 1 from made`

// Locked first: what is read after that includes what whoever held the lock has written. No more than an update needs:
// others have just inserted subscriptions that refer to the lane, and want the same.
const lockLanesSql = `select id from lane where id = any($1::bigint[]) order by id for no key update`

const settleRatesSql = `
  with settled as (
    update lane l set rate_per_second = r.lowest
    from unnest($1::bigint[]) as t (lane_id)
    left join lateral (
      select s.rate_per_second as lowest from subscription s
      where s.lane_id = t.lane_id and s.ended_at is null and not s.retired and s.rate_per_second is not null
      order by s.rate_per_second limit 1) r on true
    where l.id = t.lane_id and l.rate_per_second is distinct from r.lowest
    returning l.id, l.rate_per_second)
  select pg_notify('${limitChannel}', id || ':' || coalesce(rate_per_second::text, '')) from settled`

/** Makes the lanes of these URLs where they are missing. */
export async function ensureLanes(run: RunSql, lanes: readonly LaneUrl[]): Promise<void> {
  const urls = lanes.map(lane => lane.url)
  await run(ensureSql, [lanes.map(lane => lane.accountId), urls, urls.map(urlHash)])
}

/** Limits each of these lanes to the lowest rate that an instance subscribed to it is configured with. */
export async function settleRates(run: RunSql, laneIds: readonly string[]): Promise<void> {
  if (laneIds.length === 0) return
  const distinct = [...new Set(laneIds)]
  await run(lockLanesSql, [distinct])
  await run(settleRatesSql, [distinct])
}

/** What a lane's URL is found by. */
export function urlHash(url: string): Buffer {
  return createHash('sha256').update(url).digest()
}
