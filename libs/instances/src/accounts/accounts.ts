import { hashSecret, newSecret } from '#vault'
import { timingSafeEqual } from 'node:crypto'
import type { DataSource, EntityManager } from 'typeorm'
import { AccountEntity } from './account.entity.js'
import { AppUserEntity } from './app-user.entity.js'
import { CompanyEntity } from './company.entity.js'

/** An account just made. Its secrets are not stored: this is the only time that they are seen. */
export interface NewAccount {
  accountId: number
  companyId: number
  userId: number
  userSecret: string
  organizationSecret: string
}

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

interface UserRow {
  accountId: number
  companyId: number
  userId: number
  userHash: Buffer
  organizationHash: Buffer
}

const userSql = `
  select u.id as "userId", u.account_id as "accountId", a.company_id as "companyId",
         u.secret_hash as "userHash", c.organization_secret_hash as "organizationHash"
  from app_user u join account a on a.id = u.account_id join company c on c.id = a.company_id
  where u.secret_hash = $1`

const instanceSql = `
  select id, token_hash as "tokenHash" from instance
  where token_hash = $1 and account_id = $2 and deleted_at is null`

/** Companies, accounts and users: who may call the API. */
export class Accounts {
  constructor(private readonly dataSource: DataSource) {}

  /** A company with one account and one user. */
  async create(options: { name?: string } = {}): Promise<NewAccount> {
    return this.dataSource.transaction(manager => this.insert(manager, options.name ?? 'Account'))
  }

  /**
   * The very first account, where there is none: `keep` stores its secrets, and where it fails, no account is made.
   * However many processes start at once, one of them makes it. Null: there is one already.
   */
  async createFirst(keep: (account: NewAccount) => Promise<void>): Promise<NewAccount | null> {
    return this.dataSource.transaction(async manager => {
      await manager.query('lock table company in share row exclusive mode')
      if (await manager.exists(AccountEntity)) return null
      const account = await this.insert(manager, 'First account')
      await keep(account)
      return account
    })
  }

  /**
   * Who these secrets belong to. The user's is always needed, and the organization's or an instance's token with it; an
   * instance has to be the user's account's own, and not deleted. Found by hash, and compared in constant time.
   */
  async authenticate(credentials: Credentials): Promise<Authentication> {
    const userHash = hashSecret(credentials.userSecret)
    const [user] = await this.dataSource.query<UserRow[]>(userSql, [userHash])
    if (!user || !timingSafeEqual(user.userHash, userHash)) return { kind: 'refused', part: 'user' }
    const { accountId, companyId, userId } = user
    const { organizationSecret, instanceToken } = credentials
    if (organizationSecret === undefined && instanceToken === undefined)
      return { kind: 'refused', part: 'organization' }
    if (organizationSecret !== undefined && !timingSafeEqual(user.organizationHash, hashSecret(organizationSecret))) {
      return { kind: 'refused', part: 'organization' }
    }
    if (instanceToken === undefined) return { kind: 'authenticated', principal: { accountId, companyId, userId } }
    const instanceId = await this.instanceOf(accountId, instanceToken)
    if (instanceId === null) return { kind: 'refused', part: 'element' }
    return { kind: 'authenticated', principal: { accountId, companyId, userId, instanceId } }
  }

  /** An account's settings, such as `notification.webhook.failure.policy`. */
  async settings(accountId: number): Promise<Record<string, string>> {
    const account = await this.dataSource.getRepository(AccountEntity).findOneBy({ id: accountId })
    return account?.settings ?? {}
  }

  /** Adds to an account's settings, and returns all of them. */
  async saveSettings(accountId: number, settings: Record<string, string>): Promise<Record<string, string>> {
    await this.dataSource.query('update account set settings = settings || $2::jsonb where id = $1', [
      accountId,
      JSON.stringify(settings),
    ])
    return this.settings(accountId)
  }

  private async instanceOf(accountId: number, token: string): Promise<number | null> {
    const tokenHash = hashSecret(token)
    const [instance] = await this.dataSource.query<{ id: number; tokenHash: Buffer }[]>(instanceSql, [
      tokenHash,
      accountId,
    ])
    return instance && timingSafeEqual(instance.tokenHash, tokenHash) ? instance.id : null
  }

  private async insert(manager: EntityManager, name: string): Promise<NewAccount> {
    const organizationSecret = newSecret()
    const userSecret = newSecret()
    const company = await manager.save(CompanyEntity, {
      name,
      organizationSecretHash: hashSecret(organizationSecret),
    })
    const account = await manager.save(AccountEntity, { companyId: company.id, name, settings: {} })
    const user = await manager.save(AppUserEntity, { accountId: account.id, secretHash: hashSecret(userSecret) })
    return { accountId: account.id, companyId: company.id, userId: user.id, userSecret, organizationSecret }
  }
}
