import { Global, Module, type Provider } from '@nestjs/common'
import { DatabaseModule, POOL } from '#database'
import type { Pool } from 'pg'
import { Erasures } from './erasure/erasures.js'
import { DueDeliveries } from './lanes/load-due.js'
import { LaneOwnership } from './lanes/ownership.js'
import { Outcomes } from './outcomes/outcomes.js'
import { Partitions } from './partitions/partitions.js'
import { Deliveries } from './reading/deliveries.js'
import { DeliveryList } from './reading/delivery-list.js'
import { Dispositions } from './reading/dispositions.js'
import { EventCounts } from './reading/event-counts.js'
import { Events } from './reading/events.js'
import { RejectedRecords } from './rejected/rejected-records.js'
import { Replays } from './replay/replays.js'
import { ReplaySteps } from './replay/replay-steps.js'
import { EventStore } from './storing/event-store.js'
import { IdBlocks } from './storing/id-blocks.js'
import { Subscriptions } from './subscriptions/subscriptions.js'

const tables = [
  Deliveries,
  DeliveryList,
  DueDeliveries,
  Dispositions,
  Erasures,
  EventCounts,
  Events,
  EventStore,
  IdBlocks,
  LaneOwnership,
  Outcomes,
  Partitions,
  RejectedRecords,
  Replays,
  ReplaySteps,
  Subscriptions,
]

/** Events and deliveries as stored, for injection anywhere. */
@Global()
@Module({
  imports: [DatabaseModule],
  providers: tables.map(overPool),
  exports: tables,
})
export class DeliveriesModule {}

function overPool(table: new (pool: Pool) => object): Provider {
  return { provide: table, useFactory: (pool: Pool) => new table(pool), inject: [POOL] }
}
