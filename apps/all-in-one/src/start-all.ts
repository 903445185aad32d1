import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import { start } from '#platform'
import { readEvents } from '../../dispatcher/src/consumer/read-events.js'
import { listenForInstanceChanges } from '../../webhook-gateway/src/directory/listen.js'
import { AllInOneModule } from './all-in-one.module.js'
import { ensureFirstAccount } from './first-account.js'

/** Starts everything in this process; resolves once it serves, with the first account made. */
export async function startAll(environment: Record<string, string | undefined>): Promise<NestFastifyApplication> {
  const app = await start('all-in-one', AllInOneModule, {
    environment,
    configure: app => {
      listenForInstanceChanges(app)
      readEvents(app)
    },
  })
  await ensureFirstAccount(app)
  return app
}
