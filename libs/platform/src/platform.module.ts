import { Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common'
import type { Logger } from 'pino'
import { ClosedLast } from './closed-last.js'
import { HealthController } from './health/health.controller.js'
import { Health } from './health/health.js'
import { createLogger } from './logging/logger.js'
import { MetricsController } from './metrics/metrics.controller.js'
import { Metrics } from './metrics/metrics.js'
import type { Settings } from './settings.js'
import { LOGGER, SETTINGS } from './tokens.js'

/**
 * What every process stands on, for injection anywhere: SETTINGS, LOGGER, Metrics, Health, ClosedLast; and their
 * endpoints. To be the first of the root's imports.
 */
@Module({})
export class PlatformModule implements OnApplicationShutdown {
  constructor(private readonly closedLast: ClosedLast) {}

  onApplicationShutdown(): Promise<void> {
    return this.closedLast.run()
  }

  static with(settings: Settings, logger: Logger = createLogger(settings)): DynamicModule {
    return {
      module: PlatformModule,
      global: true,
      controllers: [HealthController, MetricsController],
      providers: [
        { provide: SETTINGS, useValue: settings },
        { provide: LOGGER, useValue: logger },
        Metrics,
        Health,
        ClosedLast,
      ],
      exports: [SETTINGS, LOGGER, Metrics, Health, ClosedLast],
    }
  }
}
