import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { System, testDatabase, type TestDatabase } from '#test'
import { RotatingVendor } from '../../libs/instances/src/sessions/testing/rotating-vendor.js'
import { until } from './support/until.js'

/** One gives the same tokens again to who comes again with a refresh token just used; to the other it is dead by then. */
const lenient = new RotatingVendor()
const strict = new RotatingVendor()
let folder: string
let database: TestDatabase
let system: System

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'definitions-'))
  await writeFile(join(folder, 'lenient.json'), JSON.stringify(RotatingVendor.definition('lenient', 990_601)))
  await writeFile(join(folder, 'strict.json'), JSON.stringify(RotatingVendor.definition('strict', 990_602)))
  database = await testDatabase()
  const [lenientUrl, strictUrl] = await Promise.all([lenient.start(), strict.start()])
  const origins = { CONNECTOR_LENIENT_BASE_URL: lenientUrl, CONNECTOR_STRICT_BASE_URL: strictUrl }
  system = await System.start({ databaseUrl: database.url, env: { CONNECTORS_DIR: folder, ...origins } })
}, 180_000)

afterAll(async () => {
  await system?.stop()
  lenient.stop()
  strict.stop()
  await database?.drop()
  await rm(folder, { recursive: true })
}, 60_000)

async function create(element: string): Promise<{ id: number; token: string }> {
  const { status, body } = await system.api('POST', '/elements/api-v2/instances', {
    ...{ element: { key: element }, name: element },
    configuration: {
      ...{ 'oauth.api.key': 'client', 'oauth.user.token': 'ended', 'oauth.user.refresh_token': 'first' },
      ...{ 'event.notification.enabled': 'true', 'event.vendor.type': 'polling' },
      'event.poller.configuration': '{"things":{"url":"/things"}}',
    },
  })
  expect([status, body]).toMatchObject([200, {}])
  return body as { id: number; token: string }
}

/** A hub call, which needs a token as well as a poll does. */
async function things({ token }: { token: string }): Promise<number> {
  const authorization = `User ${system.account.userSecret}, Element ${token}`
  const url = `${system.processes['instances-api'].url}/elements/api-v2/things`
  return (await fetch(url, { headers: { authorization } })).status
}

test('a poller killed between the vendor’s new tokens and their commit: who comes next tries the old refresh token, and if that is dead, the instance is paused and says why', async () => {
  lenient.graceMs = 60_000
  const renewed = [lenient, strict].map(
    vendor =>
      new Promise<void>(resolve => {
        // The tokens are made, and never arrive.
        vendor.onRenewal = () => {
          resolve()
          return new Promise<boolean>(() => undefined)
        }
      }),
  )
  const [kept, lost] = [await create('lenient'), await create('strict')]
  await Promise.all(renewed)
  await system.processes.poller.kill('SIGKILL')
  for (const vendor of [lenient, strict]) vendor.onRenewal = () => true

  // Whoever died held the renewal for some seconds more; others wait, for a while.
  const [keptStatus, lostStatus] = await Promise.all([things(kept), things(lost)])
  expect([keptStatus, lostStatus]).toEqual([200, 401])
  expect([lenient.presented, strict.presented]).toEqual([
    ['first', 'first'],
    ['first', 'first'],
  ])
  const shown = await system.api('GET', `/elements/api-v2/instances/${lost.id}`)
  const words = expect.stringMatching(/invalid_grant.*cut off/) as unknown
  expect(shown.body).toMatchObject({ valid: false, vendorRefusal: { message: words } })
  const paused = await system.api('GET', '/elements/api-v2/instances/polling-disabled')
  expect(paused.body).toMatchObject([{ instanceId: lost.id, resource: 'things', error: words }])
  const other = await system.api('GET', `/elements/api-v2/instances/${kept.id}`)
  expect(other.body).toMatchObject({ valid: true })

  await system.processes.poller.start()
  await until(60_000, async () => {
    const polls = await system.api('GET', `/api/instances/${kept.id}/polls`)
    expect(JSON.stringify(polls.body)).toContain('"state":"done"')
  })
  expect(lenient.presented).toHaveLength(2)
  expect(strict.presented).toHaveLength(2)
}, 150_000)
