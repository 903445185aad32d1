import { Accounts, Instances, type AddedAccount, type NewAccount } from '#instances'
import type { TestDatabase } from '#test'
import type { Answer } from '../../apps/instances-api/src/testing/running-api.js'
import { calls, type Call } from './calls.js'
import { derivedCall } from './derived-call.js'
import { ApiDocument, type Operation } from './document.js'
import { startWorld, type World } from './world.js'

/** Who has no business with the first account. */
interface Stranger {
  who: string
  secrets: string
  account: NewAccount | AddedAccount
  /** What no answer to them may hold but where they said it themselves: the first account's ids, names and secrets. */
  marks: readonly string[]
}

let world: World
let strangers: Stranger[]
/** Every operation of the document, with calls that name what is the first account's. */
let attempts: { operation: Operation; call: Call }[]
let before: string[]

beforeAll(async () => {
  const document = await ApiDocument.read()
  world = await startWorld(unmistakableIds)
  const subscriptions = await world.database.pool.query<{ id: string }>(
    'select id from subscription where instance_id = $1',
    [world.listening.id],
  )
  const owned = { ...world, subscriptionId: subscriptions.rows[0]!.id }
  attempts = []
  // All of them now, since some make what they are about.
  for (const operation of document.operations) {
    const call = (await calls[operation.name]?.(world)) ?? derivedCall(operation, owned, document)
    attempts.push(...variants(operation, call).map(variant => ({ operation, call: variant })))
  }
  await unmistakableNames(world)
  strangers = await makeStrangers(world)
  before = await firstAccountsRows(world)
}, 60_000)

afterAll(() => world.close())

test('what a stranger must not see is there for its owner to see', async () => {
  const { listening, api } = world
  const { body } = await api.call('GET', `/instances/${listening.id}`)
  const seen = strangers[0]!.marks.filter(mark => mentions(JSON.stringify(body), mark))
  expect(seen).toEqual(expect.arrayContaining([listening.token, String(listening.id), `first-${listening.id}`]))
  expect(before.length).toBeGreaterThan(20)
})

test('no call of the document gives a stranger anything of the first account’s', async () => {
  const faults: string[] = []
  for (const { operation, call } of attempts) {
    for (const stranger of strangers) {
      const found = await faultsOf(operation, call, stranger)
      faults.push(...found.map(fault => `${operation.name} by ${stranger.who}: ${fault}`))
    }
  }
  expect(faults).toEqual([])
  expect(attempts.length).toBeGreaterThan(60)
}, 60_000)

test('and nothing of the first account’s has changed', async () => {
  expect(await firstAccountsRows(world)).toEqual(before)
})

/** The first account's, by the names that queries have for them. */
const queriedIds: Record<string, (world: World) => string | number> = {
  instanceId: ({ listening }) => listening.id,
  'instanceIds[]': ({ listening }) => listening.id,
  'accountIds[]': ({ api }) => api.account.accountId,
}

/** The call as its owner makes it, without its query, and with each of the owner's ids that a query can ask for. */
function variants({ name, parameters }: Operation, call: Call): Call[] {
  const asked = parameters.filter(({ in: place, name: query }) => place === 'query' && /ids?(?:\[\])?$/i.test(query))
  return [
    call,
    ...(call.query ? [{ ...call, query: {} }] : []),
    ...asked.map(({ name: query }) => {
      const id = queriedIds[query]?.(world)
      if (id !== undefined) return { ...call, query: { ...call.query, [query]: String(id) } }
      throw new Error(`${name} has a query "${query}"; say in queriedIds what the first account's is`)
    }),
  ]
}

/** By the stranger's own secrets, and with the first account's token beside them. */
async function faultsOf(operation: Operation, call: Call, stranger: Stranger): Promise<string[]> {
  const { secrets, marks } = stranger
  const request = JSON.stringify([call.path, call.query, call.body])
  const names = (part: unknown) => marks.some(mark => mentions(JSON.stringify(part ?? null), mark))
  const element = call.token === undefined ? '' : `, Element ${await ownToken(stranger)}`
  const answer = await send(operation, call, secrets + element)
  const isAddressed = names([call.path, call.query])
  const isRight = isAddressed || names(call.body) ? isNothing(answer, isAddressed ? [] : [400]) : answer.status < 500
  const faults = isRight ? [] : [`${request} is answered with ${answer.status} ${JSON.stringify(answer.body)}`]
  const answers = [answer]
  if (operation.security) {
    const withToken = await send(operation, call, `${secrets}, Element ${call.token ?? world.listening.token}`)
    if (withToken.status !== 401) faults.push(`another's Element token is answered with ${withToken.status}`)
    answers.push(withToken)
  }
  const text = JSON.stringify(answers.map(({ body, headers }) => [body, [...headers]]))
  const told = marks.filter(mark => mentions(text, mark) && !mentions(request, mark))
  return told.length > 0 ? [...faults, `${request} is told ${told.join(', ')}`] : faults
}

