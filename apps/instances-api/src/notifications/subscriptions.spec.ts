import type { InstanceBody } from '../instances/instance.dto.js'
import { apiFixture, callingBack } from '../testing/api-fixture.js'
import type { SubscriptionBody } from './notification.dto.js'

const path = '/notifications/subscriptions'
const callbackUrl = 'event.notification.callback.url'
const url = callingBack[callbackUrl]

const here = apiFixture()
let instance: InstanceBody
let topic: string

beforeEach(async () => {
  instance = await here.create({}, callingBack)
  topic = `instance-${instance.id}-intercom-events`
})

const subscribe = (to: string, authorization?: string) =>
  here.api.call('POST', path, {
    body: { channel: 'webhook', topics: [topic], config: { url: to } },
    ...(authorization !== undefined && { authorization }),
  })
const listed = async (query = '') =>
  (await here.api.call('GET', `${path}?instanceId=${instance.id}${query}`)).body as SubscriptionBody[]
const configuredUrl = async () =>
  ((await here.api.call('GET', `/instances/${instance.id}`)).body as InstanceBody).configuration?.[callbackUrl]

test('an instance gets a further callback URL, which is listed, read and ended by its id', async () => {
  const { status, body } = await subscribe(' https://other.example/events ')
  const added = body as SubscriptionBody
  expect([status, added]).toMatchObject([
    200,
    { channel: 'webhook', topics: [topic], config: { url: 'https://other.example/events' }, active: true },
  ])
  expect(added).toMatchObject({ configured: false, instanceId: instance.id, deactivatedReason: null })
  expect((await listed()).map(({ config }) => config.url)).toEqual([url, 'https://other.example/events'])
  expect((await here.api.call('GET', `${path}/${added.id}`)).body).toEqual(added)
  for (const method of ['GET', 'DELETE']) {
    expect((await here.api.call(method, `${path}/${added.id}`, { authorization: here.stranger })).status).toBe(404)
  }
  expect((await here.api.call('DELETE', `${path}/${added.id}`)).status).toBe(200)
  expect((await listed()).map(({ config }) => config.url)).toEqual([url])
  expect((await here.api.call('GET', `${path}/${added.id}`)).body).toMatchObject({
    ...{ active: false, deactivatedReason: 'removed' },
  })
  expect((await here.api.call('DELETE', `${path}/${added.id}`)).status).toBe(404)
  expect((await here.api.call('GET', `${path}/abc`)).status).toBe(404)
  expect(await configuredUrl()).toBe(url)
})

test('the same URL again is the same subscription, the configured one too', async () => {
  const [configured] = await listed()
  expect((await subscribe(url)).body).toEqual(configured)
  const first = await subscribe('https://other.example/')
  expect((await subscribe('https://other.example/')).body).toEqual(first.body)
  expect(await listed()).toHaveLength(2)
})

test('what is both configured and added stays when the configuration names another URL, and goes when deleted', async () => {
  const { body } = await subscribe(url)
  const { id } = body as SubscriptionBody
  const change = (to: string) =>
    here.api.call('PATCH', `/instances/${instance.id}`, { body: { configuration: { [callbackUrl]: to } } })
  await change('https://new.example/')
  expect(await listed()).toMatchObject([
    { id, configured: false, active: true },
    { configured: true, config: { url: 'https://new.example/' } },
  ])
  await change(url)
  expect(await listed()).toMatchObject([{ id, configured: true }])
  await here.api.call('DELETE', `${path}/${id}`)
  expect([await listed(), await configuredUrl()]).toEqual([[], null])
})

