import { apiFixture } from '../testing/api-fixture.js'

const here = apiFixture()

async function create(type: string): Promise<number> {
  return (await here.create({ name: type }, { 'event.notification.enabled': true, 'event.vendor.type': type })).id
}

test('an instance that polls is polled now: 202 with a run that can be looked at', async () => {
  const id = await create('polling')
  const { status, body } = await here.api.call('POST', `//api/instances/${id}/poll`)
  expect([status, body]).toEqual([202, { runId: expect.any(String) as unknown }])
  const { runId } = body as { runId: string }
  const run = await here.api.call('GET', `//api/instances/${id}/polls/${runId}`)
  expect([run.status, run.body]).toMatchObject([
    200,
    { id: runId, instanceId: id, state: 'running', trigger: 'request' },
  ])
  expect((await here.api.call('GET', `//api/instances/${id}/polls`)).body).toEqual([run.body])
  expect((await here.api.call('GET', `//api/instances/${id}/polls/${runId.replace(/./g, '0')}`)).status).toBe(404)
})

test('an instance that does not poll, is disabled or deleted can not be polled', async () => {
  expect((await here.api.call('POST', `//api/instances/${await create('webhooks')}/poll`)).status).toBe(409)
  const id = await create('polling')
  await here.api.call('DELETE', `/instances/${id}/enabled`)
  expect((await here.api.call('POST', `//api/instances/${id}/poll`)).status).toBe(409)
  await here.api.call('DELETE', `/instances/${id}`)
  expect((await here.api.call('POST', `//api/instances/${id}/poll`)).status).toBe(404)
  const { rowCount } = await here.database.pool.query('select 1 from polled_instance where instance_id = $1', [id])
  expect(rowCount).toBe(0)
})

test('what is paused is listed for its own account, and resumed by a call', async () => {
  const id = await create('polling')
  expect((await here.api.call('GET', '/instances/polling-disabled')).body).toEqual([])
  await here.database.pool.query(
    `update polled_resource set paused_at = now(), failures = 100, last_error = 'gone'
     where instance_id = $1 and resource = (select min(resource) from polled_resource where instance_id = $1)`,
    [id],
  )
  const { body } = await here.api.call('GET', '/instances/polling-disabled')
  expect(body).toMatchObject([{ instanceId: id, failures: 100, error: 'gone' }])
  expect((await here.api.call('POST', `//api/instances/${id}/polls/resume`)).body).toEqual({ resumed: 1 })
  expect((await here.api.call('GET', '/instances/polling-disabled')).body).toEqual([])
})
