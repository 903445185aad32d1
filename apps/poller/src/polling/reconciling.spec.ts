import { changesTold, ToldChanges, type Instance } from '#instances'
import { Connector } from '#connectors'
import { intercom } from '../../../../libs/connectors/src/definitions/intercom/index.js'
import type { Workspace } from '../../../simulator/src/intercom/workspace.js'
import { PolledSimulator } from './testing/polled-simulator.js'

let polled: PolledSimulator
let workspace: Workspace

beforeAll(async () => {
  polled = await PolledSimulator.open()
})

afterAll(() => polled.close())

beforeEach(async () => {
  await polled.simulator.intercom.reset()
  polled.simulator.clock.reset()
  workspace = polled.simulator.intercom.workspace()
})

const beside = { 'event.vendor.type': 'webhooks', 'event.poller.reconcile': 'true' }

function later(ms = 180_000): void {
  polled.simulator.clock.advance(ms)
}

/** As when a webhook's event of an object has been stored. */
async function toldByWebhook(
  instance: Instance,
  object: { id: string; type?: string; updated_at?: unknown },
  eventType: 'CREATED' | 'UPDATED' | 'DELETED' = 'UPDATED',
): Promise<void> {
  const objectType = object.type ?? 'conversations'
  const date = Number(object.updated_at ?? polled.simulator.clock.seconds()) * 1_000
  const telling = { instanceId: instance.id, objectType, objectId: object.id, eventType, date, raw: '{}' }
  const changes = changesTold({ ...telling, source: 'webhook' }, new Connector(intercom))
  const remembered = changes.map(change => ({ ...change, key: 'k', appendedAt: Date.now() }))
  await new ToldChanges(polled.pool).remember(remembered, '2026-11-21')
}

test('what has just changed is left to its webhook for two minutes, and missed by no later poll', async () => {
  const instance = await polled.polling('intercom', { conversations: {} }, beside)
  await polled.poll(instance)
  later()
  const { conversations } = workspace
  const old = conversations.userCreated().id
  later()
  const young = conversations.userCreated().id
  const goner = conversations.userCreated().id
  conversations.delete(goner)
  later(60_000)
  expect(await polled.poll(instance)).toMatchObject({ told: [`conversations ${old} CREATED`], wrong: [] })
  later(61_000)
  expect((await polled.poll(instance)).told).toEqual(
    [`conversations ${young} CREATED`, `conversations ${goner} DELETED`].sort(),
  )
  expect((await polled.poll(instance)).told).toEqual([])
}, 30_000)

test('what a webhook told is not published, and is asked about once', async () => {
  const instance = await polled.polling('intercom', { conversations: {} }, beside)
  await polled.poll(instance)
  later()
  const [came, lost] = [workspace.conversations.userCreated(), workspace.conversations.userCreated()]
  later()
  await toldByWebhook(instance, { id: came.id, updated_at: came['updated_at'] }, 'CREATED')
  expect((await polled.poll(instance)).told).toEqual([`conversations ${lost.id} CREATED`])
  await polled.pool.query('delete from told_change')
  expect((await polled.poll(instance)).told).toEqual([])
}, 30_000)

test('a change after the creation that a webhook told is an update', async () => {
  const instance = await polled.polling('intercom', { conversations: {} }, beside)
  await polled.poll(instance)
  later()
  const came = workspace.conversations.userCreated()
  await toldByWebhook(instance, { id: came.id, updated_at: came['updated_at'] }, 'CREATED')
  later(5_000)
  workspace.conversations.adminReplied(came.id)
  later()
  expect((await polled.poll(instance)).told).toEqual([`conversations ${came.id} UPDATED`])
}, 30_000)

test('resources are matched by what they are, whatever they are called, and users are contacts', async () => {
  const resources = { chats: { url: '/hubs/marketing/conversations' }, users: {} }
  const instance = await polled.polling('intercom', resources, beside)
  await polled.poll(instance)
  later()
  const [chat, user] = [workspace.conversations.userCreated(), workspace.contacts.create()]
  const lost = workspace.contacts.create()
  await toldByWebhook(instance, { id: chat.id, updated_at: chat['updated_at'] })
  await toldByWebhook(instance, { id: user.id, type: 'contacts', updated_at: user['updated_at'] })
  later()
  expect((await polled.poll(instance)).told).toEqual([`users ${lost.id} CREATED`])
}, 30_000)

test('a snapshot tells of what has no webhooks, and once of what has', async () => {
  const resources = { tags: {}, articles: { mode: 'snapshot' } }
  const instance = await polled.polling('intercom', resources, beside)
  const { articles, catalogue } = workspace
  const gone = articles.create()
  await polled.poll(instance)
  later()
  const tag = catalogue.addTag('new').id
  const [came, lost] = [articles.create(), articles.create()]
  await toldByWebhook(instance, { id: came.id, type: 'articles', updated_at: came['updated_at'] })
  articles.delete(gone.id)
  await toldByWebhook(instance, { id: gone.id, type: 'articles' }, 'DELETED')
  expect((await polled.poll(instance)).told).toEqual([`articles ${lost.id} CREATED`, `tags ${tag} CREATED`])
}, 30_000)

test('without the switch, an instance with webhooks and a poller configuration isn’t polled', async () => {
  const instance = await polled.polling('intercom', { conversations: {} }, { 'event.vendor.type': 'webhooks' })
  expect(await polled.schedule.pollNow(instance.id)).toBeNull()
})
