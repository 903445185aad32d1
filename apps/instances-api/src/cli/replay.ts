import { DatabaseModule } from '#database'
import { DeliveriesModule, Replays } from '#deliveries'
import { Instances, InstancesModule } from '#instances'
import { readSettings } from '#platform'
import { Module, type INestApplicationContext } from '@nestjs/common'
import { setTimeout as sleep } from 'node:timers/promises'
import { Faults } from '../instances/request/faults.js'
import { ReplayOrders, type ReplayOrder } from '../replays/replay-orders.js'
import { readReplay, type ReplayRequest } from '../replays/replay-request.js'
import { replayView } from '../replays/replay-view.js'
import type { ReplayBody } from '../replays/replay.dto.js'
import { command } from './command.js'
import { flag, id, instanceId, instant, optional, rate, several, text } from './options.js'
import { withModule } from './tool-app.js'

@Module({ imports: [DatabaseModule, InstancesModule, DeliveriesModule] })
class ReplayModule {}

const lookMs = 500
const tellMs = 2_000

const options = {
  ...{ instance: instanceId, from: optional(instant), to: optional(instant), all: flag },
  ...{ event: several(text), notification: several(text), 'object-type': optional(text), undelivered: flag },
  ...{ subscription: optional({ ...id, expected: 'the id of a subscription' }), 'per-second': optional(rate) },
  ...{ 'dry-run': flag, json: flag, wait: flag },
}

type Values = Parameters<Parameters<typeof command<typeof options>>[0]['run']>[0]['values']

/** `tributary replay`: what `POST /api/replays` does, of any account. The dispatchers make it. */
export const replay = command({
  does: 'sends stored notifications of an instance again: of a time, --all, or these events or notifications; --wait tells how it goes',
  options,
  async run({ environment, values, out }) {
    const request = requestOf(values)
    const settings = readSettings({ LOG_LEVEL: 'error', ...environment }, 'tool')
    await withModule(settings, ReplayModule, async app => {
      const { accountId, order } = await orderOf(app, values, request)
      const tell = (words: string) => out(values.json ? '' : words)
      if (order.kind === 'counted') {
        tell(`${countText(order)} would be sent.\n`)
        return out(values.json ? line(countOf(order)) : '')
      }
      const { replayId } = order
      tell(`Replay ${replayId} has started: ${countText(order)}.\n`)
      const begun = { replayId: Number(replayId), ...countOf(order) }
      const ended = values.wait ? await waitFor(app.get(Replays), accountId, replayId, tell) : null
      out(values.json ? line(ended ?? begun) : '')
      if (ended && ended.state !== 'done') throw new Error(`Replay ${replayId} is ${ended.state}. ${ended.error ?? ''}`)
    })
  },
})

function requestOf(values: Values): ReplayRequest {
  const { event, notification, instance, all, from, to, undelivered } = values
  const faults = new Faults()
  const isByIds = event.length > 0 || notification.length > 0
  const request = readReplay(
    {
      ...(event.length > 0 && { eventIds: event }),
      ...(notification.length > 0 && { notificationIds: notification }),
      ...(!isByIds && { instanceId: instance }),
      ...{ from, to, objectType: values['object-type'], subscriptionId: values.subscription },
      ...(all && { all }),
      ...(undelivered && { undelivered }),
      ...{ perSecond: values['per-second'], dryRun: values['dry-run'] },
    },
    faults,
  )
  if (!request) throw new Error(faults.lines.map(inOptions).join('\n'))
  return request
}

/** A fault of the API's body in the words of the command line. */
function inOptions(fault: string): string {
  const named: readonly (readonly [RegExp, string])[] = [
    [/\beventIds(\.\d+)?\b/g, '--event'],
    [/\bnotificationIds(\.\d+)?\b/g, '--notification'],
    [/\bobjectType\b/g, '--object-type'],
    [/\bsubscriptionId\b/g, '--subscription'],
    [/\bperSecond\b/g, '--per-second'],
    [/"all": true/g, '--all'],
    [/^(from|to|all|undelivered)\b/g, '--$1'],
  ]
  return named.reduce((words, [pattern, option]) => words.replace(pattern, option), fault)
}

async function orderOf(
  app: INestApplicationContext,
  values: Values,
  request: ReplayRequest,
): Promise<{ accountId: number; order: Extract<ReplayOrder, { kind: 'started' | 'counted' }> }> {
  const instances = app.get(Instances)
  const instance = await instances.byId(values.instance)
  if (!instance) throw new Error(`--instance: there is no instance ${values.instance}`)
  const { accountId } = instance
  await onlyOf(app.get(Replays), accountId, values)
  const orders = new ReplayOrders(app.get(Replays), async id => {
    const found = await instances.byId(id)
    return found && { accountId: found.accountId, isDeleted: found.deletedAt !== null }
  })
  const order = await orders.order(accountId, request)
  if (order.kind === 'not-found') throw new Error(`${order.what.join(', ')}: not found`)
  if (order.kind === 'conflict') throw new Error(order.whys.join('\n'))
  return { accountId, order }
}

/** What is named by ids has to be the instance's. */
async function onlyOf(replays: Replays, accountId: number, { instance, event, notification }: Values): Promise<void> {
  const digits = notification.filter(one => /^\d{1,18}$/.test(one))
  const found = [
    ...(await replays.byEvents(accountId, event)),
    ...(await replays.byNotifications(accountId, digits)),
  ].filter(one => one.instanceId !== instance)
  if (found.length === 0) return
  throw new Error(found.map(one => `${one.asked}: is of instance ${one.instanceId}`).join('\n'))
}

/** Tells how it goes until it has ended, and what became of it. */
async function waitFor(
  replays: Replays,
  accountId: number,
  replayId: string,
  tell: (words: string) => void,
): Promise<ReplayBody> {
  if (!(await replays.areMade())) tell('No dispatcher is running; it goes on as soon as one is.\n')
  for (let told = 0; ; await sleep(lookMs)) {
    const found = await replays.get(accountId, replayId)
    if (!found) throw new Error(`Replay ${replayId} is gone`)
    const isEnd = found.state !== 'running'
    if (isEnd || Date.now() - told >= tellMs) {
      tell(progressText(replayView(found)))
      told = Date.now()
    }
    if (isEnd) return replayView(found)
  }
}

function progressText({ state, made, delivered, waiting, failed, skipped }: ReplayBody): string {
  return `${state}: ${made} made, ${delivered} delivered, ${waiting} waiting, ${failed} failed, ${skipped} under way before\n`
}

function countOf({ notifications, exact }: { notifications: number; exact: boolean }) {
  return { notifications, exact }
}

function countText({ notifications, exact }: { notifications: number; exact: boolean }): string {
  return `${exact ? '' : 'at least '}${notifications} notification${notifications === 1 ? '' : 's'}`
}

function line(value: object): string {
  return `${JSON.stringify(value)}\n`
}
