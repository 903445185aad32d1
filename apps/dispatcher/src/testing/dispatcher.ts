import { Global, Module } from '@nestjs/common'
import { Test } from '@nestjs/testing'
import type { Pool } from 'pg'
import { callbackTarget, type CallbackTarget, type FailurePolicy } from '#deliveries'
import {
  Deliveries,
  DeliveryList,
  DueDeliveries,
  Events,
  EventStore,
  IdBlocks,
  LaneOwnership,
  Outcomes,
  Partitions,
  Replays,
  ReplaySteps,
  Subscriptions,
} from '#deliveries'
import { Connectors } from '#connectors'
import { POOL } from '#database'
import type { NormalizedEvent } from '#events'
import { ToldChanges } from '#instances'
import { createLogger, PlatformModule, readSettings } from '#platform'
import { dispatching } from '../dispatching.providers.js'
import { EventsController } from '../consumer/events.controller.js'
import { Lanes } from '../lanes/lanes.js'
import { Membership } from '../lanes/membership.js'
import { CALLBACK_TARGETS, POST, type CallbackTargets, type Post } from '../sending/ports.js'
import { batchOf, recordOf } from './events.js'

/** What a test's instances are configured with; instance n belongs to account 7 unless said otherwise. */
export class TestTargets implements CallbackTargets {
  readonly configured = new Map<number, CallbackTarget>()
  policy: FailurePolicy = 'retry'

  set(id: number, configuration: Record<string, string>, rest: { accountId?: number; disabled?: boolean } = {}): void {
    const { accountId = 7, disabled = false } = rest
    const source = { id, accountId, elementKey: 'intercom', events: 'webhook', disabled, deletedAt: null }
    this.configured.set(id, callbackTarget({ ...source, configuration }))
  }

  to(id: number, url: string, more: Record<string, string> = {}): void {
    this.set(id, { 'event.notification.callback.url': url, ...more })
  }

  async byInstance(ids: readonly number[]): Promise<ReadonlyMap<number, CallbackTarget>> {
    return new Map(ids.flatMap(id => (this.configured.has(id) ? [[id, this.configured.get(id)!] as const] : [])))
  }

  async policies(ids: readonly number[]): Promise<ReadonlyMap<number, FailurePolicy>> {
    return new Map(ids.map(id => [id, this.policy]))
  }
}

/** Real HTTP without the guard, which refuses this machine's own addresses. */
const post: Post = {
  async request({ method, url, headers, body, timeoutMs }) {
    const signal = AbortSignal.timeout(Math.min(timeoutMs, 5_000))
    const response = await fetch(url, { method, headers, body: new Uint8Array(body), redirect: 'manual', signal })
    return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() }
  },
}

/** The dispatcher without its log: what its handler would be given is given by the test. */
export async function startDispatcher(pool: Pool, targets: CallbackTargets) {
  const settings = readSettings({ LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'silent' }, 'dispatcher')
  const connectors = await Connectors.load()
  const tables = [
    Deliveries,
    DeliveryList,
    DueDeliveries,
    EventStore,
    IdBlocks,
    LaneOwnership,
    Outcomes,
    Partitions,
    Replays,
    ReplaySteps,
    Subscriptions,
    ToldChanges,
  ]

  @Global()
  @Module({
    providers: [
      { provide: POOL, useValue: pool },
      { provide: Connectors, useValue: connectors },
      ...tables.map(table => ({ provide: table, useFactory: () => new table(pool) })),
    ],
    exports: [POOL, Connectors, ...tables],
  })
  class TestTablesModule {}

  const module = await Test.createTestingModule({
    imports: [PlatformModule.with(settings, createLogger(settings)), TestTablesModule],
    controllers: [EventsController],
    providers: [...dispatching, { provide: CALLBACK_TARGETS, useValue: targets }, { provide: POST, useValue: post }],
  }).compile()
  await module.init()
  const controller = module.get(EventsController)
  return {
    module,
    lanes: module.get(Lanes),
    membership: module.get(Membership),
    deliveries: module.get(Deliveries),
    list: module.get(DeliveryList),
    subscriptions: module.get(Subscriptions),
    events: new Events(pool),
    replays: new Replays(pool),
    handle: controller.handle.bind(controller),
    /** What the log would hand over. */
    take: (...events: NormalizedEvent[]) => controller.handle(batchOf(events.map(recordOf))),
    stop: () => module.close(),
  }
}

export type TestDispatcher = Awaited<ReturnType<typeof startDispatcher>>
