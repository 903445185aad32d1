import { setTimeout as pause } from 'node:timers/promises'
import { arrived, leftovers, repeatsIn } from './support/arrival.js'
import { connectWebhooks, type Connected } from './support/connect.js'
import { whyNotKafka } from './support/engines.js'
import { Load } from './support/load.js'
import { Scene } from './support/scene.js'
import { until } from './support/until.js'

/** Intercom waits 5 s; a publish has 1 s, and the spool takes another moment. */
const answerMs = 2_000
const awayMs = 6_000

const describeKafka = whyNotKafka === null ? describe : describe.skip

describeKafka(`the broker is away${whyNotKafka === null ? '' : ` (skipped: ${whyNotKafka})`}`, () => {
  let scene: Scene
  let webhooks: Connected
  const loads: Load[] = []

  beforeAll(async () => {
    scene = await Scene.start({ engine: 'kafka' })
    webhooks = await connectWebhooks(scene)
  }, 180_000)

  afterAll(async () => {
    // A frozen broker can't be stopped.
    scene?.broker?.signal('SIGCONT')
    for (const load of loads) load.close()
    await scene?.stop()
  }, 60_000)

  /** Sends webhooks before, while and after the broker is away; all have to be answered 200 in time, and to arrive. */
  async function goesOn(name: string, leave: () => void, comeBack: () => Promise<void> | void): Promise<void> {
    const load = new Load(scene, { webhooks: { to: webhooks, perSecond: 30 } }, name)
    loads.push(load)
    load.start()
    await pause(1_000)
    leave()
    await pause(awayMs)
    const spooled = await countSpooled()
    await comeBack()
    await pause(1_000)
    await load.stop()

    const slowest = Math.max(...load.accepted.map(({ tookMs }) => tookMs))
    console.log(
      `${name}: ${load.accepted.length} webhooks accepted, the slowest in ${slowest} ms, ${spooled} in the spool`,
    )
    expect(Object.fromEntries(load.refused)).toEqual({})
    expect(slowest).toBeLessThan(answerMs)
    expect(spooled).toBeGreaterThan(30)
    const ids = load.accepted.map(({ objectId }) => objectId)
    await arrived(webhooks.mailbox, ids, 60_000)
    await until(30_000, async () => expect(await leftovers(scene)).toEqual({}))
    await until(30_000, async () => expect(await scene.notReady()).toEqual([]))
    expect(repeatsIn(webhooks.mailbox).faults).toEqual([])
  }

  async function countSpooled(): Promise<number> {
    const { rows } = await scene.pool.query<{ count: number }>('select count(*)::int from webhook_spool')
    return rows[0]!.count
  }

  test('frozen: webhooks are answered 200 within 2 s, and delivered once it goes on', async () => {
    const { broker } = scene
    await goesOn(
      'frozen',
      () => broker!.signal('SIGSTOP'),
      () => broker!.signal('SIGCONT'),
    )
  }, 180_000)

  test('killed: webhooks are answered 200 within 2 s, and delivered once it is started again', async () => {
    const { broker } = scene
    await goesOn(
      'killed',
      () => broker!.signal('SIGKILL'),
      () => broker!.start(),
    )
  }, 180_000)
})
