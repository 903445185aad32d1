/** How the poller works; times in milliseconds. */
export interface PollerOptions {
  topicPrefix: string
  /** Instances polled at once by one process. */
  concurrency: number
  /** Of one instance, between two pages. */
  eventsPerSecond: number
  /** How long an instance stays a dead poller's. A living one renews its leases several times within it. */
  leaseMs: number
  pageDeadlineMs: number
  /** How long a page under way may still take once the process ends. */
  endGraceMs: number
  publishDeadlineMs: number
  /** Beside webhooks: how long one may take to arrive, the vendor's retry included. */
  webhookGraceMs: number
  /** After this long with one resource, the instance's next one has its turn. */
  resourceTurnMs: number
  /** After this long with one instance, the next instance has its turn. */
  instanceTurnMs: number
  maxPages: number
  keepRunsMs: number
}

/** What isn't a setting. */
export const fixedOptions = {
  // With the second after which somebody looks again, a dead poller's work is another's within half a minute.
  leaseMs: 27_000,
  pageDeadlineMs: 90_000,
  endGraceMs: 12_000,
  publishDeadlineMs: 30_000,
  // The retry comes after a minute.
  webhookGraceMs: 120_000,
  resourceTurnMs: 30_000,
  instanceTurnMs: 60_000,
  maxPages: 20_000,
}
