import { Module } from '@nestjs/common'
import { DispatcherModule } from '../../dispatcher/src/dispatcher.module.js'
import { InstancesApiModule } from '../../instances-api/src/instances-api.module.js'
import { PollerModule } from '../../poller/src/poller.module.js'
import { WebhookGatewayModule } from '../../webhook-gateway/src/webhook-gateway.module.js'

/** The four apps in one process. One port serves instances-api and webhook-gateway by path, as the ingress does. */
@Module({ imports: [WebhookGatewayModule, PollerModule, DispatcherModule, InstancesApiModule] })
export class AllInOneModule {}
