import { Module } from '@nestjs/common'
import { DatabaseModule } from '#database'
import { DeliveriesModule } from '#deliveries'
import { Egress, EgressModule } from '#egress'
import { EventLogModule } from '#event-log'
import { InstancesModule } from '#instances'
import { dispatching } from './dispatching.providers.js'
import { EventsController } from './consumer/events.controller.js'
import { InstanceTargets } from './sending/instance-targets.js'
import { CALLBACK_TARGETS, POST } from './sending/ports.js'

/** Reads the log, stores events, and sends callbacks. */
@Module({
  imports: [DatabaseModule, EventLogModule, InstancesModule, EgressModule, DeliveriesModule],
  controllers: [EventsController],
  providers: [
    ...dispatching,
    { provide: CALLBACK_TARGETS, useClass: InstanceTargets },
    { provide: POST, useExisting: Egress },
  ],
})
export class DispatcherModule {}
