import type { Connectors } from '#connectors'
import type { Pool } from 'pg'
import type { EntityManager } from 'typeorm'
import { isEncrypted } from '../configuration.js'
import type { Instance } from '../instance.js'
import type { Instances } from '../instances.js'
import { signsIn, signsOf } from './signs.js'

/** A notification as its instances are looked for by. */
export interface Unaddressed {
  elementKey: string
  /** As parsed. */
  body: unknown
  /** As the vendor's definition reads it out of the notification. */
  workspace: string | null
}

const mostPaths = 100

const keepSql = `
  with gone as (delete from instance_sign where instance_id = $1 and (sign <> all($4::bytea[]) or deleted <> $6))
  insert into instance_sign (element_key, sign, account_id, instance_id, path, deleted)
  select $2, sign, $3, $1, path, $6 from unnest($4::bytea[], $5::text[]) as s (sign, path)
  on conflict do nothing`

// The same finder serves many instances, so the paths of all are few, and a body is asked for these alone.
const pathsSql = `
  with recursive used as (
    (select path from instance_sign where element_key = $1 and path is not null order by path limit 1)
    union all
    select (select s.path from instance_sign s where s.element_key = $1 and s.path > used.path order by s.path limit 1)
    from used where path is not null
  )
  select path from used where path is not null limit $2`

/**
 * From account to account by the index, and a few rows of each: what one has a hundred thousand of costs no more than that.
 * One of each account comes first, then the second of each, so that nobody's instances crowd out another's.
 */
export const matchingSql = `
  with recursive account as (
    select sign, (select s.account_id from instance_sign s where s.element_key = $1 and s.sign = wanted.sign
                  order by s.account_id limit 1) as id
    from unnest($2::bytea[]) as wanted (sign)
    union all
    select sign, (select s.account_id from instance_sign s
                  where s.element_key = $1 and s.sign = account.sign and s.account_id > account.id
                  order by s.account_id limit 1)
    from account where id is not null
  )
  select instance_id as id from (
    select instance_id, deleted, row_number() over (partition by account_id order by deleted, instance_id) as place
    from (
      select distinct account.id as account_id, found.instance_id, found.deleted
      from account cross join lateral (
        select s.instance_id, s.deleted from instance_sign s
        where s.element_key = $1 and s.sign = account.sign and s.account_id = account.id
        order by s.deleted, s.instance_id limit $3
      ) as found
      where account.id is not null
    ) as each
  ) as ranked
  order by deleted, place, id limit $3`

/**
 * Finds the instances that a notification is meant for, where its URL names none: by workspace, and by
 * `event.notification.instance.finder`. Who finds hasn't proven anything: each is to be verified by its own key.
 */
export class InstanceFinder {
  constructor(
    private readonly pool: Pool,
    private readonly instances: Instances,
    private readonly connectors: Connectors,
  ) {}

  /** Keeps what an instance is found by, within the transaction that changes it. */
  async sync(manager: EntityManager, instance: Instance): Promise<void> {
    const { id, elementKey, accountId, deletedAt } = instance
    const fields = this.connectors.get(elementKey)?.fields ?? []
    const isSecret = (key: string) => isEncrypted(key) || fields.some(field => field.key === key && field.secret)
    const signs = signsOf(instance, isSecret)
    await manager.query(keepSql, [
      ...[id, elementKey, accountId],
      ...[signs.map(({ sign }) => sign), signs.map(({ path }) => path), deletedAt !== null],
    ])
  }

  /** At most `limit`, deleted ones last. Instances that poll aren't among them. */
  async matching({ elementKey, body, workspace }: Unaddressed, limit: number): Promise<Instance[]> {
    const signs = signsIn(body, workspace, await this.paths(elementKey))
    if (signs.length === 0) return []
    const { rows } = await this.pool.query<{ id: number }>({
      name: 'instances_matching',
      text: matchingSql,
      values: [elementKey, signs, limit],
    })
    const ids = rows.map(row => row.id)
    const found = await this.instances.byIds(ids)
    return ids.flatMap(id => found.get(id) ?? [])
  }

  /** Where the finders of an element's instances look; null: in so many places that they aren't worth naming. */
  private async paths(elementKey: string): Promise<string[] | null> {
    const { rows } = await this.pool.query<{ path: string }>({
      name: 'instances_finder_paths',
      text: pathsSql,
      values: [elementKey, mostPaths + 1],
    })
    return rows.length > mostPaths ? null : rows.map(({ path }) => path)
  }
}
