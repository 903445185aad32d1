import { hashSecret } from '#vault'
import { timingSafeEqual } from 'node:crypto'
import type { DataSource } from 'typeorm'

/** Who a request speaks for. */
export interface Principal {
  accountId: number
  companyId: number
  userId: number
  /** The instance that its `Element <token>` names. */
  instanceId?: number
}

/** What an Authorization header holds: `User <secret>` and one or both of the others. */
export interface Credentials {
  userSecret: string
  organizationSecret?: string
  instanceToken?: string
}

/** Refused names the first part that isn't right. */
export type Authentication =
  { kind: 'authenticated'; principal: Principal } | { kind: 'refused'; part: 'user' | 'organization' | 'element' }

interface FoundRow {
  accountId: number
  companyId: number
  userId: number
  userHashes: Buffer[]
  organizationHashes: Buffer[]
  instanceId: number | null
  tokenHash: Buffer | null
}

// Two conditions joined by OR are two look-ups in unique indexes. A token that isn't there joins nothing.
const authenticateSql = `
  select u.id as "userId", u.account_id as "accountId", a.company_id as "companyId",
         array_remove(array[u.secret_hash,
           case when u.previous_secret_until > now() then u.previous_secret_hash end], null) as "userHashes",
         array_remove(array[c.organization_secret_hash,
           case when c.previous_secret_until > now() then c.previous_secret_hash end], null) as "organizationHashes",
         i.id as "instanceId", i.token_hash as "tokenHash"
  from app_user u
  join account a on a.id = u.account_id
  join company c on c.id = a.company_id
  left join instance i on i.token_hash = $2 and i.account_id = u.account_id and i.deleted_at is null
  where (u.secret_hash = $1 or u.previous_secret_hash = $1) and u.deleted_at is null`

/** As `Accounts.authenticate`, in one statement. */
export async function authenticate(
  dataSource: DataSource,
  { userSecret, organizationSecret, instanceToken }: Credentials,
): Promise<Authentication> {
  const userHash = hashSecret(userSecret)
  const tokenHash = instanceToken === undefined ? null : hashSecret(instanceToken)
  const [found] = await dataSource.query<FoundRow[]>(authenticateSql, [userHash, tokenHash])
  if (!found || !isOneOf(found.userHashes, userHash)) return { kind: 'refused', part: 'user' }
  const { accountId, companyId, userId, organizationHashes, instanceId } = found
  if (organizationSecret === undefined && tokenHash === null) return { kind: 'refused', part: 'organization' }
  if (organizationSecret !== undefined && !isOneOf(organizationHashes, hashSecret(organizationSecret))) {
    return { kind: 'refused', part: 'organization' }
  }
  const principal = { accountId, companyId, userId }
  if (tokenHash === null) return { kind: 'authenticated', principal }
  if (instanceId === null || !found.tokenHash || !timingSafeEqual(found.tokenHash, tokenHash)) {
    return { kind: 'refused', part: 'element' }
  }
  return { kind: 'authenticated', principal: { ...principal, instanceId } }
}

function isOneOf(hashes: readonly Buffer[], hash: Buffer): boolean {
  return hashes.reduce((found, each) => timingSafeEqual(each, hash) || found, false)
}
