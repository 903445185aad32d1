import { apiFixture } from '../testing/api-fixture.js'

const here = apiFixture()
const key = 'event.poller.reconcile'
const events = { 'event.notification.enabled': true, 'event.vendor.type': 'webhooks' }

/** What is polled of an instance, and since when: its resources' watermarks. */
async function polled(id: number): Promise<Record<string, number>> {
  const { rows } = await here.database.pool.query<{ resource: string; ms: string }>(
    `select resource, watermark_ms as ms from polled_resource where instance_id = $1 and configured order by resource`,
    [id],
  )
  return Object.fromEntries(rows.map(({ resource, ms }) => [resource, Number(ms)]))
}

async function patch(id: number, configuration: Record<string, unknown>) {
  const { status, body } = await here.api.call('PATCH', `/instances/${id}`, { body: { configuration } })
  return { status, body: body as { message?: string; configuration?: Record<string, string>; webhookUrl?: string } }
}

async function pollNow(id: number): Promise<number> {
  return (await here.api.call('POST', `//api/instances/${id}/poll`)).status
}

test.each([true, 'true'])(
  '%j polls the element’s default resources beside the webhooks, from its second on',
  async on => {
    const { id } = await here.create({}, { ...events })
    expect([await polled(id), await pollNow(id)]).toEqual([{}, 409])
    const before = Math.floor(Date.now() / 1_000) * 1_000
    const { status, body } = await patch(id, { [key]: on })
    expect([status, body.configuration?.[key]]).toEqual([200, 'true'])
    expect(body.webhookUrl).toContain('/events/intercom/')
    const resources = await polled(id)
    expect(Object.keys(resources)).toEqual(['conversations'])
    expect(resources['conversations']).toBeGreaterThanOrEqual(before)
    expect(await pollNow(id)).toBe(202)
  },
)

test('a configuration, or else the objects that are monitored and dated, say what is polled', async () => {
  const configuration = { 'event.poller.configuration': { tickets: {}, tags: {} } }
  const configured = await here.create({}, { ...events, [key]: true, ...configuration })
  expect(Object.keys(await polled(configured.id))).toEqual(['tags', 'tickets'])
  const monitored = await here.create({}, { ...events, [key]: true, 'event.objects': 'contacts,calls,admins' })
  expect(Object.keys(await polled(monitored.id))).toEqual(['contacts'])
})

test('without a vendor type it means webhooks, a poller configuration beside it or not', async () => {
  const { id, ...rest } = await here.create(
    {},
    { 'event.notification.enabled': true, [key]: true, 'event.poller.configuration': { conversations: {} } },
  )
  expect(rest).toHaveProperty('webhookUrl')
  expect(Object.keys(await polled(id))).toEqual(['conversations'])
})

test('switched off and on again, it goes on from where it was', async () => {
  const { id } = await here.create({}, { ...events, [key]: true })
  await here.database.pool.query(`update polled_resource set watermark_ms = 1700000000000 where instance_id = $1`, [id])
  await patch(id, { [key]: false })
  expect([await polled(id), await pollNow(id)]).toEqual([{}, 409])
  await patch(id, { [key]: 'true' })
  expect(await polled(id)).toEqual({ conversations: 1_700_000_000_000 })
})

test('an instance that polled goes on from its watermark, with webhooks beside it', async () => {
  const { id } = await here.create({}, { ...events, 'event.vendor.type': 'polling' })
  await here.database.pool.query(`update polled_resource set watermark_ms = 1700000000000 where instance_id = $1`, [id])
  await patch(id, { 'event.vendor.type': 'webhooks', [key]: true })
  expect(await polled(id)).toEqual({ conversations: 1_700_000_000_000 })
})

test.each<[string, Record<string, unknown>, RegExp]>([
  ['no boolean', { [key]: 'sometimes' }, /"event\.poller\.reconcile": "sometimes" is neither true nor false/],
  ['polling alone', { 'event.vendor.type': 'polling', [key]: true }, /reconcile": is for instances with webhooks/],
  ['nothing to poll', { 'event.objects': 'calls', [key]: true }, /reconcile": has nothing to poll; name resources/],
  ['no resource', { 'event.poller.configuration': {}, [key]: true }, /configuration": names no resource/],
  ['a mistyped one', { 'event.poller.configuration': { nothing: {} }, [key]: true }, /nothing\.url: .*no resource/],
])('%s is refused, and changes nothing', async (_, configuration, expected) => {
  const { id } = await here.create({}, { ...events })
  const { status, body } = await patch(id, configuration)
  expect([status, body.message]).toEqual([400, expect.stringMatching(expected)])
  expect((body.message ?? '').split('\n')).toHaveLength(1)
  expect(await polled(id)).toEqual({})
})

test('an element without webhooks can’t have it', async () => {
  const icontact = { 'api.version': '2.2', AppID: 'a', 'api.username': 'u', 'api.password': 'p' }
  const configuration = { ...icontact, 'event.notification.enabled': true, [key]: true }
  const body = { element: { key: 'icontact' }, name: 'Mine', configuration }
  const answer = await here.api.call('POST', '/instances', { body })
  expect([answer.status, (answer.body as { message: string }).message]).toEqual([
    400,
    `configuration."${key}": iContact has no webhooks to poll beside; leave it out`,
  ])
})

test('it is among the fields of an element with webhooks, and of no other', async () => {
  const fieldsOf = async (element: string) => {
    const { body } = await here.api.call('GET', `/elements/${element}/configuration`)
    return (body as { key: string; type: string; defaultValue?: string }[]).filter(field => field.key === key)
  }
  expect(await fieldsOf('intercom')).toMatchObject([{ type: 'BOOLEAN', defaultValue: 'false' }])
  expect(await fieldsOf('icontact')).toEqual([])
})
