import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common'
import { Replays, ReplaySteps } from '#deliveries'
import { LOGGER, pause, type Logger } from '#platform'
import { whyOf } from '../why.js'

/** Within this much of it a replay begins, or goes on where another process was killed. */
const lookMs = 250
const longestPauseMs = 5_000
const forgetEveryMs = 3_600_000

/** Makes what replays ask for, a portion at a time. The lanes send it: here nothing is sent. */
@Injectable()
export class ReplayRunner implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #stop = new AbortController()
  #running: Promise<void> = Promise.resolve()
  #forgotAt = Date.now()

  constructor(
    @Inject(ReplaySteps) private readonly steps: ReplaySteps,
    @Inject(Replays) private readonly replays: Replays,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.#running = this.run()
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  private async run(): Promise<void> {
    const { signal } = this.#stop
    for (let failures = 0; !signal.aborted;) {
      try {
        await this.makeAll()
        await this.forget()
        failures = 0
      } catch (error) {
        failures++
        this.log.warn({ why: whyOf(error), failures }, 'a replay could not go on; trying again')
      }
      await pause(Math.min(lookMs * 2 ** failures, longestPauseMs), signal)
    }
  }

  /** Every replay whose time has come, until none's has. */
  private async makeAll(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const step = await this.steps.step()
      if (step.kind === 'idle') return
      if (step.kind === 'ended') this.log.info(step, 'a replay has ended')
      else this.log.debug(step, 'replaying')
    }
  }

  private async forget(): Promise<void> {
    if (Date.now() - this.#forgotAt < forgetEveryMs) return
    this.#forgotAt = Date.now()
    await this.replays.forget()
  }
}
