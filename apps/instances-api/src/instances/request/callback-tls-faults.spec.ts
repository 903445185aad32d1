import { Instances } from '#instances'
import { testCertificate } from '#test'
import { apiFixture } from '../../testing/api-fixture.js'

const here = apiFixture()

const [ca, certificate, key] = [
  'event.notification.callback.ca',
  'event.notification.callback.client.certificate',
  'event.notification.callback.client.key',
] as const
const client = testCertificate('client')
const whole = { [ca]: testCertificate('ca').certificate, [certificate]: client.certificate, [key]: client.key }

test('a CA and a client certificate are kept, the key sealed and masked, and a mask keeps it', async () => {
  const { id, configuration } = await here.create({}, whole)
  expect(configuration).toMatchObject({ ...whole, [key]: '********' })
  const { rows } = await here.database.pool.query<{ text: string }>(
    'select row_to_json(i)::text as text from instance i where id = $1',
    [id],
  )
  expect(rows[0]!.text).not.toContain(client.key.split('\n')[1])
  const replaced = await here.api.call('PUT', `/instances/${id}`, { body: { name: 'Replaced', configuration } })
  expect(replaced.status).toBe(200)
  expect((await here.stored(id))?.configuration).toMatchObject(whole)
})

test('every fault is told by its key, and nothing is stored', async () => {
  const { id } = await here.create({}, whole)
  const stored = await here.stored(id)
  const refusals = async (configuration: Record<string, unknown>) => {
    const { status, body } = await here.api.call('PATCH', `/instances/${id}`, { body: { configuration } })
    return [status, ...(body as { message: string }).message.split('\n')]
  }
  expect(await refusals({ [ca]: 'x', [certificate]: 'y', [key]: 'z' })).toEqual([
    400,
    expect.stringMatching(/^configuration\."event\.notification\.callback\.ca": has no certificate/),
    expect.stringMatching(/^configuration\."event\.notification\.callback\.client\.certificate": has no certificate/),
    expect.stringMatching(/^configuration\."event\.notification\.callback\.client\.key": has no private key/),
  ])
  expect(await refusals({ [key]: null })).toEqual([400, expect.stringMatching(/client\.key": is missing/)])
  expect(await refusals({ [certificate]: testCertificate('stranger').certificate })).toEqual([
    400,
    expect.stringMatching(/client\.key": is not the key of the first certificate/),
  ])
  const ended = testCertificate('ended')
  expect(await refusals({ [certificate]: ended.certificate, [key]: ended.key })).toEqual([
    400,
    expect.stringMatching(/client\.certificate": ended on 2021-01-01/),
  ])
  expect(await here.stored(id)).toEqual(stored)
})

test('a certificate that has ended since stands in the way of no other change', async () => {
  const { id } = await here.create({}, whole)
  const { certificate: old, key: oldKey } = testCertificate('ended')
  await here.api.app.get(Instances).update(id, ({ configuration }) => ({
    configuration: { ...configuration, [certificate]: old, [key]: oldKey },
  }))
  const change = { name: 'Renamed', configuration: { 'event.notification.rate.limit': '5' } }
  expect((await here.api.call('PATCH', `/instances/${id}`, { body: change })).status).toBe(200)
})
