import { DatabaseModule } from '#database'
import { DeliveriesModule } from '#deliveries'
import { EgressModule } from '#egress'
import { EventLogModule, SpoolTable } from '#event-log'
import { InstancesModule } from '#instances'
import { Module } from '@nestjs/common'
import { APP_FILTER } from '@nestjs/core'
import { AccountsController } from './accounts/accounts.controller.js'
import { AnalyticsController } from './analytics/analytics.controller.js'
import { DispositionsController } from './analytics/dispositions.controller.js'
import { ConfigurationController } from './configuration/configuration.controller.js'
import { ElementsController } from './elements/elements.controller.js'
import { ErasureRunner } from './erasure/erasure-runner.js'
import { ErasureService } from './erasure/erasure-service.js'
import { ErasuresController } from './erasure/erasures.controller.js'
import { Erasing } from './erasure/erasing.js'
import { ErrorFilter } from './errors/error.filter.js'
import { EventsController } from './events/events.controller.js'
import { HttpRules } from './http/http-rules.js'
import { HubLines } from './hubs/hub-lines.js'
import { HubResources } from './hubs/hub-resources.js'
import { HubsController } from './hubs/hubs.controller.js'
import { AnswerKeeper } from './idempotency/answer-keeper.js'
import { CreationsHeld } from './idempotency/creations-held.js'
import { IdempotencyKeys } from './idempotency/idempotency-keys.js'
import { KeysForgotten } from './idempotency/keys-forgotten.js'
import { ElementInstancesController } from './instances/element-instances.controller.js'
import { InstanceSwitchesController } from './instances/instance-switches.controller.js'
import { InstancesController } from './instances/instances.controller.js'
import { InstancesService } from './instances/instances.service.js'
import { OwnedInstances } from './instances/owned-instances.js'
import { Provisioning } from './instances/provisioning.js'
import { DeliveriesController } from './notifications/deliveries.controller.js'
import { SubscriptionsController } from './notifications/subscriptions.controller.js'
import { OAuthCallbackController } from './oauth/oauth-callback.controller.js'
import { OAuthController } from './oauth/oauth.controller.js'
import { OpenApiController } from './openapi/openapi.controller.js'
import { OutboxRunner } from './outbox/outbox-runner.js'
import { PolledResources } from './polls/polled-resources.js'
import { PolledResourcesController } from './polls/polled-resources.controller.js'
import { PollerRecordsController } from './polls/poller-records.controller.js'
import { PollingDisabledController } from './polls/polling-disabled.controller.js'
import { PollsController } from './polls/polls.controller.js'
import { ReplaysController } from './replays/replays.controller.js'
import { InstanceObjectsController } from './resource-docs/instance-objects.controller.js'
import { ObjectsController } from './resource-docs/objects.controller.js'
import { ResourceDocsController } from './resource-docs/resource-docs.controller.js'
import { AccountSettingsController } from './settings/account-settings.controller.js'
import { SignatureKeysController } from './signature-keys/signature-keys.controller.js'
import { SubscriptionsFollow } from './subscriptions/subscriptions-follow.js'
import { EmbeddedTopics } from './topics/embedded-topics.js'

/** REST for people and programs. */
@Module({
  imports: [DatabaseModule, EventLogModule, EgressModule, InstancesModule, DeliveriesModule],
  controllers: [
    InstancesController,
    InstanceSwitchesController,
    ElementInstancesController,
    ConfigurationController,
    AnalyticsController,
    DispositionsController,
    EventsController,
    ElementsController,
    OAuthController,
    OAuthCallbackController,
    ObjectsController,
    InstanceObjectsController,
    ResourceDocsController,
    HubsController,
    PollsController,
    PolledResourcesController,
    PollerRecordsController,
    ErasuresController,
    PollingDisabledController,
    DeliveriesController,
    SubscriptionsController,
    ReplaysController,
    SignatureKeysController,
    AccountSettingsController,
    AccountsController,
    OpenApiController,
  ],
  providers: [
    Provisioning,
    OwnedInstances,
    PolledResources,
    OutboxRunner,
    SubscriptionsFollow,
    EmbeddedTopics,
    InstancesService,
    HubLines,
    HubResources,
    HttpRules,
    IdempotencyKeys,
    AnswerKeeper,
    CreationsHeld,
    KeysForgotten,
    SpoolTable,
    Erasing,
    ErasureService,
    ErasureRunner,
    { provide: APP_FILTER, useClass: ErrorFilter },
  ],
})
export class InstancesApiModule {}
