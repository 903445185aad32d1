import { LOGGER, type Logger } from '#platform'
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common'
import { Recurring } from '../background/recurring.js'
import { IdempotencyKeys } from './idempotency-keys.js'

const everyMs = 10 * 60_000
const batch = 1_000

/** Removes keys that are past their time, for as long as the process lives; several processes share the work. */
@Injectable()
export class KeysForgotten implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly recurring = new Recurring(
    everyMs,
    signal => this.run(signal),
    err => this.log.warn({ err }, 'old Idempotency-Keys could not be removed; tried again later'),
  )

  constructor(
    private readonly keys: IdempotencyKeys,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.recurring.start(0)
  }

  onApplicationShutdown(): Promise<void> {
    return this.recurring.stop()
  }

  private async run(signal: AbortSignal): Promise<void> {
    while ((await this.keys.forget(batch)) === batch && !signal.aborted);
  }
}
