import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { startEmbeddedPostgres } from '#database'
import { arrived, leftovers, repeatsIn } from './support/arrival.js'
import { connectPolling, connectWebhooks } from './support/connect.js'
import { Load } from './support/load.js'
import { Scene } from './support/scene.js'
import { thorough } from './support/seed.js'
import { SilentNetwork } from './support/silent-network.js'
import { until } from './support/until.js'

/** Kubernetes kills after 30 s. */
const endsWithinMs = 27_000

let folder: string
let network: SilentNetwork
let scene: Scene
const loads: Load[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-drill-'))
  const postgres = await startEmbeddedPostgres({ dataDir: folder })
  network = await SilentNetwork.to(postgres.url)
  scene = await Scene.start({
    postgres: { url: network.url(postgres.url), stop: () => postgres.stop() },
    env: { DATABASE_ANSWER_SECONDS: '5' },
  })
}, 180_000)

afterAll(async () => {
  network?.thaw()
  for (const load of loads) load.close()
  await scene?.stop()
  network?.close()
  if (folder) await rm(folder, { recursive: true, force: true, maxRetries: 5 })
}, 120_000)

test('connections that die without a word are given up, and all goes on over new ones', async () => {
  const webhooks = await connectWebhooks(scene)
  const polling = await connectPolling(scene)
  const load = new Load(scene, {
    webhooks: { to: webhooks, perSecond: 30 },
    conversations: { polledBy: polling, perSecond: 5 },
  })
  loads.push(load)
  load.start()
  await pause(2_000)
  network.loseConnections()
  await pause(2_000)
  await load.stop()
  const ids = load.accepted.map(({ objectId }) => objectId)
  await arrived(webhooks.mailbox, ids, 60_000)
  // A poller that could save nothing has left its lease behind.
  if (!thorough) await scene.pool.query('update polled_instance set due_at = now()')
  await arrived(polling.mailbox, load.conversations, 60_000)
  await until(60_000, async () => expect(await scene.notReady()).toEqual([]))
  await until(30_000, async () => expect(await leftovers(scene)).toEqual({}))
  for (const { mailbox } of [webhooks, polling]) expect(repeatsIn(mailbox).faults).toEqual([])
}, 240_000)

test('processes that are told to end while PostgreSQL is silent end in time', async () => {
  const webhooks = await connectWebhooks(scene, 'ending')
  const load = new Load(scene, { webhooks: { to: webhooks, perSecond: 30 } }, 'ending')
  loads.push(load)
  load.start()
  await pause(2_000)
  network.freeze()
  await pause(1_000)
  const ends = await Promise.all(
    scene.system.all().map(async process => {
      const began = Date.now()
      const code = await process.stop()
      return { role: process.role, code, tookMs: Date.now() - began }
    }),
  )
  await load.stop()
  console.log(ends.map(({ role, tookMs }) => `${role} ended after ${tookMs} ms`).join('\n'))
  expect(ends.filter(({ code, tookMs }) => code !== 0 || tookMs > endsWithinMs)).toEqual([])
}, 120_000)
