import { DatabaseModule } from '#database'
import { EventLogModule } from '#event-log'
import { InstancesModule } from '#instances'
import { Module } from '@nestjs/common'
import { ScheduleModule } from '@nestjs/schedule'
import { PollingService } from './polling/polling.service.js'

/** Asks vendors what changed: claims due instances, fetches, decides what is news, publishes. */
@Module({
  imports: [ScheduleModule.forRoot(), DatabaseModule, EventLogModule, InstancesModule],
  providers: [PollingService],
})
export class PollerModule {}
