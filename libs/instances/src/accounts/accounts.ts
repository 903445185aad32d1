import { hashSecret, newSecret } from '#vault'
import type { DataSource, EntityManager } from 'typeorm'
import { AccountEntity } from './account.entity.js'
import { AppUserEntity } from './app-user.entity.js'
import { authenticate, type Authentication, type Credentials } from './authentication.js'
import { CompanyEntity } from './company.entity.js'
import { listOrganizations, type Organization } from './organizations.js'
import { rotateSecrets, type Rotation, type RotationOutcome } from './secret-rotation.js'

/** An account just made. Its secrets are not stored: this is the only time that they are seen. */
export interface NewAccount {
  accountId: number
  companyId: number
  userId: number
  userSecret: string
  organizationSecret: string
}

/** An account just made in an organization that was there: whose secret nobody can show any more. */
export type AddedAccount = Omit<NewAccount, 'organizationSecret'> & { organizationSecret: null }

/** A user just made: the only time that its secret is seen. */
export type NewUser = Omit<NewAccount, 'organizationSecret'>

/** An account as its users see it. */
export interface AccountSummary {
  id: number
  name: string
  companyId: number
  createdAt: Date
}

/** What failed callbacks do unless an account says otherwise: they are retried, as documented. */
const defaultSettings = { 'notification.webhook.failure.policy': 'retry' }

/** Companies, accounts and users: who may call the API. */
export class Accounts {
  constructor(private readonly dataSource: DataSource) {}

  /** A company with one account and one user. */
  async create(options: { name?: string } = {}): Promise<NewAccount> {
    return this.dataSource.transaction(manager => this.insert(manager, options.name ?? 'Account'))
  }

  /** One more account, with one user, of a company that is there. Null: it isn't. */
  async createIn(companyId: number, options: { name?: string } = {}): Promise<AddedAccount | null> {
    return this.dataSource.transaction(async manager => {
      if (!(await manager.existsBy(CompanyEntity, { id: companyId }))) return null
      return { ...(await this.insertAccount(manager, companyId, options.name ?? 'Account')), organizationSecret: null }
    })
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

  /** One more user of an account: sees and does what its others do. Null: there is no such account. */
  async createUser(accountId: number, options: { name?: string } = {}): Promise<NewUser | null> {
    return this.dataSource.transaction(async manager => {
      const account = await manager.findOneBy(AccountEntity, { id: accountId })
      return account && this.insertUser(manager, accountId, account.companyId, options.name ?? 'User')
    })
  }

  /** Ends a user's secret for good; the instances that it made stay its account's. False: there is none, or no longer. */
  async deleteUser(userId: number): Promise<boolean> {
    const deleted = await this.dataSource
      .createQueryBuilder()
      .update(AppUserEntity)
      .set({ deletedAt: new Date() })
      .where('id = :userId and deleted_at is null', { userId })
      .execute()
    return deleted.affected === 1
  }

  /** Gives users, the organization or both new secrets. */
  async rotateSecrets(rotation: Rotation): Promise<RotationOutcome> {
    return this.dataSource.transaction(manager => rotateSecrets(manager, rotation))
  }

  /** Every organization with its accounts and their users, by id: for whoever runs the system. */
  async organizations(): Promise<Organization[]> {
    return listOrganizations(this.dataSource.manager)
  }

  /** One account; null where there is none. */
  async byId(accountId: number): Promise<AccountSummary | null> {
    const account = await this.dataSource.getRepository(AccountEntity).findOneBy({ id: accountId })
    if (!account) return null
    const { id, name, companyId, createdAt } = account
    return { id, name, companyId, createdAt }
  }

  /**
   * Who these secrets belong to. The user's is always needed, and the organization's or an instance's token with it; an
   * instance has to be the user's account's own, and not deleted. Found by hash, and compared in constant time.
   * @throws where the database doesn't answer: that is no refusal
   */
  async authenticate(credentials: Credentials): Promise<Authentication> {
    return authenticate(this.dataSource, credentials)
  }

  /** An account's settings, with the default of what was never set. */
  async settings(accountId: number): Promise<Record<string, string>> {
    const account = await this.dataSource.getRepository(AccountEntity).findOneBy({ id: accountId })
    return { ...defaultSettings, ...account?.settings }
  }

  /** Adds to an account's settings, and returns all of them. */
  async saveSettings(accountId: number, settings: Record<string, string>): Promise<Record<string, string>> {
    await this.dataSource.query('update account set settings = settings || $2::jsonb where id = $1', [
      accountId,
      JSON.stringify(settings),
    ])
    return this.settings(accountId)
  }

  private async insert(manager: EntityManager, name: string): Promise<NewAccount> {
    const organizationSecret = newSecret()
    const company = await manager.save(CompanyEntity, {
      name,
      organizationSecretHash: hashSecret(organizationSecret),
    })
    return { ...(await this.insertAccount(manager, company.id, name)), organizationSecret }
  }

  private async insertAccount(manager: EntityManager, companyId: number, name: string): Promise<NewUser> {
    const account = await manager.save(AccountEntity, { companyId, name, settings: {} })
    return this.insertUser(manager, account.id, companyId, 'User')
  }

  private async insertUser(
    manager: EntityManager,
    accountId: number,
    companyId: number,
    name: string,
  ): Promise<NewUser> {
    const userSecret = newSecret()
    const user = await manager.save(AppUserEntity, { accountId, name, secretHash: hashSecret(userSecret) })
    return { accountId, companyId, userId: user.id, userSecret }
  }
}
