import { setTimeout as pause } from 'node:timers/promises'
import type { Mode } from '../../apps/simulator/src/receiver/mailbox.js'
import { arrived, leftovers, repeatsIn } from './support/arrival.js'
import { connectWebhooks, type Connected } from './support/connect.js'
import { notify } from './support/notification.js'
import { Scene } from './support/scene.js'
import { thorough } from './support/seed.js'
import { until } from './support/until.js'

const mebibyte = 1_048_576
let scene: Scene

beforeAll(async () => {
  scene = await Scene.start()
}, 180_000)

afterAll(() => scene?.stop(), 60_000)

/** What a receiver does, how often, and what its attempts are told as. */
const bad: readonly { name: string; mode: Mode; times: number; outcome: object }[] = [
  { name: 'breaks off', mode: { kind: 'cut' }, times: 20, outcome: { outcome: 'retry', status: null } },
  { name: 'resets', mode: { kind: 'reset' }, times: 20, outcome: { outcome: 'retry', status: null } },
  {
    name: 'floods',
    mode: { kind: 'flood', bytes: 10 * mebibyte },
    times: 20,
    outcome: { outcome: 'delivered', status: 200 },
  },
  {
    name: 'drips',
    mode: { kind: 'drip', bytes: 1_000, everyMs: 100 },
    times: 20,
    outcome: { outcome: 'retry', status: null },
  },
]

test('receivers that break off, reset, answer 10 MB or drip hurt their own lanes alone', async () => {
  const good = await connectWebhooks(scene, 'good')
  const connected = await Promise.all(bad.map(({ name }) => connectWebhooks(scene, name)))
  connected.forEach(({ mailbox }, n) => mailbox.answer(bad[n]!.mode))
  const before = await residentBytes()
  const ids: string[] = []
  const began = Date.now()
  for (let n = 0; n < 20; n++) {
    const sent = await Promise.all([
      ...connected.map(({ webhookUrl }, i) => notify(webhookUrl, `bad-${i}-${n}`)),
      ...[1, 2, 3].map(i => notify(good.webhookUrl, `good-${n}-${i}`)),
    ])
    expect(new Set(sent)).toEqual(new Set([200]))
    ids.push(...[1, 2, 3].map(i => `good-${n}-${i}`))
  }
  await arrived(good.mailbox, ids, 5_000)
  console.log(`${ids.length} callbacks of the good one: ${Date.now() - began} ms after the first was sent`)
  expect(repeatsIn(good.mailbox)).toMatchObject({ callbacks: ids.length, duplicates: 0, faults: [] })

  // The drip is cut off by the time-out of 15 s, which counts the body too.
  await until(30_000, async () => {
    for (const [n, { id }] of connected.entries()) expect(await attempts(id)).toMatchObject(bad[n]!.outcome)
  })
  expect((await residentBytes()) - before).toBeLessThan(200 * mebibyte)

  for (const { mailbox } of connected) mailbox.answer({ kind: 'ok' })
  await Promise.all(
    connected.map(({ mailbox }, i) =>
      arrived(
        mailbox,
        Array.from({ length: 20 }, (_, n) => `bad-${i}-${n}`),
        90_000,
      ),
    ),
  )
  await until(60_000, async () => expect(await leftovers(scene)).toEqual({}))
}, 240_000)

const urls = 100
const perSecond = 100
const phaseMs = thorough ? 30_000 : 6_000
/** A busy machine stands still for longer than a callback takes; beyond this it is the hanging URL that is felt. */
const floorMs = 250

test('one callback URL of a hundred that hangs is not felt by the others', async () => {
  const connected: Connected[] = []
  while (connected.length < urls) {
    const names = Array.from({ length: 10 }, (_, n) => `url-${connected.length + n}`)
    connected.push(...(await Promise.all(names.map(name => connectWebhooks(scene, name)))))
  }
  const [hanging, ...others] = connected as [Connected, ...Connected[]]
  await measure('warm', connected, others, 2_000)
  const without = await measure('without', connected, others, phaseMs)
  hanging.mailbox.answer({ kind: 'hang' })
  const beside = await measure('beside', connected, others, phaseMs)
  hanging.mailbox.answer({ kind: 'ok' })
  console.log(
    `${urls} URLs, ${perSecond} webhooks/s; p50 and p99 from webhook to callback of ${others.length}: ` +
      `${without.p50} and ${without.p99} ms without a URL that hangs, ${beside.p50} and ${beside.p99} ms beside one`,
  )
  expect(beside.p99).toBeLessThan(Math.max(1.5 * without.p99, without.p99 + floorMs))
}, 240_000)

/** Webhooks to all of them in turn; milliseconds from the sending to the callback's arrival at these. */
async function measure(name: string, all: readonly Connected[], counted: readonly Connected[], ms: number) {
  const sentAt = new Map<string, number>()
  const answers: Promise<number>[] = []
  let n = 0
  const timer = setInterval(() => {
    const { webhookUrl, mailbox } = all[n % all.length]!
    const objectId = `${mailbox.name}-${name}-${n++}`
    sentAt.set(objectId, Date.now())
    answers.push(notify(webhookUrl, objectId))
  }, 1_000 / perSecond)
  await pause(ms)
  clearInterval(timer)
  expect(new Set(await Promise.all(answers))).toEqual(new Set([200]))
  const waits: number[] = []
  for (const { mailbox } of counted) {
    const ids = [...sentAt.keys()].filter(id => id.startsWith(`${mailbox.name}-${name}-`))
    await arrived(mailbox, ids, 20_000)
    for (const { json, receivedAt } of mailbox.received) {
      const { objectId } = (json as { message: { events: [{ objectId: string }] } }).message.events[0]
      const at = sentAt.get(objectId)
      if (at !== undefined) waits.push(receivedAt - at)
    }
  }
  waits.sort((a, b) => a - b)
  return { p50: quantile(waits, 0.5), p99: quantile(waits, 0.99) }
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

/** How the first attempts of an instance ended, where all ended alike and all have ended. */
async function attempts(instanceId: number): Promise<object> {
  const { rows } = await scene.pool.query<{ outcome: string; status: number | null; count: number }>(
    `select outcome, status, count(*)::int from attempt where instance_id = $1 group by 1, 2`,
    [instanceId],
  )
  expect(rows).toHaveLength(1)
  return rows[0]!
}

async function residentBytes(): Promise<number> {
  const text = await (await fetch(`${scene.system.processes.dispatcher.url}/metrics`)).text()
  return Number(/^process_resident_memory_bytes (\S+)$/m.exec(text)?.[1])
}
