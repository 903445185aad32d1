import { LOGGER, type Logger } from '#platform'
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common'
import { setTimeout as sleep } from 'node:timers/promises'
import { IdempotencyKeys } from './idempotency-keys.js'

const everyMs = 10 * 60_000
const batch = 1_000

/** Removes keys that are past their time, for as long as the process lives; several processes share the work. */
@Injectable()
export class KeysForgotten implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly stop = new AbortController()
  private running: Promise<void> = Promise.resolve()

  constructor(
    private readonly keys: IdempotencyKeys,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.running = this.run()
  }

  async onApplicationShutdown(): Promise<void> {
    this.stop.abort()
    await this.running
  }

  private async run(): Promise<void> {
    while (!this.stop.signal.aborted) {
      try {
        while ((await this.keys.forget(batch)) === batch && !this.stop.signal.aborted);
      } catch (err) {
        this.log.warn({ err }, 'old Idempotency-Keys could not be removed; tried again later')
      }
      await sleep(everyMs, undefined, { signal: this.stop.signal, ref: false }).catch(() => {})
    }
  }
}
