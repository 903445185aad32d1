import { start } from '#platform'
import { PollerModule } from './poller.module.js'

await start('poller', PollerModule)
