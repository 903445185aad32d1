import { dispatcherFixture } from './testing/dispatcher-fixture.js'
import { anEvent } from './testing/events.js'
import { until } from './testing/until.js'

describe('a URL that does not take callbacks', () => {
  const here = dispatcherFixture('test')

  beforeEach(async () => {
    here.receiver.reply = () => ({ status: 500 })
    here.targets.to(1, here.receiver.url)
    await here.start()
  })

  const waiting = async () => (await here.dispatcher.list.waiting(7)).items
  const subscription = async () => (await here.dispatcher.subscriptions.list(7, { instanceId: 1 }))[0]

  /** Lets the schedule's waits pass, so many times. */
  async function failAgain(times: number): Promise<void> {
    for (let passed = 0; passed < times; passed++) {
      const before = here.receiver.received.length
      await until(async () => {
        const { rowCount } = await here.db.pool.query(
          `update delivery set due_at = now() where state = 'due' and due_at > now() and attempts > 0`,
        )
        expect(rowCount).toBe(1)
      })
      await here.receiver.count(before + 1)
    }
  }

  test('six attempts are made, then the subscription is deactivated and what follows is queued', async () => {
    await here.dispatcher.take(anEvent())
    await failAgain(5)
    await until(async () => expect(await waiting()).toMatchObject([{ status: 'queued', attempts: 6 }]))
    expect(await subscription()).toMatchObject({ active: false, deactivatedReason: 'unreachable' })
    await here.dispatcher.take(anEvent())
    expect(await waiting()).toMatchObject([{ status: 'queued' }, { status: 'queued', attempts: 0 }])
    expect(here.receiver.received).toHaveLength(6)
  })

  test('when others got through meanwhile, the one that is refused is queued alone', async () => {
    const refused = anEvent()
    here.receiver.reply = ({ body }) => ({ status: body.includes(refused.id) ? 422 : 200 })
    await here.dispatcher.take(refused)
    await failAgain(4)
    await here.dispatcher.take(anEvent())
    await here.receiver.count(6)
    await failAgain(1)
    await until(async () => expect(await waiting()).toMatchObject([{ status: 'queued', attempts: 6 }]))
    expect(await subscription()).toMatchObject({ active: true })
    await here.dispatcher.take(anEvent())
    await here.receiver.count(8)
  })

  test('with the policy "queue" the first failure is the last', async () => {
    here.targets.policy = 'queue'
    await here.dispatcher.take(anEvent())
    await until(async () => expect(await waiting()).toMatchObject([{ status: 'queued', attempts: 1 }]))
    expect(await subscription()).toMatchObject({ active: false })
  })

  /** One has failed; then all dispatchers stop, and the lane is left like this. */
  async function stopWith(lane: string): Promise<void> {
    await here.dispatcher.take(anEvent())
    await until(async () => expect(await waiting()).toMatchObject([{ attempts: 1 }]))
    await here.stop(here.dispatcher)
    await here.db.pool.query(`update lane set ${lane}`)
    await here.start()
    await failAgain(1)
  }

  test('a URL without a success for as long as the schedule lasts is deactivated', async () => {
    await stopWith(`failing_since = now() - interval '11 h', failures = 12, open_until = now()`)
    await until(async () =>
      expect(await subscription()).toMatchObject({ active: false, deactivatedReason: 'unreachable' }),
    )
  })

  test.each([
    ['its breaker open', `failures = 12, open_until = now() - interval '10 d'`],
    ['its breaker closed', `failures = 3`],
  ])('time in which no dispatcher ran is not held against a URL that had just begun to fail, %s', async (_, left) => {
    await stopWith(`failing_since = now() - interval '10 d 1 min', ${left}`)
    await until(async () => expect(await waiting()).toMatchObject([{ status: 'retry', attempts: 2 }]))
    expect(await subscription()).toMatchObject({ active: true })
  })

  test('once it answers again, what waits is sent without waiting for the schedule', async () => {
    await here.dispatcher.take(...Array.from({ length: 5 }, () => anEvent()))
    await here.receiver.count(5)
    await until(async () => expect((await waiting()).every(({ attempts }) => attempts === 1)).toBe(true))
    await new Promise(resolve => setTimeout(resolve, 5_000))
    here.receiver.reply = () => ({ status: 200 })
    const back = performance.now()
    await here.dispatcher.take(anEvent())
    await here.receiver.count(11)
    expect(performance.now() - back).toBeLessThan(2_500)
    await until(async () => expect(await waiting()).toEqual([]))
  })

  test('its breaker opens, and while it is open no attempts are used up', async () => {
    await here.dispatcher.take(...Array.from({ length: 100 }, () => anEvent()))
    await until(() => expect([...here.dispatcher.lanes.all()][0]?.breaker.tripped).toBe(true))
    await until(() => expect(here.dispatcher.lanes.underWay).toBe(0))
    const made = here.receiver.received.length
    expect(made).toBeLessThan(100)
    await new Promise(resolve => setTimeout(resolve, 1_500))
    expect(here.receiver.received.length).toBe(made)
    const tried = (await waiting()).filter(({ attempts }) => attempts > 0)
    expect(tried).toHaveLength(made)
    await until(() => expect(here.receiver.received.length).toBe(made + 1))
  })
})
