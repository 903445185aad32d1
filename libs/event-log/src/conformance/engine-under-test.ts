import type { EventLog } from '../event-log.js'

/** One process's view of the log. */
export interface Opened {
  log: EventLog
  /** The process is gone, without a word to anyone. */
  crash(): void
}

/** What the suite needs of an engine. */
export interface EngineUnderTest {
  /** The log as one more process opens it. */
  open(): Opened
  close(): Promise<void>
}

/** What the drills need besides: a server of their own. */
export interface ServerUnderTest extends EngineUnderTest {
  /** As kill -9 does. */
  kill(): Promise<void>
  freeze(): void
  thaw(): void
  start(): Promise<void>
}
