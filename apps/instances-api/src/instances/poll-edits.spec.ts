import { apiFixture } from '../testing/api-fixture.js'

const here = apiFixture()
const key = 'event.poller.refresh_interval'

/** An instance whose last poll was two minutes ago, at an interval of 15. */
async function polled(): Promise<number> {
  const { id } = await here.create(
    {},
    { 'event.notification.enabled': true, 'event.vendor.type': 'polling', [key]: '15' },
  )
  await here.database.pool.query(
    `update polled_resource set polled_at = now() - interval '2 min', next_due = now() + interval '13 min'
     where instance_id = $1`,
    [id],
  )
  await here.database.pool.query(
    `update polled_instance set due_at = now() + interval '13 min' where instance_id = $1`,
    [id],
  )
  return id
}

/** Minutes until the next poll. */
async function dueIn(id: number): Promise<number> {
  const sql =
    'select extract(epoch from due_at - now())::float8 / 60 as minutes from polled_instance where instance_id = $1'
  const { rows } = await here.database.pool.query<{ minutes: number }>(sql, [id])
  return Math.round(rows[0]!.minutes)
}

test('an interval that PATCH or PUT changes counts from the last poll at once', async () => {
  const id = await polled()
  const patched = await here.api.call('PATCH', `/instances/${id}`, { body: { configuration: { [key]: 5 } } })
  expect([patched.status, await dueIn(id)]).toEqual([200, 3])
  const { configuration, ...rest } = patched.body as { configuration: Record<string, string> }
  const body = { ...rest, configuration: { ...configuration, [key]: '60' } }
  const put = await here.api.call('PUT', `/instances/${id}`, { body })
  expect([put.status, await dueIn(id)]).toEqual([200, 58])
})

test.each(['0.5', 'abc', 0, -15, '525601', '0x10', '15 minutes'])(
  'an interval of %j is refused, and changes nothing',
  async given => {
    const id = await polled()
    const answer = await here.api.call('PATCH', `/instances/${id}`, { body: { configuration: { [key]: given } } })
    expect(answer.status).toBe(400)
    expect((answer.body as { message: string }).message).toContain(`configuration."${key}": "${given}" is `)
    expect(await dueIn(id)).toBe(13)
  },
)

test('what is wrong with what polling is told is told by place: a backfill to come, names that stand for nothing', async () => {
  const id = await polled()
  const configuration = {
    'event.poller.backfill': '2999-01-01T00:00:00Z',
    'event.poller.configuration': {
      '{objectName}': { url: '/hubs/x/{objectName}' },
      contacts: { url: '/hubs/x/contacts', pollDelay: '1e300', mode: 'guess' },
    },
  }
  const { status, body } = await here.api.call('PATCH', `/instances/${id}`, { body: { configuration } })
  const place = 'configuration."event.poller.configuration"'
  const places = (body as { message: string }).message.split('\n').map(line => line.replace(/: (?:"|stands).*/, ''))
  expect([status, places.sort()]).toEqual([
    400,
    [
      'configuration."event.poller.backfill"',
      `${place}.contacts.mode`,
      `${place}.contacts.pollDelay`,
      `${place}.{objectName}`,
    ].sort(),
  ])
})
