import { Accounts, type AddedAccount, type NewAccount, type Organization } from '#instances'
import { command } from './command.js'
import { withAccounts } from './open-database.js'
import { flag, id, name, optional } from './options.js'

/** `tributary accounts create`: an account with a user, in an organization of its own or in one that is there. */
export const createAccount = command({
  does: 'makes an account and its user, in a new organization unless one is named, and prints their secrets',
  options: { name: optional(name), organization: optional(id), json: flag },
  async run({ environment, values: { name, organization, json }, out }) {
    const options = name === undefined ? {} : { name }
    const account = await withAccounts<NewAccount | AddedAccount>(environment, accounts =>
      organization === undefined ? accounts.create(options) : createIn(accounts, organization, options),
    )
    out(json ? `${JSON.stringify(account)}\n` : accountText(account))
  },
})

/** `tributary accounts list`: organizations, their accounts and those accounts' users. */
export const listAccounts = command({
  does: 'prints organizations, accounts and users: ids, names and since when; no secrets',
  options: { json: flag },
  async run({ environment, values: { json }, out }) {
    const organizations = await withAccounts(environment, accounts => accounts.organizations())
    out(json ? `${JSON.stringify(organizations)}\n` : organizations.map(organizationText).join(''))
  },
})

async function createIn(accounts: Accounts, organization: number, options: { name?: string }): Promise<AddedAccount> {
  const account = await accounts.createIn(organization, options)
  if (account) return account
  throw new Error(`--organization: there is no organization ${organization}; "tributary accounts list" shows them`)
}

function accountText({
  accountId,
  companyId,
  userId,
  userSecret,
  organizationSecret,
}: NewAccount | AddedAccount): string {
  const organization = organizationSecret ?? `<the secret of organization ${companyId}, as it was>`
  return `Account ${accountId} of organization ${companyId}, user ${userId}. Keep what is secret: it is not shown again.

Authorization: User ${userSecret}, Organization ${organization}
`
}

function organizationText({ companyId, name, createdDate, accounts }: Organization): string {
  const line = (what: string, id: number, own: string, since: Date) => `${what} ${id} "${own}" ${since.toISOString()}\n`
  return (
    line('organization', companyId, name, createdDate) +
    accounts
      .map(
        account =>
          line('  account', account.accountId, account.name, account.createdDate) +
          account.users.map(user => line('    user', user.userId, user.name, user.createdDate)).join(''),
      )
      .join('')
  )
}
