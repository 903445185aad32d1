import { Injectable } from '@nestjs/common'
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry, type Metric } from 'prom-client'

/** Seconds, from a database statement's to a slow callback's. */
const durations = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30]

/** The process's metrics. Asked twice for the same name, it gives the same metric. */
@Injectable()
export class Metrics {
  readonly registry = new Registry()

  constructor() {
    collectDefaultMetrics({ register: this.registry })
  }

  /** Something that is counted; its name ends in `_total`. */
  counter<Label extends string = never>(name: string, help: string, labelNames: readonly Label[] = []): Counter<Label> {
    return this.#once(name, () => new Counter({ name, help, labelNames, registers: [this.registry] }))
  }

  /** Something that goes up and down. `collect` is called before each look, to set it. */
  gauge<Label extends string = never>(
    name: string,
    help: string,
    labelNames: readonly Label[] = [],
    collect?: (gauge: Gauge<Label>) => void | Promise<void>,
  ): Gauge<Label> {
    const make = () =>
      new Gauge({
        name,
        help,
        labelNames,
        registers: [this.registry],
        ...(collect && {
          collect(this: Gauge<Label>) {
            return collect(this)
          },
        }),
      })
    return this.#once(name, make)
  }

  /** Something that is measured; seconds, unless other buckets are given. */
  histogram<Label extends string = never>(
    name: string,
    help: string,
    labelNames: readonly Label[] = [],
    buckets: readonly number[] = durations,
  ): Histogram<Label> {
    const make = () => new Histogram({ name, help, labelNames, buckets: [...buckets], registers: [this.registry] })
    return this.#once(name, make)
  }

  #once<Kind extends Metric<string>>(name: string, make: () => Kind): Kind {
    return (this.registry.getSingleMetric(name) as Kind | undefined) ?? make()
  }
}
