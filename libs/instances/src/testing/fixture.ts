import { Connectors, type ConnectorsOptions } from '#connectors'
import { dataSourceOptions } from '#database'
import { Vault } from '#vault'
import type { Pool } from 'pg'
import { DataSource } from 'typeorm'
import { Accounts, type NewAccount } from '../accounts/accounts.js'
import type { Instance, NewInstance } from '../instance.js'
import { instanceEntities } from '../instances.module.js'
import { Instances } from '../instances.js'

/** This lib on a database, without Nest: for specs. */
export class Fixture {
  private constructor(
    readonly dataSource: DataSource,
    readonly pool: Pool,
    readonly vault: Vault,
    readonly connectors: Connectors,
    readonly account: NewAccount,
  ) {}

  static async open({ url, pool }: { url: string; pool: Pool }, options: ConnectorsOptions = {}): Promise<Fixture> {
    const dataSource = await new DataSource({ ...dataSourceOptions(url), entities: instanceEntities }).initialize()
    const vault = new Vault([{ id: 'test', key: Buffer.alloc(32, 1) }])
    const connectors = await Connectors.load(options)
    return new Fixture(dataSource, pool, vault, connectors, await new Accounts(dataSource).create())
  }

  /** As another process has them: with a cache of its own. */
  instances(): Instances {
    return new Instances(this.dataSource, this.pool, this.vault, this.connectors)
  }

  draft(changes: Partial<NewInstance> = {}): NewInstance {
    const { accountId, companyId, userId } = this.account
    return {
      ...{ accountId, companyId, userId, elementKey: 'intercom', name: 'Mine', tags: ['a'] },
      ...{ configuration: { 'oauth.user.token': 'tok' }, identity: { variables: {} }, vendorTokenExpiresAt: null },
      ...changes,
    }
  }

  create(changes: Partial<NewInstance> = {}): Promise<Instance> {
    return this.instances().create(this.draft(changes))
  }

  close(): Promise<void> {
    return this.dataSource.destroy()
  }
}
