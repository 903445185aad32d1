import { Erasures } from '#deliveries'
import { LOGGER, type Logger } from '#platform'
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common'
import { Recurring } from '../background/recurring.js'
import { Erasing } from './erasing.js'

const everyMs = 15_000

/** Takes up erasures that whoever began them has left, and sweeps up after those that are done. */
@Injectable()
export class ErasureRunner implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly recurring = new Recurring(
    everyMs,
    signal => this.run(signal),
    err => this.log.warn({ err }, 'an erasure could not be carried on; tried again soon'),
  )

  constructor(
    @Inject(Erasures) private readonly erasures: Erasures,
    private readonly erasing: Erasing,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.recurring.start(everyMs)
  }

  onApplicationShutdown(): Promise<void> {
    return this.recurring.stop()
  }

  private async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && (await this.one(signal)));
  }

  /** @returns whether there was one */
  private async one(signal: AbortSignal): Promise<boolean> {
    const unfinished = await this.erasures.takeUnfinished()
    if (unfinished) {
      await this.erasing.run(unfinished, signal)
      this.log.info({ erasureId: unfinished.id, instanceId: unfinished.instanceId }, 'an erasure is done')
      return true
    }
    const unswept = await this.erasures.takeUnswept()
    if (unswept) await this.erasures.sweep(unswept)
    return unswept !== null
  }
}
