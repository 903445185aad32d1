import type { RunSql } from '../sql.js'
import type { ReplaySelection, ReplaySize } from './replay.js'

/** A notification to be sent again. */
export interface Chosen {
  day: string
  id: string
  instanceId: number
  createdAt: Date
}

/** Where a replay has got to: behind this notification. */
export interface Cursor {
  day: string
  id: string
}

/** A part of a selection, in the order of storing. */
export interface Portion {
  chosen: Chosen[]
  /** The last notification that was looked at; null: there is none behind the cursor. */
  last: Cursor | null
  /** Nothing comes behind `last`. */
  isEnd: boolean
}

/** A selection with nothing left open; its bounds are text, since they may be infinite. */
export type Selected = {
  [key in keyof Omit<ReplaySelection, 'from' | 'to'>]-?: Exclude<ReplaySelection[key], undefined>
} & { from: string; to: string }

/** Rows looked at in one statement, where only some of them fit. */
const examinedAtOnce = 2_000
/** Rows for each notification wanted, where all fit: most have one event, and what isn't enough is a smaller portion. */
const rowsEach = 2
/** Rows looked at for a count. */
const countedAtMost = 100_000

const beginning: Cursor = { day: '-infinity', id: '0' }

/** Days read in one statement. */
const daysAtOnce = 8
const lastId = '9223372036854775807'

// By the index of an instance's events, which are stored in the same moment as their notification: that has none. Day by
// day: that index has each day in order, and no plan sorts a day to get at its beginning. Events are limited before they
// are gathered into notifications; one whose events are cut off is there all the same.
const ofInstance = `
  select e.day, e.notification_id as id, e.instance_id, e.stored_at as created_at
  from unnest($12::date[]) as d (day)
  cross join lateral (
    select * from event e
    where $1::integer is not null and e.instance_id = $2::integer and e.day = d.day
      and e.notification_id > case when d.day = $3::date then $4::bigint else 0 end
      and e.stored_at >= $5::timestamptz and e.stored_at < $6::timestamptz
    order by e.notification_id, e.ordinal limit $7) e
  order by e.day, e.notification_id, e.ordinal limit $7`

const daysSql = `
  select day::text as day from (
    select to_date(right(c.relname, 8), 'YYYYMMDD') as day
    from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'event'::regclass and not i.inhdetachpending) d
  where day >= greatest($1::date, ($2::timestamptz at time zone 'utc')::date)
    and day <= ($3::timestamptz at time zone 'utc')::date
  order by day limit ${daysAtOnce}`

const ofIds = `
  select n.day, n.id, n.instance_id, n.created_at
  from unnest($2::bigint[]) as t (id) join notification n on n.id = t.id and n.account_id = $1
  where $12::date[] is not null and (n.day, n.id) > ($3::date, $4::bigint) and n.created_at >= $5::timestamptz and n.created_at < $6::timestamptz
  order by n.day, n.id limit $7`

const fitting = `
  ($8::text is null or exists (
    select from event e where e.instance_id = x.instance_id and e.day = x.day and e.notification_id = x.id
      and e.object_type = $8))
  and (not $9::boolean or not exists (
    select from attempt a where a.notification_id = x.id and a.day >= x.day and a.outcome = 'delivered'
      and ($10::bigint is null or a.subscription_id = $10)))`

const chooseSql = (all: string) => `
  with examined as materialized (${all}),
  gathered as materialized (select distinct on (day, id) * from examined order by day, id),
  chosen as materialized (select x.* from gathered x where ${fitting} order by x.day, x.id limit $11),
  last as (select day, id from examined order by day desc, id desc limit 1)
  select (select count(*)::integer from examined) as examined, l.day::text as "lastDay", l.id as "lastId",
         c.day::text as day, c.id, c.instance_id as "instanceId", c.created_at as "createdAt"
  from last l left join chosen c on true order by c.day, c.id`

const countSql = (all: string) => `
  with examined as materialized (${all}),
  gathered as materialized (select distinct on (day, id) * from examined order by day, id)
  select (select count(*)::integer from examined) as examined, count(*)::integer as notifications
  from gathered x where $11::integer is null and ${fitting}`

type ChosenRow = { examined: number; lastDay: string; lastId: string } & (Chosen | { [key in keyof Chosen]: null })

/** The next notifications of a selection, `limit` of them at most; a portion may be empty though more come behind it. */
export async function choose(run: RunSql, selection: Selected, after: Cursor, limit: number): Promise<Portion> {
  const isAll = selection.objectType === null && !selection.undelivered
  const atOnce = isAll ? limit * rowsEach : examinedAtOnce
  const days = await daysOf(run, selection, after)
  const behind = days.length === daysAtOnce ? { day: days.at(-1)!, id: lastId } : null
  const values = [...valuesOf(selection, after, atOnce), limit, days]
  const rows = await run<ChosenRow>(chooseSql(sourceOf(selection)), values)
  const [row] = rows
  if (!row) return { chosen: [], last: behind, isEnd: behind === null }
  const chosen = rows
    .filter((one): one is ChosenRow & Chosen => one.id !== null)
    .map(({ day, id, instanceId, createdAt }) => ({ day, id, instanceId, createdAt }))
  const lastChosen = chosen.at(-1)
  const examined = { day: row.lastDay, id: row.lastId }
  const last = chosen.length === limit && lastChosen ? { day: lastChosen.day, id: lastChosen.id } : examined
  if (row.examined === atOnce || last.day !== examined.day || last.id !== examined.id) {
    return { chosen, last, isEnd: false }
  }
  return { chosen, last: behind ?? last, isEnd: behind === null }
}

/** How many notifications a selection holds, as far as they are worth counting. */
export async function count(run: RunSql, selection: Selected): Promise<ReplaySize> {
  let notifications = 0
  let examined = 0
  for (let after = beginning; ;) {
    const days = await daysOf(run, selection, after)
    const values = [...valuesOf(selection, after, countedAtMost - examined), null, days]
    const [row] = await run<{ examined: number; notifications: number }>(countSql(sourceOf(selection)), values)
    notifications += row?.notifications ?? 0
    examined += row?.examined ?? 0
    if (examined >= countedAtMost || days.length < daysAtOnce) return { notifications, exact: examined < countedAtMost }
    after = { day: days.at(-1)!, id: lastId }
  }
}

/** The days that are stored, of those that a selection may have something on; the first few of them. */
async function daysOf(run: RunSql, { instanceId, from, to }: Selected, after: Cursor): Promise<string[]> {
  if (instanceId === null) return []
  return (await run<{ day: string }>(daysSql, [after.day, from, to])).map(({ day }) => day)
}

function sourceOf({ instanceId }: Selected): string {
  return instanceId === null ? ofIds : ofInstance
}

function valuesOf(selection: Selected, after: Cursor, examined: number): unknown[] {
  const { accountId, instanceId, notificationIds, from, to, objectType, undelivered, subscriptionId } = selection
  const source = instanceId ?? notificationIds ?? []
  return [accountId, source, after.day, after.id, from, to, examined, objectType, undelivered, subscriptionId]
}
