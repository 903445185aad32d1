import { Module } from '@nestjs/common'
import { DatabaseModule } from '#database'
import { EventLogModule, SpoolTable } from '#event-log'
import { InstancesModule } from '#instances'
import { InstanceChangesController } from './directory/instance-changes.controller.js'
import { InstanceDirectory } from './directory/instance-directory.js'
import { Injection } from './injection/injection.js'
import { Acceptance } from './notifications/acceptance.js'
import { NotificationsController } from './notifications/notifications.controller.js'
import { Reception } from './notifications/reception.js'
import { Unaddressed } from './notifications/unaddressed.js'
import { DurablePublisher } from './spool/durable-publisher.js'
import { Readiness } from './spool/readiness.js'

/** The vendors' door: verifies, normalizes and makes durable what vendors send. */
@Module({
  imports: [DatabaseModule, EventLogModule, InstancesModule],
  controllers: [NotificationsController, InstanceChangesController],
  providers: [
    ...[InstanceDirectory, Reception, Unaddressed, Injection, Acceptance],
    ...[SpoolTable, DurablePublisher, Readiness],
  ],
})
export class WebhookGatewayModule {}
