import { pause } from '#platform'

/**
 * Work that a process does again and again until it stops, never twice at once. A failure is told, unless it came of
 * stopping, and the next time comes as ever.
 */
export class Recurring {
  private readonly ending = new AbortController()
  private running: Promise<void> = Promise.resolve()

  /** @param work is given a signal that says when to leave off */
  constructor(
    private readonly everyMs: number,
    private readonly work: (signal: AbortSignal) => Promise<void>,
    private readonly failed: (err: unknown) => void,
  ) {}

  start(firstAfterMs: number): void {
    this.running = this.run(firstAfterMs)
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.ending.abort()
    await this.running
  }

  private async run(firstAfterMs: number): Promise<void> {
    const { signal } = this.ending
    for (let pauseMs = firstAfterMs; ; pauseMs = this.everyMs) {
      await pause(pauseMs, signal, { ref: false })
      if (signal.aborted) return
      try {
        await this.work(signal)
      } catch (err) {
        if (!signal.aborted) this.failed(err)
      }
    }
  }
}
