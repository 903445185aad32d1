import { Erasures } from '#deliveries'
import { LOGGER, type Logger } from '#platform'
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common'
import { setTimeout as sleep } from 'node:timers/promises'
import { Erasing } from './erasing.js'

const everyMs = 15_000

/** Takes up erasures that whoever began them has left, and sweeps up after those that are done. */
@Injectable()
export class ErasureRunner implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly stop = new AbortController()
  private running: Promise<void> = Promise.resolve()

  constructor(
    @Inject(Erasures) private readonly erasures: Erasures,
    private readonly erasing: Erasing,
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
    const { signal } = this.stop
    while (!signal.aborted) {
      await sleep(everyMs, undefined, { signal, ref: false }).catch(() => {})
      try {
        while (!signal.aborted && (await this.one()));
      } catch (err) {
        if (!signal.aborted) this.log.warn({ err }, 'an erasure could not be carried on; tried again soon')
      }
    }
  }

  /** @returns whether there was one */
  private async one(): Promise<boolean> {
    const unfinished = await this.erasures.takeUnfinished()
    if (unfinished) {
      await this.erasing.run(unfinished, this.stop.signal)
      this.log.info({ erasureId: unfinished.id, instanceId: unfinished.instanceId }, 'an erasure is done')
      return true
    }
    const unswept = await this.erasures.takeUnswept()
    if (unswept) await this.erasures.sweep(unswept)
    return unswept !== null
  }
}
