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

const keepSql = `
  with gone as (delete from instance_sign where instance_id = $1 and sign <> all($4::bytea[]))
  insert into instance_sign (element_key, sign, account_id, instance_id, deleted)
  select $2, sign, $3, $1, $5 from (select distinct unnest($4::bytea[]) as sign) as s
  on conflict (element_key, sign, account_id, instance_id) do update set deleted = excluded.deleted`

// One of each account first, then the second of each: however many an account has, they don't crowd out another's.
const matchingSql = `
  select instance_id as id from (
    select instance_id, bool_and(deleted) as deleted,
           row_number() over (partition by account_id order by bool_and(deleted), instance_id) as place
    from instance_sign where element_key = $1 and sign = any($2::bytea[])
    group by account_id, instance_id
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
    await manager.query(keepSql, [id, elementKey, accountId, signsOf(instance, isSecret), deletedAt !== null])
  }

  /** At most `limit`, deleted ones last. Instances that poll aren't among them. */
  async matching({ elementKey, body, workspace }: Unaddressed, limit: number): Promise<Instance[]> {
    const signs = signsIn(body, workspace)
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
}
