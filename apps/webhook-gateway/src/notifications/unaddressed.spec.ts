import { Accounts, Instances } from '#instances'
import type { Instance, NewInstance } from '#instances'
import { base64, RunningGateway, signature } from '../testing/running-gateway.js'

let gateway: RunningGateway

beforeAll(async () => {
  gateway = await RunningGateway.start()
}, 60_000)

afterAll(() => gateway.close())

const key = 'event.vendor.signature.key'
const finder = 'event.notification.instance.finder'

function create(
  secret: string | null,
  configuration: Record<string, string> = {},
  change: Partial<NewInstance> = {},
): Promise<Instance> {
  return gateway.create(change, { ...(secret !== null && { [key]: secret }), ...configuration })
}

function of(workspace: string): Partial<NewInstance> {
  return { identity: { workspace, variables: {} } }
}

let count = 0
function notification(change: Record<string, unknown> = {}): string {
  const item = { type: 'conversation', id: '2154', created_at: 1768031789, updated_at: 1768033204 }
  return JSON.stringify({
    ...{ type: 'notification_event', id: `notif_${++count}`, topic: 'conversation.user.replied' },
    ...{ created_at: 1768033204, data: { item } },
    ...change,
  })
}

function post(text: string, headers: Record<string, string>, path = 'intercom') {
  return gateway.send('POST', path, headers, text)
}

/** Which instances got a notification; how many there are, its answer says. */
async function receivers(text: string, count: number): Promise<number[]> {
  const { id } = JSON.parse(text) as { id: string }
  const events = await gateway.eventsWhere(({ origin }) => origin === id, count)
  return events.map(({ instanceId }) => instanceId).sort((one, other) => one - other)
}

describe('by the header Element-Instances', () => {
  test('each instance that it names gets the notification, if it verifies by its own key', async () => {
    const [one, two, other] = [await create('a'), await create('a'), await create('b')]
    const text = notification()
    const names = `${one.id}, ${base64(two.id)},${other.id}, 999999`
    const answer = await post(text, { 'element-instances': names, ...signature('a', text) })
    expect(answer).toMatchObject({ status: 200, body: { events: 2 } })
    expect(await receivers(text, 2)).toEqual([one.id, two.id])
  })

  test('no signature or a wrong one is 401, unknown instances are 404, nonsense is 400', async () => {
    const { id } = await create('a')
    const text = notification()
    const named = { 'element-instances': String(id) }
    expect((await post(text, named)).status).toBe(401)
    expect((await post(text, { ...named, ...signature('b', text) })).status).toBe(401)
    expect((await post(text, { 'element-instances': '999999', ...signature('a', text) })).status).toBe(404)
    expect((await post(text, { ...named, ...signature('a', text) }, 'icontact')).status).toBe(404)
    expect((await post(text, { 'element-instances': 'x', ...signature('a', text) })).status).toBe(400)
    const many = Array.from({ length: 101 }, (_, n) => n).join()
    expect((await post(text, { 'element-instances': many, ...signature('a', text) })).status).toBe(400)
  })

  test('an instance with nothing to verify by never gets any', async () => {
    const open = await create(null)
    const text = notification()
    expect((await post(text, { 'element-instances': String(open.id), ...signature('', text) })).status).toBe(401)
  })

  test('a notification of another workspace isn’t given to it', async () => {
    const { id } = await create('a', {}, of('w-mine'))
    const text = notification({ app_id: 'w-other' })
    const answer = await post(text, { 'element-instances': String(id), ...signature('a', text) })
    expect(answer).toMatchObject({ status: 200, body: { status: 'ignored', message: 'foreign-workspace' } })
  })

  test('for a deleted instance it is 200 and dropped', async () => {
    const { id } = await create('a')
    await gateway.app.get(Instances).delete(id)
    const text = notification()
    const answer = await post(text, { 'element-instances': String(id), ...signature('a', text) })
    expect(answer).toMatchObject({ status: 200, body: { message: 'deleted-instance' } })
  })
})

