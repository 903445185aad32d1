import { EventStore, Subscriptions } from '#deliveries'
import { Accounts, Instances, type NewAccount } from '#instances'
import { processFixture } from '../testing/process-fixture.js'
import type { Receiver } from '../testing/receiver.js'
import { until } from '../testing/until.js'

const here = processFixture()
let account: NewAccount
let other: Receiver

beforeAll(async () => {
  account = await here.app.get(Accounts).create()
})
beforeEach(async () => {
  other = await here.another()
})

/** An instance whose directions the dispatcher knows, since it has had an event. */
async function known(configuration: Record<string, string> = {}): Promise<number> {
  const id = await here.instance(account, here.receiver.url, configuration)
  for (const count of [1, 2]) {
    await here.publish(account, id)
    await here.receiver.count(count)
  }
  return id
}

const configured = (id: number, configuration: Record<string, string>) =>
  here.app.get(Instances).update(id, current => ({ configuration: { ...current.configuration, ...configuration } }))

/** Resolves when all events of an instance are stored, with the states of its deliveries that wait. */
async function stored(id: number, events: number): Promise<string[]> {
  const { pool } = here.db
  await until(async () =>
    expect((await pool.query('select from event where instance_id = $1', [id])).rowCount).toBe(events),
  )
  const { rows } = await pool.query<{ state: string }>('select state from delivery where instance_id = $1', [id])
  return rows.map(({ state }) => state)
}

test('the directions of an instance that stays as it is are read once', async () => {
  const id = await known()
  const routes = jest.spyOn(here.app.get(EventStore), 'routes')
  await here.publish(account, id)
  await here.receiver.count(3)
  expect(routes).not.toHaveBeenCalled()
  routes.mockRestore()
})

test.each(['none', 'object'])('a URL that was changed gets the next event (ordering: %s)', async ordering => {
  const id = await known({ 'event.notification.ordering': ordering })
  await configured(id, { 'event.notification.callback.url': other.url })
  await here.publish(account, id)
  await other.count(1)
  expect(here.receiver.received).toHaveLength(2)
})

test('an instance that was disabled keeps its next event, and sends none', async () => {
  const id = await known()
  await here.app.get(Instances).update(id, { disabled: true })
  await here.publish(account, id)
  expect(await stored(id, 3)).toEqual([])
  expect(here.receiver.received).toHaveLength(2)
})

test('a URL that was added gets the next event beside the first', async () => {
  const id = await known()
  const { accountId } = account
  const wanted = { accountId, instanceId: id, elementKey: 'intercom', url: other.url, ratePerSecond: null }
  expect(await here.app.get(Subscriptions).add(wanted)).toMatchObject({ kind: 'added' })
  await here.publish(account, id)
  await Promise.all([here.receiver.count(3), other.count(1)])
})

test('a subscription that was deactivated keeps what comes next, until it is active again', async () => {
  const id = await known()
  const subscriptions = here.app.get(Subscriptions)
  const [subscription] = await subscriptions.list(account.accountId, { instanceId: id })
  await subscriptions.deactivate({ subscriptionIds: [subscription!.id] }, 'unreachable')
  await here.publish(account, id)
  expect(await stored(id, 3)).toEqual(['queued'])
  expect(here.receiver.received).toHaveLength(2)
  await subscriptions.reactivate(account.accountId, { instanceId: id })
  await here.receiver.count(3)
})
