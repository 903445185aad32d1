import { Injectable } from '@nestjs/common'

/**
 * What has to outlive every module's `onApplicationShutdown`, since they still use it there: the database. Nest ends
 * global modules in the order they happened to be found in, whatever they import; PlatformModule, which is found first,
 * ends last, and ends these.
 */
@Injectable()
export class ClosedLast {
  readonly #closers: (() => Promise<void>)[] = []

  /** Called once at the end; the last one added comes first. */
  add(close: () => Promise<void>): void {
    this.#closers.unshift(close)
  }

  async run(): Promise<void> {
    for (const close of this.#closers.splice(0)) await close()
  }
}