describe('by event.notification.instance.finder', () => {
  const finding = (organization: string) => ({ organization, [finder]: 'organization|data.item.org' })

  function from(org: string): string {
    return notification({ data: { item: { type: 'conversation', id: '1', org } } })
  }

  test('all instances that fit and verify get it, of whichever account, and with or without a slash', async () => {
    const { accountId, companyId, userId } = await gateway.app.get(Accounts).create({})
    const mine = await create('app', finding('acme'))
    const theirs = await create('app', finding('acme'), { accountId, companyId, userId })
    await create('forged', finding('acme'))
    await create('app', finding('other'))
    await create(null, finding('acme'))
    for (const path of ['intercom', 'intercom/', 'intercom?x=1']) {
      const text = from('acme')
      expect(await post(text, signature('app', text), path)).toMatchObject({ status: 200, body: { events: 2 } })
      expect(await receivers(text, 2)).toEqual([mine.id, theirs.id])
    }
  })

  test('where some fit but none verifies it is 401, and where none fits 404', async () => {
    await create('app', finding('closed'))
    const text = from('closed')
    expect((await post(text, signature('guess', text))).status).toBe(401)
    expect((await post(text, {})).status).toBe(401)
    const unknown = from('nobody')
    expect((await post(unknown, signature('app', unknown))).status).toBe(404)
  })

  test('no more than a hundred different keys are tried, but everyone with the right one is reached', async () => {
    const crowd = finding('crowded')
    for (let n = 0; n < 100; n++) await create(`key-${n}`, crowd)
    const late = await create('late', crowd)
    const shared = await create('key-3', crowd)
    const text = from('crowded')
    expect(await post(text, signature('key-3', text))).toMatchObject({ status: 200, body: { events: 2 } })
    expect(await receivers(text, 2)).toContain(shared.id)
    const other = from('crowded')
    expect((await post(other, signature('late', other))).status).toBe(401)
    const account = await gateway.app.get(Accounts).create({})
    const { accountId, companyId, userId } = account
    const fair = await create('late', crowd, { accountId, companyId, userId })
    const again = from('crowded')
    expect(await post(again, signature('late', again))).toMatchObject({ status: 200, body: { events: 2 } })
    expect(await receivers(again, 2)).toEqual([late.id, fair.id])
  })
})

describe('by the workspace that the notification names', () => {
  test('that workspace’s instances get it, and no other’s', async () => {
    const { id } = await create('app', {}, of('w-1'))
    await create('app', {}, of('w-2'))
    const text = notification({ app_id: 'w-1' })
    expect(await post(text, signature('app', text))).toMatchObject({ status: 200, body: { events: 1 } })
    expect(await receivers(text, 1)).toEqual([id])
  })

  test('a signed ping is answered and becomes no event', async () => {
    await create('app', {}, of('w-ping'))
    const ping = notification({ topic: 'ping', app_id: 'w-ping', id: null })
    expect((await post(ping, signature('app', ping))).status).toBe(200)
    expect((await post(ping, signature('x', ping))).status).toBe(401)
  })

  test('a notification for deleted instances alone is 200 and dropped', async () => {
    const { id } = await create('app', {}, of('w-gone'))
    await gateway.app.get(Instances).delete(id)
    const text = notification({ app_id: 'w-gone' })
    expect(await post(text, signature('app', text))).toMatchObject({ status: 200, body: { status: 'ignored' } })
  })
})

test('probes of a known element are 200, and other elements’ 404', async () => {
  for (const method of ['HEAD', 'GET']) {
    expect((await gateway.send(method, 'intercom')).status).toBe(200)
    expect((await gateway.send(method, 'intercom/?challenge=1')).status).toBe(200)
    expect((await gateway.send(method, 'nothing')).status).toBe(404)
  }
  expect((await gateway.send('PUT', 'intercom')).status).toBe(405)
})

test('what can’t be read is refused before anything is looked up', async () => {
  expect((await post('{', signature('a', '{'))).status).toBe(400)
  expect((await post('', signature('a', ''))).status).toBe(400)
  expect((await post('{}', { 'content-type': 'text/plain' })).status).toBe(415)
  expect((await post(`"${'x'.repeat(1024 * 1024)}"`, {})).status).toBe(413)
})

test('a database that hangs is answered 503, in time', async () => {
  const instances = gateway.app.get(Instances)
  const byIds = instances.byIds.bind(instances)
  Object.assign(instances, { byIds: () => new Promise(() => {}) })
  const text = notification()
  expect((await post(text, { 'element-instances': '1', ...signature('a', text) })).status).toBe(503)
  Object.assign(instances, { byIds })
})

test('a mistyped URL’s parts aren’t logged', async () => {
  const secret = 'Aa0_-'.repeat(8)
  await gateway.send('POST', secret, {}, '{}')
  await gateway.send('POST', `intercom/${secret.slice(0, 12)}`, {}, '{}')
  expect(gateway.lines.join('')).not.toContain(secret.slice(0, 12))
})
