import { setTimeout as pause } from 'node:timers/promises'
import type { AppProcess } from '#test'
import type { Mode } from '../../apps/simulator/src/receiver/mailbox.js'
import { arrived, leftovers, repeatsIn } from './support/arrival.js'
import { connectIContact, connectPolling, connectWebhooks, type Connected } from './support/connect.js'
import { engines, whyNotKafka, type Engine } from './support/engines.js'
import { Load } from './support/load.js'
import { Scene } from './support/scene.js'
import { drillSeconds, randomFrom, seed, shuffled } from './support/seed.js'
import { until } from './support/until.js'

const receiver = { failing: 0.2, slow: 0.1, slowMs: 1_000 }
/** Longer than what a lane calls an outage: when it is over, what waits for a retry is due at once. */
const outageMs = 7_000

if (whyNotKafka !== null) test.skip(`with the log in kafka: ${whyNotKafka}`, () => undefined)

describe.each(engines)('with the log in %s', engine => {
  let scene: Scene | undefined
  let load: Load | undefined

  beforeAll(async () => {
    scene = await Scene.start({ engine, twice: ['webhook-gateway', 'poller', 'dispatcher'] })
  }, 180_000)

  afterAll(async () => {
    load?.close()
    await scene?.stop()
  }, 60_000)

  const title = `each part is killed under load, again and again, and nothing accepted is lost (DRILL_SEED=${seed})`
  const kill = async () => {
    const running = scene!
    const random = randomFrom(seed)
    const connected = {
      webhooks: await connectWebhooks(running),
      polling: await connectPolling(running),
      icontact: await connectIContact(running),
    }
    const all = Object.values(connected)
    for (const { mailbox } of all) mailbox.answer(() => someTrouble(random))
    load = new Load(running, {
      webhooks: { to: connected.webhooks, perSecond: 40 },
      conversations: { polledBy: connected.polling, perSecond: 8 },
      contacts: { polledBy: connected.icontact, perSecond: 3 },
    })
    load.start()
    const kills = await killAtRandom(running, engine, random)

    for (const { mailbox } of all) mailbox.answer({ kind: 'fail', status: 503 })
    await pause(outageMs)
    for (const { mailbox } of all) mailbox.answer({ kind: 'ok' })
    await load.stop()

    await until(60_000, async () => expect(await running.notReady()).toEqual([]))
    await arrived(
      connected.webhooks.mailbox,
      load.accepted.map(({ objectId }) => objectId),
      120_000,
    )
    await arrived(connected.polling.mailbox, load.conversations, 120_000)
    await arrived(connected.icontact.mailbox, load.contacts, 120_000)
    await until(30_000, async () => expect(await leftovers(running)).toEqual({}))

    report(engine, kills, load, all)
    for (const { mailbox } of all) expect(repeatsIn(mailbox).faults).toEqual([])
    expect(load.accepted.length).toBeGreaterThan(5 * drillSeconds)
  }
  test(title, kill, 400_000 + drillSeconds * 2_000)
})

/** What is killed, by name; resolves when it has been started again. */
type Victim = readonly [name: string, kill: () => Promise<void>]

/** Each victim once, then any of them until the time is over. */
async function killAtRandom(scene: Scene, engine: Engine, random: () => number): Promise<string[]> {
  const victims = victimsIn(scene, engine, random)
  const queue = shuffled(victims, random)
  const killed: string[] = []
  const end = Date.now() + drillSeconds * 1_000
  while (queue.length > 0 || Date.now() < end) {
    const [name, kill] = queue.shift() ?? victims[Math.floor(random() * victims.length)]!
    await pause(300 + random() * 1_200)
    await kill()
    killed.push(name)
  }
  return killed
}

function victimsIn(scene: Scene, engine: Engine, random: () => number): Victim[] {
  const app = (process: AppProcess): Victim => [
    process.role,
    async () => {
      await process.kill('SIGKILL')
      await pause(random() * 1_500)
      await process.start()
    },
  ]
  const kafka: Victim = [
    'kafka',
    async () => {
      scene.broker!.signal('SIGKILL')
      await pause(500 + random() * 1_500)
      await scene.broker!.start()
    },
  ]
  const postgres: Victim = ['postgres', async () => scene.killPostgres()]
  return [...scene.system.all().map(app), postgres, ...(engine === 'kafka' ? [kafka] : [])]
}

function someTrouble(random: () => number): Mode {
  const dice = random()
  if (dice < receiver.failing) return { kind: 'fail', status: 500 + Math.floor(random() * 5) }
  return dice < receiver.failing + receiver.slow ? { kind: 'delay', ms: receiver.slowMs } : { kind: 'ok' }
}

function report(engine: Engine, kills: readonly string[], load: Load, all: readonly Connected[]): void {
  const refused = [...load.refused].map(([status, times]) => `${times} × ${status || 'no answer'}`).join(', ')
  console.log(
    [
      `${engine}, DRILL_SEED=${seed}: killed ${kills.join(', ')}`,
      `${load.accepted.length} webhooks accepted (not accepted: ${refused || 'none'}), ` +
        `${load.conversations.length} conversations and ${load.contacts.length} contacts changed`,
      ...all.map(({ mailbox }) => `${mailbox.name}: ${JSON.stringify(repeatsIn(mailbox))}`),
    ].join('\n'),
  )
}
