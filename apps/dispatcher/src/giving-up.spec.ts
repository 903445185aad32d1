import { testDatabase, type TestDatabase } from '#test'
import { startDispatcher, TestTargets, type TestDispatcher } from './testing/dispatcher.js'
import { anEvent } from './testing/events.js'
import { startReceiver, type Receiver } from './testing/receiver.js'
import { until } from './testing/until.js'

describe('a URL that does not take callbacks', () => {
  let db: TestDatabase
  let targets: TestTargets
  let dispatcher: TestDispatcher
  let receiver: Receiver

  beforeEach(async () => {
    db = await testDatabase()
    targets = new TestTargets()
    dispatcher = await startDispatcher(db.pool, targets)
    receiver = await startReceiver(() => ({ status: 500 }))
    targets.to(1, receiver.url)
  })
  afterEach(async () => {
    await dispatcher.stop()
    await receiver.close()
    await db.drop()
  })

  const waiting = async () => (await dispatcher.list.waiting(7)).items
  const subscription = async () => (await dispatcher.subscriptions.list(7, { instanceId: 1 }))[0]

  /** Lets the schedule's waits pass, so many times. */
  async function failAgain(times: number): Promise<void> {
    for (let passed = 0; passed < times; passed++) {
      const before = receiver.received.length
      await until(async () => {
        const { rowCount } = await db.pool.query(
          `update delivery set due_at = now() where state = 'due' and due_at > now() and attempts > 0`,
        )
        expect(rowCount).toBe(1)
      })
      await receiver.count(before + 1)
    }
  }

  test('six attempts are made, then the subscription is deactivated and what follows is queued', async () => {
    await dispatcher.take(anEvent())
    await failAgain(5)
    await until(async () => expect(await waiting()).toMatchObject([{ status: 'queued', attempts: 6 }]))
    expect(await subscription()).toMatchObject({ active: false, deactivatedReason: 'unreachable' })
    await dispatcher.take(anEvent())
    expect(await waiting()).toMatchObject([{ status: 'queued' }, { status: 'queued', attempts: 0 }])
    expect(receiver.received).toHaveLength(6)
  })

  test('when others got through meanwhile, the one that is refused is queued alone', async () => {
    const refused = anEvent()
    receiver.reply = ({ body }) => ({ status: body.includes(refused.id) ? 422 : 200 })
    await dispatcher.take(refused)
    await failAgain(4)
    await dispatcher.take(anEvent())
    await receiver.count(6)
    await failAgain(1)
    await until(async () => expect(await waiting()).toMatchObject([{ status: 'queued', attempts: 6 }]))
    expect(await subscription()).toMatchObject({ active: true })
    await dispatcher.take(anEvent())
    await receiver.count(8)
  })

  test('with the policy "queue" the first failure is the last', async () => {
    targets.policy = 'queue'
    await dispatcher.take(anEvent())
    await until(async () => expect(await waiting()).toMatchObject([{ status: 'queued', attempts: 1 }]))
    expect(await subscription()).toMatchObject({ active: false })
  })

  test('a URL without a success for as long as the schedule lasts is deactivated', async () => {
    await dispatcher.take(anEvent())
    await until(async () => expect(await waiting()).toMatchObject([{ attempts: 1 }]))
    await dispatcher.stop()
    await db.pool.query(`update lane set failing_since = now() - interval '11 h'`)
    dispatcher = await startDispatcher(db.pool, targets)
    await failAgain(1)
    await until(async () =>
      expect(await subscription()).toMatchObject({ active: false, deactivatedReason: 'unreachable' }),
    )
  })

  test('once it answers again, what waits is sent without waiting for the schedule', async () => {
    await dispatcher.take(...Array.from({ length: 5 }, () => anEvent()))
    await receiver.count(5)
    await until(async () => expect((await waiting()).every(({ attempts }) => attempts === 1)).toBe(true))
    await new Promise(resolve => setTimeout(resolve, 5_000))
    receiver.reply = () => ({ status: 200 })
    const back = performance.now()
    await dispatcher.take(anEvent())
    await receiver.count(11)
    expect(performance.now() - back).toBeLessThan(2_500)
    await until(async () => expect(await waiting()).toEqual([]))
  })

  test('its breaker opens, and while it is open no attempts are used up', async () => {
    await dispatcher.take(...Array.from({ length: 100 }, () => anEvent()))
    await until(() => expect([...dispatcher.lanes.all()][0]?.breaker.tripped).toBe(true))
    await until(() => expect(dispatcher.lanes.underWay).toBe(0))
    const made = receiver.received.length
    expect(made).toBeLessThan(100)
    await new Promise(resolve => setTimeout(resolve, 1_500))
    expect(receiver.received.length).toBe(made)
    const tried = (await waiting()).filter(({ attempts }) => attempts > 0)
    expect(tried).toHaveLength(made)
    await until(() => expect(receiver.received.length).toBe(made + 1))
  })
})