test('every fault is told at once, and nothing is made', async () => {
  const refusal = async (body: unknown) => {
    const answer = await here.api.call('POST', path, { body })
    return [answer.status, ...(answer.body as { message: string }).message.split('\n')]
  }
  const missing = [
    400,
    expect.stringContaining('channel: is missing; write "webhook"'),
    expect.stringContaining('topics: is missing'),
    expect.stringContaining('config.url: is missing'),
  ]
  expect(await refusal({})).toEqual(missing)
  expect(await refusal({ config: { url: null } })).toMatchObject([400, {}, {}, expect.stringContaining('null')])
  expect(await refusal({ channel: 'sms', topics: ['contacts'], config: { url: 'http://169.254.169.254/' } })).toEqual([
    400,
    expect.stringContaining('channel: "sms" is not to be had here'),
    expect.stringContaining('topics.0: "contacts" is no topic'),
    expect.stringContaining('config.url: "http://169.254.169.254/" can\'t be called'),
  ])
  expect(await refusal({ channel: 'webhook', topics: [topic, topic], config: { url: 'x\u0000' } })).toEqual([
    400,
    expect.stringContaining('topics: has 2 topics'),
    expect.stringContaining('config.url: '),
  ])
  expect(
    await refusal({ channel: 'webhook', topics: [`instance-${instance.id}-icontact-events`], config: { url } }),
  ).toEqual([400, expect.stringContaining(`write "${topic}"`)])
  expect((await refusal([]))[0]).toBe(400)
  expect((await here.api.call('POST', path)).status).toBe(400)
  expect(await listed()).toHaveLength(1)
})

test('another account’s instance is like one that is not there', async () => {
  const foreign = await subscribe('https://other.example/', here.stranger)
  const nobodys = await here.api.call('POST', path, {
    body: { channel: 'webhook', topics: ['instance-999999-intercom-events'], config: { url } },
  })
  const message = (text: string) =>
    expect.stringContaining(`${text}" is the topic of no instance of this account`) as unknown
  expect([foreign.status, foreign.body]).toMatchObject([400, { message: message(topic) }])
  expect([nobodys.status, nobodys.body]).toMatchObject([400, { message: message('instance-999999-intercom-events') }])
  expect(await listed()).toHaveLength(1)
})

test('twenty are the most, and however many ask at once, no more are made', async () => {
  const answers = await Promise.all(Array.from({ length: 25 }, (_, n) => subscribe(`https://r${n}.example/`)))
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(19)
  expect(answers.find(({ status }) => status === 409)?.body).toMatchObject({
    message: expect.stringContaining('has 20 subscriptions, which is the most') as unknown,
  })
  expect(await listed()).toHaveLength(20)
})

test('they are listed page by page, by topic, and by whether they are active', async () => {
  await subscribe('https://a.example/')
  const last = (await subscribe('https://b.example/')).body as SubscriptionBody
  const seen: number[] = []
  for (let token = '', more = true; more;) {
    const page = await here.api.call('GET', `${path}?topic=${topic}&pageSize=2${token}`)
    expect(page.headers.get('elements-returned-count')).toBe(String((page.body as []).length))
    seen.push(...(page.body as SubscriptionBody[]).map(({ id }) => id))
    const next = page.headers.get('elements-next-page-token')
    more = next !== null
    token = `&nextPage=${next}`
  }
  expect(seen).toEqual((await listed()).map(({ id }) => id))
  expect(seen).toHaveLength(3)
  await here.database.pool.query('update subscription set active = false where id = $1', [last.id])
  expect((await listed('&active=false')).map(({ id }) => id)).toEqual([last.id])
  const refused = await here.api.call('GET', `${path}?topic=contacts&instanceId=x&active=maybe&pageSize=0&nextPage=!`)
  expect([refused.status, (refused.body as { message: string }).message.split('\n').length]).toEqual([400, 5])
})

test('those of a deleted instance are not listed any more', async () => {
  const { body } = await subscribe('https://other.example/')
  await here.api.call('DELETE', `/instances/${instance.id}`)
  expect(await listed()).toEqual([])
  expect((await here.api.call('GET', `${path}/${(body as SubscriptionBody).id}`)).status).toBe(200)
})
