import { dataSourceOptions } from '#database'
import { Egress } from '#egress'
import { testDatabase, type TestDatabase } from '#test'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Pool } from 'pg'
import { DataSource } from 'typeorm'
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js'
import type { Instance } from '../../instance.js'
import { Instances } from '../../instances.js'
import { instanceEntities } from '../../instances.module.js'
import { Fixture } from '../../testing/fixture.js'
import { RotatingVendor } from '../testing/rotating-vendor.js'
import { VendorSessions, type SessionListener } from '../vendor-sessions.js'

const vendor = new RotatingVendor()
let database: TestDatabase
let fixture: Fixture
let egress: Egress
let folder: string
let origin: string

beforeAll(async () => {
  origin = await vendor.start()
  folder = await mkdtemp(join(tmpdir(), 'definitions-'))
  await writeFile(join(folder, 'rotating.json'), JSON.stringify(RotatingVendor.definition('rotating', 990_301)))
  database = await testDatabase()
  fixture = await Fixture.open(database, { dir: folder, baseUrls: { rotating: origin } })
  egress = new Egress({ allow: [], publicUrl: 'http://tributary.example' })
})

afterAll(async () => {
  await egress.close()
  await fixture.close()
  await database.drop()
  await rm(folder, { recursive: true })
  vendor.stop()
})

beforeEach(() => {
  vendor.reset()
})

interface Process {
  sessions: VendorSessions
  instances: Instances
  pool: Pool
  end(): Promise<void>
}

/** As another process has them: with connections of its own. */
async function process(listener: Partial<SessionListener> = {}): Promise<Process> {
  const options = { ...dataSourceOptions(database.url, { size: 3 }), entities: instanceEntities }
  const dataSource = await new DataSource(options).initialize()
  const pool = (dataSource.driver as PostgresDriver).master as Pool
  const instances = new Instances(dataSource, pool, fixture.vault, fixture.connectors)
  const ports = { instances, connectors: fixture.connectors, egress, pool, baseUrls: { rotating: origin }, listener }
  return { sessions: new VendorSessions(ports), instances, pool, end: () => dataSource.destroy() }
}

/** With a token that has ended, or will in so many milliseconds. */
function ended(inMs = -1_000): Promise<Instance> {
  return fixture.create({
    elementKey: 'rotating',
    configuration: { 'oauth.user.token': 'old', 'oauth.user.refresh_token': 'first', 'oauth.api.key': 'client' },
    vendorTokenExpiresAt: new Date(Date.now() + inMs),
  })
}

const tokenOf = ({ configuration }: { configuration: Readonly<Record<string, string | null>> }) =>
  configuration['oauth.user.token']

test('of ten pollers at once one renews, whose vendor kills a refresh token by its use, and all go on with what it was given', async () => {
  vendor.answerAfterMs = 300
  const processes = await Promise.all(Array.from({ length: 10 }, () => process()))
  const instance = await ended()
  const asking = Promise.all(processes.map(({ sessions }) => sessions.session(instance)))
  await new Promise(resolve => setTimeout(resolve, 150))
  // While the vendor thinks, nobody holds a transaction, and whoever wants the instance's row gets it.
  const { rows } = await database.pool.query(
    `select state from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'`,
  )
  expect(rows).toEqual([])
  await fixture.instances().update(instance.id, { name: 'Renamed meanwhile' })
  const given = await asking
  expect(given.map(tokenOf)).toEqual(Array(10).fill(vendor.access))
  expect(vendor.presented).toEqual(['first'])
  const stored = await fixture.instances().byId(instance.id)
  expect(stored?.configuration).toMatchObject({
    'oauth.user.token': vendor.access,
    'oauth.user.refresh_token': expect.stringContaining('refresh-') as unknown,
  })
  expect(stored?.name).toBe('Renamed meanwhile')
  expect(stored!.vendorTokenExpiresAt!.getTime()).toBeGreaterThan(Date.now() + 3_500_000)
  // One that was read before is refused by the vendor, and the new one is there already.
  expect(await processes[1]!.sessions.renew(instance, 'old')).toMatchObject({ kind: 'renewed' })
  expect(vendor.presented).toEqual(['first'])
  await Promise.all(processes.map(({ end }) => end()))
})

