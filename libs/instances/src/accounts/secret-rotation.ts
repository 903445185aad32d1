import { hashSecret, newSecret } from '#vault'
import type { EntityManager } from 'typeorm'

/** Whose secrets get new ones, all of them in one transaction. */
export interface Rotation {
  accountId: number
  /** One user of the account, all of them, or none. */
  users: 'all' | 'none' | number
  /** The organization's too: the one secret that all its accounts share. */
  organization: boolean
  /** For how long the old ones go on working beside the new ones; 0: they end at once. */
  overlapMs: number
}

/** The new secrets, which are shown this once. */
export interface RotatedSecrets {
  accountId: number
  companyId: number
  users: { userId: number; userSecret: string }[]
  /** Null: it stayed as it was. */
  organizationSecret: string | null
  /** When the old ones end; null: they have ended. */
  previousUntil: Date | null
}

/** What became of a rotation: nothing is changed where something that it names isn't there. */
export type RotationOutcome =
  { kind: 'rotated'; secrets: RotatedSecrets } | { kind: 'unknown-account' } | { kind: 'unknown-user' }

// A secret that was itself replaced lately ends here: there is one old one at most.
const rotateUserSql = `
  update app_user set previous_secret_hash = case when $3::timestamptz is null then null else secret_hash end,
    previous_secret_until = $3, secret_hash = $2
  where id = $1`
const rotateOrganizationSql = `
  update company set previous_secret_hash = case when $3::timestamptz is null then null else organization_secret_hash end,
    previous_secret_until = $3, organization_secret_hash = $2
  where id = $1`

/** As `Accounts.rotateSecrets`, within a transaction. */
export async function rotateSecrets(
  manager: EntityManager,
  { accountId, users, organization, overlapMs }: Rotation,
): Promise<RotationOutcome> {
  const [account] = await manager.query<{ companyId: number }[]>(
    'select company_id as "companyId" from account where id = $1',
    [accountId],
  )
  if (!account) return { kind: 'unknown-account' }
  const found = await manager.query<{ id: number }[]>(
    `select id from app_user
     where account_id = $1 and deleted_at is null and ($2 = 'all' or id::text = $2) order by id for update`,
    [accountId, String(users)],
  )
  if (typeof users === 'number' && found.length === 0) return { kind: 'unknown-user' }
  const previousUntil = overlapMs > 0 ? new Date(Date.now() + overlapMs) : null
  const rotate = async (sql: string, id: number) => {
    const secret = newSecret()
    await manager.query(sql, [id, hashSecret(secret), previousUntil])
    return secret
  }
  const rotated = []
  for (const { id } of found) rotated.push({ userId: id, userSecret: await rotate(rotateUserSql, id) })
  const organizationSecret = organization ? await rotate(rotateOrganizationSql, account.companyId) : null
  const { companyId } = account
  return { kind: 'rotated', secrets: { accountId, companyId, users: rotated, organizationSecret, previousUntil } }
}
