import { Module, type DynamicModule, type Type } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify'
import type { FastifyInstance } from 'fastify'
import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import { bodyLimitBytes, readBodies } from '../http/bodies.js'
import { closeIdleConnections } from '../http/connections.js'
import { keepToOperators } from '../http/operators-endpoints.js'
import { logRequests } from '../http/request-log.js'
import { answerUnroutable, answerUnreadable } from '../http/unreadable.js'
import { createLogger } from '../logging/logger.js'
import { NestLogger } from '../logging/nest-logger.js'
import { Metrics } from '../metrics/metrics.js'
import { PlatformModule } from '../platform.module.js'
import type { Settings } from '../settings.js'

@Module({})
class RootModule {}

/** Nest on Fastify around `module`, not yet listening. What `start` runs; tests of an app use it with their settings. */
export async function createApp(
  settings: Settings,
  module: Type | DynamicModule,
  logger: Logger = createLogger(settings),
): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit: bodyLimitBytes,
    trustProxy: settings.trustedProxies,
    requestIdHeader: false,
    genReqId: () => randomUUID(),
    requestTimeout: 60_000,
    frameworkErrors: answerUnroutable,
    clientErrorHandler: answerUnreadable,
    routerOptions: { maxParamLength: 1_024, ignoreTrailingSlash: true },
  })
  const root: DynamicModule = { module: RootModule, imports: [PlatformModule.with(settings, logger), module] }
  const app = await NestFactory.create<NestFastifyApplication>(root, adapter, {
    bodyParser: false,
    abortOnError: false,
    logger: new NestLogger(logger),
  })
  const fastify = adapter.getInstance<FastifyInstance>()
  keepToOperators(fastify)
  readBodies(fastify)
  closeIdleConnections(fastify)
  logRequests(fastify, logger, app.get(Metrics))
  return app
}
