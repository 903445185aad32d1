import { Accounts } from '#instances'
import { readSettings } from '#platform'
import type { Environment, Options, Output } from './command.js'
import { withDatabase } from './open-database.js'

/** `tributary accounts create`: a company with an account and a user. Only the result goes to standard output. */
export async function createAccount(environment: Environment, { name, json }: Options, { out }: Output): Promise<void> {
  const settings = readSettings(environment, 'tool')
  const account = await withDatabase(settings, dataSource => new Accounts(dataSource).create(name ? { name } : {}))
  if (json) {
    out(`${JSON.stringify(account)}\n`)
    return
  }
  const { accountId, companyId, userId, userSecret, organizationSecret } = account
  out(`Account ${accountId} of company ${companyId}, user ${userId}. Keep its secrets: they are not shown again.

Authorization: User ${userSecret}, Organization ${organizationSecret}
`)
}
