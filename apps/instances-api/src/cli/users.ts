import { command } from './command.js'
import { withAccounts } from './open-database.js'
import { flag, id, name, optional } from './options.js'

/** `tributary users create`: one more user of an account, with a secret of its own. */
export const createUser = command({
  does: 'makes one more user of an account, and prints its secret; it sees and does what the others do',
  options: { account: id, name: optional(name), json: flag },
  async run({ environment, values: { account, name, json }, out }) {
    const user = await withAccounts(environment, accounts =>
      accounts.createUser(account, name === undefined ? {} : { name }),
    )
    if (!user) throw new Error(`--account: there is no account ${account}; "tributary accounts list" shows them`)
    const { accountId, companyId, userId, userSecret } = user
    out(
      json
        ? `${JSON.stringify(user)}\n`
        : `User ${userId} of account ${accountId}, organization ${companyId}. Keep its secret: it is not shown again.

Authorization: User ${userSecret}, Organization <the secret of organization ${companyId}, as it was>
`,
    )
  },
})

/** `tributary users delete`: its secret ends at once and for good. */
export const deleteUser = command({
  does: "ends a user's secret at once and for good; its account keeps the instances",
  options: { user: id, json: flag },
  async run({ environment, values: { user, json }, out }) {
    const isDeleted = await withAccounts(environment, accounts => accounts.deleteUser(user))
    if (!isDeleted) throw new Error(`--user: there is no user ${user}; "tributary accounts list" shows them`)
    out(json ? `${JSON.stringify({ userId: user })}\n` : `User ${user} is deleted.\n`)
  },
})
