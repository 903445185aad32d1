import type { NewAccount } from '#instances'

/** Calls the API as an account's user; `body` is null where an answer has none. */
export async function callApi(
  account: Pick<NewAccount, 'userSecret' | 'organizationSecret'>,
  method: string,
  url: string,
  body?: object,
): Promise<{ status: number; body: unknown }> {
  const response = await fetch(url, {
    method,
    headers: {
      authorization: `User ${account.userSecret}, Organization ${account.organizationSecret}`,
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  })
  // Some answers have no body; what is expected of one, each test says.
  return { status: response.status, body: await response.json().catch(() => null) }
}
