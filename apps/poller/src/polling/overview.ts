import type { Metrics } from '#platform'
import type { Pool } from 'pg'

/** How all that is polled stands, by whichever poller. Nothing of disabled instances counts. */
export interface Standing {
  paused: number
  failing: number
  overrunning: number
  throttled: number
  overdueSeconds: number
}

const freshMs = 15_000

// Of the resources only those with trouble are read, by polled_resource_troubled.
export const standing = {
  name: 'poll_standing',
  text: `
    select t.*, o.*, (
      select count(*)::int from polled_instance where not_before > now() and enabled
    ) as throttled
    from (
      select count(*) filter (where r.paused_at is not null)::int as paused,
             count(*) filter (where r.paused_at is null and r.failures > 0)::int as failing,
             count(*) filter (where r.paused_at is null and r.overrunning)::int as overrunning
      from polled_resource r join polled_instance i using (instance_id)
      where r.configured and (r.paused_at is not null or r.failures > 0 or r.overrunning) and i.enabled
    ) t, (
      select greatest(0, coalesce(extract(epoch from now() - min(due_at)), 0))::float8 as "overdueSeconds"
      from polled_instance where due_at is not null
    ) o`,
}

const gauges: Record<keyof Standing, readonly [name: string, help: string]> = {
  paused: ['tributary_poll_paused_resources', 'Resources that are not polled until somebody resumes them.'],
  failing: ['tributary_poll_failing_resources', 'Resources whose last run failed, and which are tried again.'],
  overrunning: [
    'tributary_poll_overrunning_resources',
    'Resources whose last run took longer than their interval, or whose run under way does.',
  ],
  throttled: ['tributary_poll_throttled_instances', 'Instances that rest because their vendor wants it.'],
  overdueSeconds: ['tributary_poll_overdue_seconds', 'How long the instance that waits longest has been due.'],
}

/** Tells the metrics how all that is polled stands: the same numbers in every poller, since the database says so. */
export class Overview {
  #latest: { at: number; standing: Promise<Standing | null> } | null = null

  constructor(
    private readonly pool: Pool,
    private readonly now: () => number = Date.now,
  ) {}

  /**
   * Asks the database once for all of them, and again after 15 s at the earliest. NaN where it doesn't answer.
   * @param busy how many instances this process polls just now
   */
  show(metrics: Metrics, busy: () => number): void {
    metrics.gauge('tributary_poll_busy', 'Instances that this process polls just now.', [], gauge => gauge.set(busy()))
    for (const [what, [name, help]] of Object.entries(gauges) as [keyof Standing, readonly [string, string]][]) {
      metrics.gauge(name, help, [], async gauge => gauge.set((await this.latest())?.[what] ?? NaN))
    }
  }

  private latest(): Promise<Standing | null> {
    const now = this.now()
    if (!this.#latest || now - this.#latest.at >= freshMs) {
      const look = this.pool.query<Standing>(standing)
      // What can't be looked at is shown as NaN; that the database is away is told by others.
      this.#latest = { at: now, standing: look.then(({ rows }) => rows[0] ?? null).catch(() => null) }
    }
    return this.#latest.standing
  }
}
