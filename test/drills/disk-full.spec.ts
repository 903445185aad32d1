import { setTimeout as pause } from 'node:timers/promises'
import { arrived, leftovers, repeatsIn } from './support/arrival.js'
import { connectPolling, connectWebhooks } from './support/connect.js'
import { Load } from './support/load.js'
import { Scene } from './support/scene.js'
import { thorough } from './support/seed.js'
import { PostgresOnSmallDisk, whyNoSmallDisk } from './support/small-disk.js'
import { until } from './support/until.js'

const why = whyNoSmallDisk()
const fullMs = thorough ? 40_000 : 10_000

const describeDisk = why === null ? describe : describe.skip

describeDisk(`PostgreSQL's disk is full${why === null ? '' : ` (skipped: ${why})`}`, () => {
  let postgres: PostgresOnSmallDisk | undefined
  let scene: Scene | undefined
  let load: Load | undefined

  beforeAll(async () => {
    postgres = await PostgresOnSmallDisk.start()
    scene = await Scene.start({ postgres })
  }, 180_000)

  afterAll(async () => {
    load?.close()
    await postgres?.free()
    await scene?.stop()
  }, 60_000)

  test('what is not durable is not answered 200, and all goes on by itself once there is room', async () => {
    const running = scene!
    const webhooks = await connectWebhooks(running)
    const polling = await connectPolling(running)
    load = new Load(running, {
      webhooks: { to: webhooks, perSecond: 30, bytes: 20_000 },
      conversations: { polledBy: polling, perSecond: 5 },
    })
    load.start()
    await pause(2_000)
    await postgres!.fill()
    await pause(fullMs)
    const refused = Object.fromEntries(load.refused)
    const accepted = load.accepted.length
    await postgres!.free()
    await until(60_000, () => expect(load!.accepted.length).toBeGreaterThan(accepted + 30))
    await load.stop()

    console.log(`full for ${fullMs / 1_000} s: ${accepted} webhooks accepted, refused ${JSON.stringify(refused)}`)
    expect(refused[503]).toBeGreaterThan(10)
    await until(60_000, async () => expect(await running.notReady()).toEqual([]))
    const ids = load.accepted.map(({ objectId }) => objectId)
    await arrived(webhooks.mailbox, ids, 90_000)
    await arrived(polling.mailbox, load.conversations, 90_000)
    await until(30_000, async () => expect(await leftovers(running)).toEqual({}))
    for (const { mailbox } of [webhooks, polling]) expect(repeatsIn(mailbox).faults).toEqual([])
  }, 300_000)
})
