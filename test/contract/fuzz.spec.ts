import { LOGGER, type Logger } from '#platform'
import { resolve } from 'node:path'
import { calls } from './calls.js'
import { ApiDocument } from './document.js'
import { faultOf } from './fuzz/judge.js'
import { Random } from './fuzz/random.js'
import { RawClient, type RawAnswer } from './fuzz/raw-client.js'
import { fuzzRequest, type FuzzRequest, type Target } from './fuzz/requests.js'
import { startWorld, type World } from './world.js'

const root = resolve(__dirname, '../..')
const runs = Number(process.env['FUZZ_RUNS'] ?? 10_000)
const seed = Number(process.env['FUZZ_SEED'] ?? 20_261_121)
const connections = 8
const answerWithinMs = 10_000

let world: World
let targets: Target[]
/** Also where nobody was left to get the answer. */
const loggedErrors: string[] = []

beforeAll(async () => {
  world = await startWorld()
  world.api.app.get<Logger>(LOGGER).error = ({ err }: { err?: Error }) => loggedErrors.push(err?.stack ?? String(err))
  targets = await targetsOf(await ApiDocument.read())
}, 60_000)

afterAll(() => world.close())

test(`${runs} malformed requests (FUZZ_SEED=${seed}) are refused, each in the documented words, and change nothing`, async () => {
  const { body: ready } = await world.api.call('GET', '//health/ready')
  const before = await kept()
  const random = new Random(seed)
  const faults: string[] = []
  const statuses = new Map<number, number>()
  let sent = 0
  const work = async () => {
    const client = new RawClient('127.0.0.1', Number(new URL(world.api.url).port))
    while (sent < runs && faults.length < 20) {
      const number = sent++
      const request = fuzzRequest(random, targets)
      const answer = await client.send(request, answerWithinMs).catch((error: Error) => ({ error }))
      const fault = 'error' in answer ? answer.error.message : faultOf(request, answer, root)
      if (fault !== null) faults.push(told(number, fault, request, 'error' in answer ? null : answer))
      if ('error' in answer) client.close()
      else statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
    }
    client.close()
  }
  await Promise.all(Array.from({ length: connections }, work))
  console.log(`FUZZ_SEED=${seed}`, Object.fromEntries([...statuses].sort(([one], [other]) => one - other)))
  expect({ faults, loggedErrors }).toEqual({ faults: [], loggedErrors: [] })
  expect(await kept()).toEqual(before)
  expect((await world.api.call('GET', '//health/ready')).body).toEqual(ready)
  expect((await world.api.call('GET', `/instances/${world.listening.id}`)).status).toBe(200)
}, 240_000)

async function targetsOf({ operations }: ApiDocument): Promise<Target[]> {
  const { userSecret, organizationSecret } = world.api.account
  const found: Target[] = []
  for (const operation of operations) {
    const call = await calls[operation.name]?.(world)
    if (!call) continue
    const element = call.token === undefined ? '' : `, Element ${call.token}`
    found.push({ operation, call, authorization: `User ${userSecret}, Organization ${organizationSecret}${element}` })
  }
  return found
}

/** What no call here may change: all but the instances that calls make, change and delete, and what belongs to them. */
async function kept(): Promise<unknown> {
  const { listening, polling, icontact, database } = world
  const { rows: instances } = await database.pool.query(
    `select to_jsonb(i) - 'identity' as instance from instance i where id = any($1) order by id`,
    [[listening.id, polling.id, icontact.id]],
  )
  const { rows: counts } = await database.pool.query(
    `select (select count(*) from account) as accounts, (select count(*) from app_user) as users,
            (select count(*) from event) as events, (select count(*) from notification) as notifications,
            (select count(*) from delivery) as deliveries, (select count(*) from polled_resource
              where instance_id = $1) as polled`,
    [polling.id],
  )
  return { instances, counts }
}

/** Enough to see what happened, and to send it again. */
function told(number: number, fault: string, request: FuzzRequest, answer: RawAnswer | null): string {
  const { name, method, target, headers, body, mayPass } = request
  const shown = (text: string) => (text.length > 300 ? `${text.slice(0, 300)}… (${text.length})` : text)
  return [
    `#${number} ${fault}: ${answer?.status ?? 'nothing'} ${shown(answer?.body ?? '')}`,
    `  ${name}: ${method} ${shown(target)}${mayPass === null ? '' : ` (may pass: ${mayPass})`}`,
    `  ${shown(
      headers
        .filter(([key]) => key !== 'host')
        .map(([key, value]) => `${key}: ${String(value)}`)
        .join(' | '),
    )}`,
    `  ${body ? shown(JSON.stringify(body.toString('utf8'))) : 'no body'}`,
  ].join('\n')
}