function isNothing({ status, body }: Answer, also: readonly number[]): boolean {
  return [401, 403, 404, ...also].includes(status) || (status === 200 && Array.isArray(body) && body.length === 0)
}

function send({ method, path }: Operation, call: Call, authorization: string): Promise<Answer> {
  const { path: values = {}, query = {}, body } = call
  const filled = path.replace(/\{(\w+)\}/g, (_all, name: string) => encodeURIComponent(String(values[name])))
  const search = new URLSearchParams(query).toString()
  return world.api.call(method, `/${filled}${search && `?${search}`}`, {
    authorization,
    ...(body !== undefined && { body }),
  })
}

/** An instance of the stranger's own, for calls that act on one: each has a fresh one to change or delete. */
async function ownToken({ account: { accountId, companyId, userId } }: Stranger): Promise<string> {
  const { token } = await world.api.app.get(Instances).create({
    ...{ accountId, companyId, userId, elementKey: 'intercom', name: 'Own', tags: [], identity: { variables: {} } },
    ...{ configuration: { 'oauth.user.token': 'own' }, vendorTokenExpiresAt: null },
  })
  return token
}

/** Nine digits that nothing else has. */
async function unmistakableIds({ pool }: TestDatabase): Promise<void> {
  const { rows } = await pool.query<{ statement: string }>(`
    select format('alter sequence %I restart with %s', sequencename,
                  700000137 + 1000000 * row_number() over (order by sequencename)) as statement
    from pg_sequences where schemaname = 'public'`)
  for (const { statement } of rows) await pool.query(statement)
}

async function unmistakableNames({ api: { account }, database: { pool } }: World): Promise<void> {
  const { accountId, companyId } = account
  await pool.query(`update instance set name = 'first-' || id, version = version + 1 where account_id = $1`, [
    accountId,
  ])
  await pool.query(`update account set name = 'first-account' where id = $1`, [accountId])
  await pool.query(`update company set name = 'first-organization' where id = $1`, [companyId])
}

async function makeStrangers({ api, database, eventId, runId }: World): Promise<Stranger[]> {
  const { accountId, companyId, userId, userSecret, organizationSecret } = api.account
  const idsOf = async (table: string) => {
    const { rows } = await database.pool.query<{ id: number }>(`select id from ${table} where account_id = $1`, [
      accountId,
    ])
    return rows.map(({ id }) => id)
  }
  const instances = [...(await api.app.get(Instances).byIds(await idsOf('instance'))).values()]
  const others = await Promise.all(['subscription', 'notification', 'delivery'].map(idsOf))
  const marks = [
    ...[accountId, userId, eventId, runId, userSecret, organizationSecret, 'first-account', 'first-organization'],
    ...instances.flatMap(({ id, name, token, doorKey }) => [id, name, token, ...(doorKey ? [doorKey] : [])]),
    ...others.flat(),
  ].map(String)
  const accounts = api.app.get(Accounts)
  const foreign = await accounts.create({ name: 'Foreign' })
  const sibling = await accounts.createIn(companyId, { name: 'Sibling' })
  if (!sibling) throw new Error('the organization is gone')
  return [
    {
      who: 'another organization',
      secrets: `User ${foreign.userSecret}, Organization ${foreign.organizationSecret}`,
      account: foreign,
      marks: [...marks, String(companyId)],
    },
    {
      who: 'another account of the same organization',
      secrets: `User ${sibling.userSecret}, Organization ${organizationSecret}`,
      account: sibling,
      marks,
    },
  ]
}

/** Every row of any table that names the first account or something of it; but for the outbox, which is being emptied. */
async function firstAccountsRows({ database: { pool }, api }: World): Promise<string[]> {
  const { rows: tables } = await pool.query<{ name: string }>(`
    select quote_ident(relname) as name from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
      and relname <> 'outbox' order by 1`)
  const found: string[] = []
  for (const { name } of tables) {
    const { rows } = await pool.query<{ row: string }>(`select to_jsonb(t)::text as row from ${name} t order by 1`)
    const isTheirs = (row: string) =>
      strangers[1]!.marks.some(mark => mentions(row, mark)) ||
      (name === 'company' && mentions(row, String(api.account.companyId)))
    found.push(...rows.filter(({ row }) => isTheirs(row)).map(({ row }) => `${name} ${row}`))
  }
  return found
}

/** As a word of its own: an id is not found within a longer number. */
function mentions(text: string, mark: string): boolean {
  for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + 1)) {
    if (!/\w/.test(text[at - 1] ?? '') && !/\w/.test(text[at + mark.length] ?? '')) return true
  }
  return false
}
