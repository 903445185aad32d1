import { start } from '#platform'
import { listenForInstanceChanges } from './directory/listen.js'
import { WebhookGatewayModule } from './webhook-gateway.module.js'

await start('webhook-gateway', WebhookGatewayModule, { configure: listenForInstanceChanges })
