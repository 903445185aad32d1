import { testDatabase, type TestDatabase } from '#test'
import { RunningApi } from '../testing/running-api.js'
import { contentIntercom, VendorStandIn } from '../testing/vendor-stand-in.js'
import type { InstanceBody } from '../instances/instance.dto.js'

let database: TestDatabase
let api: RunningApi
const vendor = new VendorStandIn()

beforeAll(async () => {
  database = await testDatabase()
  const vendorUrl = await vendor.start()
  contentIntercom(vendor)
  api = await RunningApi.start({ DATABASE_URL: database.url, CONNECTOR_INTERCOM_BASE_URL: vendorUrl })
})

afterAll(async () => {
  await api.close()
  await vendor.stop()
  await database.drop()
})

async function create(type: string): Promise<number> {
  const configuration = { 'oauth.user.token': 'tok', 'event.notification.enabled': true, 'event.vendor.type': type }
  const { body } = await api.call('POST', '/instances', {
    body: { element: { key: 'intercom' }, name: type, configuration },
  })
  return (body as InstanceBody).id
}

test('an instance that polls is polled now: 202 with a run that can be looked at', async () => {
  const id = await create('polling')
  const { status, body } = await api.call('POST', `//api/instances/${id}/poll`)
  expect([status, body]).toEqual([202, { runId: expect.any(String) as unknown }])
  const { runId } = body as { runId: string }
  const run = await api.call('GET', `//api/instances/${id}/polls/${runId}`)
  expect([run.status, run.body]).toMatchObject([
    200,
    { id: runId, instanceId: id, state: 'running', trigger: 'request' },
  ])
  expect((await api.call('GET', `//api/instances/${id}/polls`)).body).toEqual([run.body])
  expect((await api.call('GET', `//api/instances/${id}/polls/${runId.replace(/./g, '0')}`)).status).toBe(404)
})

test('an instance that does not poll, is disabled or deleted can not be polled', async () => {
  expect((await api.call('POST', `//api/instances/${await create('webhooks')}/poll`)).status).toBe(409)
  const id = await create('polling')
  await api.call('DELETE', `/instances/${id}/enabled`)
  expect((await api.call('POST', `//api/instances/${id}/poll`)).status).toBe(409)
  await api.call('DELETE', `/instances/${id}`)
  expect((await api.call('POST', `//api/instances/${id}/poll`)).status).toBe(404)
  const { rowCount } = await database.pool.query('select 1 from polled_instance where instance_id = $1', [id])
  expect(rowCount).toBe(0)
})

test('what is paused is listed for its own account, and resumed by a call', async () => {
  const id = await create('polling')
  expect((await api.call('GET', '/instances/polling-disabled')).body).toEqual([])
  await database.pool.query(
    `update polled_resource set paused_at = now(), failures = 100, last_error = 'gone'
     where instance_id = $1 and resource = (select min(resource) from polled_resource where instance_id = $1)`,
    [id],
  )
  const { body } = await api.call('GET', '/instances/polling-disabled')
  expect(body).toMatchObject([{ instanceId: id, failures: 100, error: 'gone' }])
  const resources = await api.call('GET', `//api/instances/${id}/polled-resources`)
  expect((resources.body as { pausedAt: string | null }[]).filter(({ pausedAt }) => pausedAt !== null)).toHaveLength(1)
  expect((await api.call('POST', `//api/instances/${id}/polls/resume`)).body).toEqual({ resumed: 1 })
  expect((await api.call('GET', '/instances/polling-disabled')).body).toEqual([])
})
