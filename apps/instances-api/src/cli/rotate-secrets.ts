import type { RotatedSecrets } from '#instances'
import { command } from './command.js'
import { withAccounts } from './open-database.js'
import { duration, flag, id, optional } from './options.js'

/** `tributary accounts rotate-secrets`: the account's users', one user's, its organization's, or the latter two. */
export const rotateAccountSecrets = command({
  does: 'new secrets for all users of an account, for --user alone, or for its --organization; the old ones end, or after --overlap',
  options: { account: id, user: optional(id), organization: flag, overlap: optional(duration), json: flag },
  async run({ environment, values: { account, user, organization, overlap, json }, out }) {
    const outcome = await withAccounts(environment, accounts =>
      accounts.rotateSecrets({
        accountId: account,
        users: user ?? (organization ? 'none' : 'all'),
        organization,
        overlapMs: overlap ?? 0,
      }),
    )
    switch (outcome.kind) {
      case 'unknown-account':
        throw new Error(`--account: there is no account ${account}; "tributary accounts list" shows them`)
      case 'unknown-user':
        throw new Error(`--user: there is no user ${user} of account ${account}; "tributary accounts list" shows them`)
      case 'rotated':
        out(json ? `${JSON.stringify(outcome.secrets)}\n` : secretsText(outcome.secrets))
    }
  },
})

function secretsText({ companyId, users, organizationSecret, previousUntil }: RotatedSecrets): string {
  const lines = [
    ...users.map(({ userId, userSecret }) => `User ${userId}: ${userSecret}`),
    ...(organizationSecret === null ? [] : [`Organization ${companyId}: ${organizationSecret}`]),
  ]
  const old = previousUntil ? `work until ${previousUntil.toISOString()}` : 'have ended'
  return `Keep these secrets: they are not shown again. The old ones ${old}.\n\n${lines.join('\n')}\n`
}
