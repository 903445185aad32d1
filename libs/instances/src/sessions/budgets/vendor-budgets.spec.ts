import type { PageOutcome } from '#connectors'
import { Egress } from '#egress'
import { testDatabase, type TestDatabase } from '#test'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Instance } from '../../instance.js'
import { Fixture } from '../../testing/fixture.js'
import { StrictVendor } from '../testing/strict-vendor.js'
import { VendorSessions } from '../vendor-sessions.js'
import type { Asker } from './vendor-budgets.js'

const telling = new StrictVendor({ requests: 20, windowMs: 3_000, tells: true })
const silent = new StrictVendor({ requests: 30, windowMs: 3_000, tells: false })
let database: TestDatabase
let fixture: Fixture
let egress: Egress
let folder: string
let baseUrls: Record<string, string>

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'definitions-'))
  baseUrls = { telling: await telling.start(), silent: await silent.start() }
  await writeFile(join(folder, 'telling.json'), JSON.stringify(telling.definition('telling', 990_201)))
  await writeFile(join(folder, 'silent.json'), JSON.stringify(silent.definition('silent', 990_202)))
  database = await testDatabase()
  fixture = await Fixture.open(database, { dir: folder, baseUrls })
  egress = new Egress({ allow: [], publicUrl: 'http://tributary.example' })
})

afterAll(async () => {
  await egress.close()
  await fixture.close()
  await database.drop()
  await rm(folder, { recursive: true })
  telling.stop()
  silent.stop()
})

/** As another process has them. */
function sessions(): VendorSessions {
  const { connectors, pool } = fixture
  return new VendorSessions({ instances: fixture.instances(), connectors, egress, pool, baseUrls })
}

function create(elementKey: string, token: string): Promise<Instance> {
  return fixture.create({ elementKey, configuration: { token } })
}

function page(of: VendorSessions, instance: Instance, asker: Asker = 'poll'): Promise<PageOutcome> {
  const connector = fixture.connectors.get(instance.elementKey)!
  const query = { resource: 'things', where: [], orderBy: null, pageSize: null, parameters: {} }
  return of.calls(instance, asker).call(session => connector.listPage(session, query as never, of.http(instance)))
}

/** Asks for page after page until then, or until it got one, and waits when told to, as polls do. @returns how many it got */
async function keepAsking(of: VendorSessions, instance: Instance, until: number): Promise<number> {
  let pages = 0
  const patience = until + 12_000
  while (Date.now() < until || (pages === 0 && Date.now() < patience)) {
    const outcome = await page(of, instance)
    if (outcome.kind === 'page') pages++
    else if (outcome.kind === 'throttled')
      await sleep(Math.min(outcome.retryAt, pages === 0 ? patience : until) - Date.now())
    else throw new Error(JSON.stringify(outcome))
  }
  return pages
}

const sleep = (ms: number) => new Promise(resolve => setTimeout(resolve, Math.max(0, ms)))

test('processes that share an account of a strict vendor spend its budget without a single refusal, and each gets on', async () => {
  const until = Date.now() + 6_500
  await Promise.all(
    [telling, silent].map(async vendor => {
      const elementKey = vendor === telling ? 'telling' : 'silent'
      const [one, other] = [await create(elementKey, 'shared'), await create(elementKey, 'shared')]
      const asking = [one, one, other, other].map(instance => keepAsking(sessions(), instance, until))
      await sleep(1_000)
      const idle = await create(elementKey, 'alone')
      const asked = Date.now()
      expect(await page(sessions(), idle)).toMatchObject({ kind: 'page' })
      expect(Date.now() - asked).toBeLessThan(1_000)
      const pages = await Promise.all(asking)
      expect(Object.fromEntries(vendor.refused)).toEqual({})
      expect(pages.every(count => count > 0)).toBe(true)
    }),
  )
  // Of one, at least two windows' nine tenths are in it; of the other, that many of its parts.
  expect(telling.served.get('shared')).toBeGreaterThanOrEqual(36)
  expect(silent.served.get('shared')).toBeGreaterThanOrEqual(30)
})

test('what polls leave is for people, and a pause holds for both, for all processes, and over a restart', async () => {
  const instance = await create('telling', 'people')
  const [poller, api] = [sessions(), sessions()]
  await api.session(instance)
  // A window's beginning, so that it doesn't end in between.
  await sleep(3_050 - (Date.now() % 3_000))
  let polled: PageOutcome
  do polled = await page(poller, instance)
  while (polled.kind === 'page')
  expect(polled).toMatchObject({ kind: 'throttled', unsent: true })
  expect(await page(api, instance, 'person')).toMatchObject({ kind: 'page' })
  const told = { kind: 'throttled', retryAt: Date.now() + 60_000, message: 'slow down' } as const
  await api.calls(instance, 'person').call(() => Promise.resolve(told))
  await sleep(1_100)
  for (const process of [api, poller, sessions()]) {
    for (const asker of ['poll', 'person'] as const) {
      const refused = await page(process, instance, asker)
      expect(refused).toMatchObject({ kind: 'throttled', unsent: true })
      expect((refused as { retryAt: number }).retryAt).toBeGreaterThan(Date.now() + 50_000)
    }
  }
  // Someone else's open cursor, say, is no reason for the whole account to rest.
  const other = await create('telling', 'other')
  await poller.calls(other).call(() => Promise.resolve({ ...told, alone: true }))
  expect(await page(poller, other)).toMatchObject({ kind: 'page' })
})

test('what polls ordinarily need costs the database nothing for each', async () => {
  const configuration = { 'oauth.user.token': 'quiet' }
  const instance = await fixture.create({ configuration, identity: { workspace: 'w', variables: {} } })
  const query = jest.spyOn(fixture.pool, 'query')
  const quiet = sessions().calls(instance)
  const limits = { remaining: 1_500, resetAt: Date.now() + 9_000 }
  for (let request = 0; request < 3; request++) await quiet.call(() => Promise.resolve({ kind: 'page', limits }))
  const statements = query.mock.calls.length
  query.mockRestore()
  // Who rests, once a second for all.
  expect(statements).toBe(1)
})
