import { DatabaseModule } from '#database'
import { EgressModule } from '#egress'
import { EventLogModule } from '#event-log'
import { InstancesModule } from '#instances'
import { Module } from '@nestjs/common'
import { APP_FILTER } from '@nestjs/core'
import { ElementsController } from './elements/elements.controller.js'
import { ErrorFilter } from './errors/error.filter.js'
import { InstancesController } from './instances/instances.controller.js'
import { OwnedInstances } from './instances/owned-instances.js'
import { Provisioning } from './instances/provisioning.js'
import { OAuthController } from './oauth/oauth.controller.js'
import { OpenApiController } from './openapi/openapi.controller.js'
import { OutboxRunner } from './outbox/outbox-runner.js'
import { PollsController } from './polls/polls.controller.js'
import { SubscriptionsFollow } from './subscriptions/subscriptions-follow.js'

/** REST for people and programs. */
@Module({
  imports: [DatabaseModule, EventLogModule, EgressModule, InstancesModule],
  controllers: [InstancesController, ElementsController, OAuthController, PollsController, OpenApiController],
  providers: [
    Provisioning,
    OwnedInstances,
    OutboxRunner,
    SubscriptionsFollow,
    { provide: APP_FILTER, useClass: ErrorFilter },
  ],
})
export class InstancesApiModule {}
