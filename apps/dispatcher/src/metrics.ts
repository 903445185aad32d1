import { Injectable } from '@nestjs/common'
import type { Counter, Histogram } from 'prom-client'
import { Metrics } from '#platform'
import type { Decision } from '#deliveries'

/** What the dispatcher counts and measures. */
@Injectable()
export class DispatcherMetrics {
  private readonly received: Counter<'outcome'>
  private readonly attempts: Counter<'outcome'>
  private readonly seconds: Histogram
  private readonly ageSeconds: Histogram
  private readonly recoveries: Counter
  private readonly expired: Counter

  constructor(private readonly metrics: Metrics) {
    this.received = metrics.counter('tributary_dispatcher_records_total', 'Records read from the log.', ['outcome'])
    this.attempts = metrics.counter('tributary_callback_attempts_total', 'Callbacks attempted.', ['outcome'])
    this.seconds = metrics.histogram('tributary_callback_seconds', 'Duration of a callback, its answer included.')
    this.ageSeconds = metrics.histogram(
      'tributary_delivery_seconds',
      'From the storing of a notification to its delivery.',
      [],
      [0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5, 15, 60, 600, 3_600, 43_200],
    )
    this.recoveries = metrics.counter('tributary_lane_recoveries_total', 'Outages of callback URLs that ended.')
    this.expired = metrics.counter('tributary_deliveries_expired_total', 'Deliveries given up by retention.')
  }

  /** `stored`: new events; `known`: seen before, told by other means, or erased; `rejected`: can't be stored. */
  records(outcome: 'stored' | 'known' | 'rejected', count: number): void {
    if (count > 0) this.received.inc({ outcome }, count)
  }

  attempt(decision: Decision, durationMs: number, ageMs: number): void {
    this.attempts.inc({ outcome: decision.kind })
    this.seconds.observe(durationMs / 1_000)
    if (decision.kind === 'delivered') this.ageSeconds.observe(ageMs / 1_000)
  }

  recovered(): void {
    this.recoveries.inc()
  }

  gaveUp(count: number): void {
    if (count > 0) this.expired.inc(count)
  }

  /** A number that is looked up when somebody asks for the metrics. */
  watch(name: string, help: string, look: () => number | Promise<number>): void {
    this.metrics.gauge(name, help, [], async gauge => gauge.set(await look()))
  }
}
