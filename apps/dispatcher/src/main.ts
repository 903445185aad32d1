import { start } from '#platform'
import { readEvents } from './consumer/read-events.js'
import { DispatcherModule } from './dispatcher.module.js'

await start('dispatcher', DispatcherModule, { configure: readEvents })
