import { setTimeout as pause } from 'node:timers/promises'
import type { Mode } from '../../apps/simulator/src/receiver/mailbox.js'
import { arrived, leftovers, objectsIn, repeatsIn } from './support/arrival.js'
import { connectPolling, connectWebhooks, type Connected } from './support/connect.js'
import { Load } from './support/load.js'
import { notify } from './support/notification.js'
import { Scene } from './support/scene.js'
import { thorough } from './support/seed.js'
import { until } from './support/until.js'

const dispatcherLeaseMs = 45_000
const pollerLeaseMs = 30_000
const heldForMs = thorough ? 60_000 : 10_000

let scene: Scene
let webhooks: Connected
let polling: Connected
let load: Load | undefined
const frozen = new Set<number>()

beforeAll(async () => {
  scene = await Scene.start({ twice: ['dispatcher', 'poller'] })
  webhooks = await connectWebhooks(scene)
  polling = await connectPolling(scene)
}, 180_000)

afterAll(async () => {
  for (const pid of frozen) process.kill(pid, 'SIGCONT')
  load?.close()
  await scene?.stop()
}, 60_000)

test('a dispatcher that slept longer than its lease wakes to do no harm', async () => {
  const { mailbox } = webhooks
  const ids = Array.from({ length: 40 }, (_, n) => `zombie-${n}`)
  // Answered while it sleeps: every other one with a success, which counts, whoever owns the lane by then.
  mailbox.answer(answersInTurn({ kind: 'delay', status: 200, ms: 2_000 }, { kind: 'delay', status: 500, ms: 2_000 }))
  await Promise.all(ids.map(id => notify(webhooks.webhookUrl, id)))
  await mailbox.waitUntil(({ received }) => received.length === ids.length)
  const sleeper = freeze(await laneOwner())
  // The answers come, and nobody hears them; what the next owner sends fails.
  await pause(2_500)
  mailbox.answer({ kind: 'fail', status: 503 })
  await leaseEnds(dispatcherLeaseMs, `update dispatcher set leased_until = now() where name like '%:${sleeper}'`)
  await until(30_000, async () => expect(await laneOwner()).not.toBe(sleeper))
  await until(10_000, async () =>
    expect((await deliveries()).map(({ attempts }) => attempts)).toEqual(ids.map(() => 1)),
  )

  const before = await deliveries()
  thaw(sleeper)
  await pause(1_500)
  const moved = (await deliveries()).filter(({ id, dueAt }) => before.some(row => row.id === id && row.dueAt !== dueAt))
  expect(moved).toEqual([])
  // A time-out of 15 s has passed by then; awake, it doesn't look for answers any more.
  if (!thorough) await until(10_000, async () => expect(await deliveries()).toHaveLength(ids.length / 2))

  mailbox.answer({ kind: 'ok' })
  await arrived(mailbox, ids, 60_000)
  await settled()
  expect(repeatsIn(mailbox).faults).toEqual([])
}, 240_000)

test('a poller that slept longer than its lease wakes to do no harm', async () => {
  const { intercom } = scene.simulator
  const change = () => intercom.workspace().conversations.userCreated().id
  const changes = Array.from({ length: 5 }, change)
  intercom.faults.forgetRequests()
  intercom.faults.inject({ fault: { kind: 'slow', delayMs: 3_000 }, path: '/conversations/search', times: 1 })
  await poll()
  await until(20_000, () => expect(intercom.faults.requests('/conversations/search')).toHaveLength(1))
  const sleeper = freeze(await pollerAtWork())
  await leaseEnds(pollerLeaseMs, `update polled_instance set due_at = now() where instance_id = ${polling.id}`)
  await arrived(polling.mailbox, changes, 60_000)
  changes.push(...Array.from({ length: 5 }, change))
  await until(60_000, async () => {
    await poll()
    await arrived(polling.mailbox, changes, 2_000)
  })
  await until(20_000, async () => expect(await pollerAtWork()).toBeNull())

  const before = await pollState()
  thaw(sleeper)
  await pause(4_000)
  expect(await pollState()).toEqual(before)
  changes.push(...Array.from({ length: 5 }, change))
  await until(60_000, async () => {
    await poll()
    await arrived(polling.mailbox, changes, 2_000)
  })
  await settled()
  expect(repeatsIn(polling.mailbox).faults).toEqual([])
}, 240_000)

test(`a transaction held open for ${heldForMs / 1_000} s beside the log keeps nobody waiting and nothing back`, async () => {
  const client = await scene.pool.connect()
  // It writes, so it has a number that all later ones stand behind, and it holds a snapshot of before.
  await client.query('begin isolation level repeatable read')
  await client.query('create table held_open as select count(*) from event_log_record')
  const held = (load = new Load(scene, { webhooks: { to: webhooks, perSecond: 30 } }, 'held'))
  held.start()
  await pause(heldForMs)
  await held.stop()
  const ids = held.accepted.map(({ objectId }) => objectId)
  await arrived(webhooks.mailbox, ids, 5_000)
  await client.query('rollback')
  client.release()
  expect(Object.fromEntries(held.refused)).toEqual({})
  await settled()
  expect(objectsIn(webhooks.mailbox).size).toBe(40 + ids.length)
}, 180_000)

async function settled(): Promise<void> {
  await until(30_000, async () => expect(await leftovers(scene)).toEqual({}))
  await until(30_000, async () => expect(await scene.notReady()).toEqual([]))
}

/**
 * Where there is time, a lease is slept through. Else it is ended by hand, which is harder: the zombie then believes that
 * it still holds it.
 */
async function leaseEnds(ms: number, byHand: string): Promise<void> {
  if (thorough) await pause(ms + 2_000)
  else await scene.pool.query(byHand)
}

function freeze(pid: number | null): number {
  if (pid === null) throw new Error('nobody is at work')
  process.kill(pid, 'SIGSTOP')
  frozen.add(pid)
  return pid
}

function thaw(pid: number): void {
  process.kill(pid, 'SIGCONT')
  frozen.delete(pid)
}

function answersInTurn(...modes: [Mode, ...Mode[]]): () => Mode {
  let n = 0
  return () => modes[n++ % modes.length] ?? modes[0]
}

/** The process that owns the webhooks' lane; null: none. */
async function laneOwner(): Promise<number | null> {
  const { rows } = await scene.pool.query<{ name: string }>(
    'select d.name from lane l join dispatcher d on d.id = l.owner where l.url = $1',
    [webhooks.mailbox.url],
  )
  return pidIn(rows[0]?.name)
}

/** The process that polls; null: none does just now. */
async function pollerAtWork(): Promise<number | null> {
  const { rows } = await scene.pool.query<{ owner: string | null }>(
    'select lease_owner as owner from polled_instance where instance_id = $1',
    [polling.id],
  )
  return pidIn(rows[0]?.owner)
}

/** Both name themselves by host and process. */
function pidIn(name: string | null | undefined): number | null {
  return name ? Number(name.split(':')[1]) : null
}

async function deliveries() {
  const { rows } = await scene.pool.query<{ id: string; attempts: number; dueAt: string }>(
    'select id, attempts, due_at::text as "dueAt" from delivery order by id',
  )
  return rows
}

async function pollState() {
  const { rows } = await scene.pool.query(
    `select watermark_ms, state, checkpoint, failures, epoch from polled_resource join polled_instance using (instance_id)
     where instance_id = $1`,
    [polling.id],
  )
  return rows as unknown[]
}

async function poll(): Promise<void> {
  const { status } = await scene.system.api('POST', `/api/instances/${polling.id}/poll`)
  expect(status).toBe(202)
}
