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

/** Notifications looked at in one statement, where only some of them fit. */
const examinedAtOnce = 1_000
/** Notifications counted at most. */
const countedAtMost = 50_000

const beginning: Cursor = { day: '-infinity', id: '0' }

// By the index of an instance's events, which are stored in the same moment as their notification: that has none.
// The days are bounded twice, since a row comparison rules out no partition.
const ofInstance = `
  select e.day, e.notification_id as id, e.instance_id, min(e.stored_at) as created_at
  from event e
  where $1::integer is not null and e.instance_id = $2::integer
    and (e.day, e.notification_id) > ($3::date, $4::bigint) and e.day >= $3::date
    and e.stored_at >= $5::timestamptz and e.day >= ($5::timestamptz at time zone 'utc')::date
    and e.stored_at < $6::timestamptz and e.day <= ($6::timestamptz at time zone 'utc')::date
  group by e.instance_id, e.day, e.notification_id order by e.instance_id, e.day, e.notification_id limit $7`

const ofIds = `
  select n.day, n.id, n.instance_id, n.created_at
  from unnest($2::bigint[]) as t (id) join notification n on n.id = t.id and n.account_id = $1
  where (n.day, n.id) > ($3::date, $4::bigint) and n.created_at >= $5::timestamptz and n.created_at < $6::timestamptz
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
  chosen as materialized (select x.* from examined x where ${fitting} order by x.day, x.id limit $11),
  last as (select day, id from examined order by day desc, id desc limit 1)
  select (select count(*)::integer from examined) as examined, l.day::text as "lastDay", l.id as "lastId",
         c.day::text as day, c.id, c.instance_id as "instanceId", c.created_at as "createdAt"
  from last l left join chosen c on true order by c.day, c.id`

const countSql = (all: string) => `
  with examined as materialized (${all})
  select (select count(*)::integer from examined) as examined, count(*)::integer as notifications
  from examined x where ${fitting}`

type ChosenRow = { examined: number; lastDay: string; lastId: string } & (Chosen | { [key in keyof Chosen]: null })

/** The next notifications of a selection, `limit` of them at most; a portion may be empty though more come behind it. */
export async function choose(run: RunSql, selection: Selected, after: Cursor, limit: number): Promise<Portion> {
  const isAll = selection.objectType === null && !selection.undelivered
  const atOnce = isAll ? limit : examinedAtOnce
  const rows = await run<ChosenRow>(chooseSql(sourceOf(selection)), [...valuesOf(selection, after, atOnce), limit])
  const [row] = rows
  if (!row) return { chosen: [], last: null, isEnd: true }
  const chosen = rows.filter((one): one is ChosenRow & Chosen => one.id !== null)
  const lastChosen = chosen.at(-1)
  const last = chosen.length === limit && lastChosen ? lastChosen : { day: row.lastDay, id: row.lastId }
  return {
    chosen,
    last: { day: last.day, id: last.id },
    isEnd: row.examined < atOnce && last.day === row.lastDay && last.id === row.lastId,
  }
}

/** How many notifications a selection holds, as far as they are worth counting. */
export async function count(run: RunSql, selection: Selected): Promise<ReplaySize> {
  const values = valuesOf(selection, beginning, countedAtMost + 1)
  const [row] = await run<{ examined: number; notifications: number }>(countSql(sourceOf(selection)), values)
  const { examined = 0, notifications = 0 } = row ?? {}
  return { notifications: Math.min(notifications, countedAtMost), exact: examined <= countedAtMost }
}

function sourceOf({ instanceId }: Selected): string {
  return instanceId === null ? ofIds : ofInstance
}

function valuesOf(selection: Selected, after: Cursor, examined: number): unknown[] {
  const { accountId, instanceId, notificationIds, from, to, objectType, undelivered, subscriptionId } = selection
  const source = instanceId ?? notificationIds ?? []
  return [accountId, source, after.day, after.id, from, to, examined, objectType, undelivered, subscriptionId]
}
