import type { DynamicModule, Type } from '@nestjs/common'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import type { Logger } from 'pino'
import { Health } from '../health/health.js'
import { createLogger } from '../logging/logger.js'
import type { Settings } from '../settings.js'
import { printable } from '../settings/printable.js'
import { readSettings, SettingsError } from '../settings/read-settings.js'
import type { Role } from '../settings/setting.js'
import { createApp } from './create-app.js'
import { drainOnSignals } from './drain.js'

export interface StartOptions {
  /** Called before anything is initialized: the place to connect microservices, which are started after listening. */
  configure?: (app: NestFastifyApplication) => void | Promise<void>
  /** Where settings are read from instead of the process's environment. */
  environment?: Record<string, string | undefined>
}

/**
 * Runs a process: reads and prints its settings, listens, starts its microservices, and drains on SIGTERM or SIGINT.
 * Faults in the settings and in starting are told on standard error or in the log, and end the process with 1.
 */
export async function start(
  role: Role,
  module: Type | DynamicModule,
  { configure, environment = process.env }: StartOptions = {},
): Promise<NestFastifyApplication> {
  const settings = settingsOrExit(environment, role)
  const logger = createLogger(settings)
  logger.info({ settings: printable(settings) }, 'starting')
  const running: { app?: NestFastifyApplication } = {}
  drainOnSignals(process, logger, async () => {
    running.app?.get(Health).drain()
    await running.app?.close()
  })
  try {
    const app = await createApp(settings, module, logger)
    running.app = app
    await configure?.(app)
    await app.listen(settings.port, settings.host)
    await app.startAllMicroservices()
    logger.info({ address: await app.getUrl() }, 'started')
    return app
  } catch (error) {
    return explain(error, settings, logger)
  }
}

function settingsOrExit(environment: Record<string, string | undefined>, role: Role): Settings {
  try {
    return readSettings(environment, role)
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exit(1)
  }
}

function explain(err: unknown, { host, port }: Settings, logger: Logger): never {
  const inUse = (err as NodeJS.ErrnoException | undefined)?.code === 'EADDRINUSE'
  if (inUse) logger.fatal(`port ${port} on ${host} is in use by another process: end that one, or set PORT`)
  else logger.fatal({ err }, 'could not start')
  process.exit(1)
}