test('while a token still works, nobody waits for the one who renews it', async () => {
  vendor.answerAfterMs = 1_500
  const [one, other] = [await process(), await process()]
  const instance = await ended(30_000)
  const renewing = one.sessions.session(instance)
  await new Promise(resolve => setTimeout(resolve, 200))
  const begun = Date.now()
  expect(tokenOf(await other.sessions.session(instance))).toBe('old')
  expect(Date.now() - begun).toBeLessThan(1_000)
  expect(tokenOf(await renewing)).toBe(vendor.access)
  expect(vendor.presented).toEqual(['first'])
  await Promise.all([one.end(), other.end()])
})

test('who authorizes the instance again while it is renewed has the last word', async () => {
  const one = await process()
  const instance = await ended()
  vendor.onRenewal = async () => {
    await fixture.instances().update(instance.id, ({ configuration }) => ({
      configuration: { ...configuration, 'oauth.user.token': 'authorized', 'oauth.user.refresh_token': 'by hand' },
    }))
    return true
  }
  expect(tokenOf(await one.sessions.session(instance))).toBe('authorized')
  expect((await fixture.instances().byId(instance.id))?.configuration).toMatchObject({
    'oauth.user.token': 'authorized',
    'oauth.user.refresh_token': 'by hand',
  })
  await one.end()
})

test('a database that is away just after the vendor has answered loses nothing: the tokens are stored when it is back', async () => {
  const one = await process()
  const instance = await ended()
  const update = jest.spyOn(one.instances, 'update')
  update.mockRejectedValueOnce(new Error('terminating connection')).mockRejectedValueOnce(new Error('no connection'))
  expect(tokenOf(await one.sessions.session(instance))).toBe(vendor.access)
  expect(tokenOf((await fixture.instances().byId(instance.id))!)).toBe(vendor.access)
  expect(vendor.presented).toEqual(['first'])
  await one.end()
})

test('a vendor that does not answer is asked again; one that refuses is told of, and not asked again at once by anybody', async () => {
  const told: string[] = []
  const listener = {
    refused: (_: Instance, message: string) => Promise.resolve(void told.push(message)),
    renewal: (_: Instance, outcome: string) => void told.push(outcome),
  }
  const [one, other] = [await process(listener), await process(listener)]
  const instance = await ended()
  vendor.answer = { status: 503, body: {} }
  expect(await one.sessions.renew(instance, 'old')).toMatchObject({ kind: 'unavailable' })
  expect((await fixture.instances().byId(instance.id))?.vendorRefusal).toBeNull()
  vendor.answer = { status: 400, body: { error: 'invalid_grant \0\ud800' } }
  expect(await one.sessions.renew(instance, 'old')).toMatchObject({ kind: 'refused' })
  expect(await other.sessions.renew(instance, 'old')).toMatchObject({ kind: 'refused' })
  expect(vendor.presented).toEqual(['first', 'first'])
  const words = expect.stringContaining('invalid_grant') as unknown
  expect(told).toEqual(['unavailable', words, 'refused', words, 'refused'])
  const refused = await fixture.instances().byId(instance.id)
  expect(refused).toMatchObject({ vendorRefusal: { message: words }, revision: instance.revision })
  expect(tokenOf(refused!)).toBe('old')
  // Another name changes nothing about it; other credentials do, and are tried at once.
  await fixture.instances().update(instance.id, { name: 'Renamed' })
  expect((await fixture.instances().byId(instance.id))?.vendorRefusal).toMatchObject({ message: words })
  const mended = await fixture.instances().update(instance.id, ({ configuration }) => ({
    configuration: { ...configuration, 'oauth.user.refresh_token': 'second' },
  }))
  expect(mended?.vendorRefusal).toBeNull()
  expect(await other.sessions.renew(mended!, 'old')).toMatchObject({ kind: 'refused' })
  expect(vendor.presented).toEqual(['first', 'first', 'second'])
  const without = await fixture.create({ elementKey: 'rotating', configuration: { 'oauth.user.token': 'old' } })
  expect(await one.sessions.renew(without, 'old')).toMatchObject({ kind: 'refused' })
  await Promise.all([one.end(), other.end()])
})
