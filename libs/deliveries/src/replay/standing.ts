import type { RunSql } from '../sql.js'

/** Whether an instance's callbacks have anywhere to go just now. */
export type Standing = 'ready' | 'deactivated' | 'no-url' | 'deleted' | 'other-subscription'

interface StandingRow {
  instanceId: number
  active: boolean
  current: boolean
  retired: boolean
}

const standingSql = `
  select i.id as "instanceId", coalesce(bool_or(s.active and not s.retired), false) as active,
         coalesce(bool_or(not s.retired), false) as current, coalesce(bool_or(s.retired), false) as retired
  from unnest($1::integer[]) as i (id)
  left join subscription s on s.instance_id = i.id and s.account_id = $2 and s.ended_at is null
    and ($3::bigint is null or s.id = $3)
  group by i.id order by i.id`

/** Where these instances stand: by all their current subscriptions, or by this one. */
export async function standings(
  run: RunSql,
  accountId: number,
  instanceIds: readonly number[],
  subscriptionId: string | null,
): Promise<Map<number, Standing>> {
  const rows = await run<StandingRow>(standingSql, [instanceIds, accountId, subscriptionId])
  const absent = subscriptionId === null ? 'no-url' : 'other-subscription'
  return new Map(rows.map(row => [row.instanceId, standingOf(row, absent)]))
}

function standingOf({ active, current, retired }: StandingRow, absent: Standing): Standing {
  if (active) return 'ready'
  if (current) return 'deactivated'
  return retired ? 'deleted' : absent
}

/** Why nothing can be sent, and what would help. */
export function obstacle(instanceId: number, standing: Exclude<Standing, 'ready'>): string {
  switch (standing) {
    case 'deactivated':
      return `Instance ${instanceId}: its callback URL was deactivated; reactivate it by PUT /notifications/subscriptions/deliveries first`
    case 'no-url':
      return `Instance ${instanceId}: it has no callback URL; configure event.notification.callback.url first`
    case 'deleted':
      return `Instance ${instanceId}: it was deleted, and has no callback URL any more`
    case 'other-subscription':
      return `Instance ${instanceId}: the subscription asked for is not a current one of it`
  }
}
