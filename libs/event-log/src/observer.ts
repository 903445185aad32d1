/** What an engine tells about itself: metrics and log lines are made of it. */
export interface LogObserver {
  published(topic: string, records: number, seconds: number): void
  publishFailed(topic: string, records: number, error: Error): void
  /** A batch was dealt with for good. */
  consumed(group: string, records: number, seconds: number): void
  /** A batch will be handed over again. */
  retried(group: string, why: string): void
  /** Records of this partition that the group has yet to read, as of the last fetch. */
  lag(group: string, topic: string, partition: number, records: number): void
  info(what: string, details?: Record<string, unknown>): void
  warn(what: string, error?: unknown): void
}

const nothing = (): void => undefined

export const silentObserver: LogObserver = {
  published: nothing,
  publishFailed: nothing,
  consumed: nothing,
  retried: nothing,
  lag: nothing,
  info: nothing,
  warn: nothing,
}
