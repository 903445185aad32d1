import type { Pool } from 'pg'
import { Overview } from '../../apps/poller/src/polling/overview.js'
import { Watcher } from '../../apps/poller/src/polling/watcher.js'
import type { Logger } from '../../libs/platform/src/index.js'
import { Metrics } from '../../libs/platform/src/index.js'
import { table } from './table.js'

/** The table of the poller's metrics in docs/operations.md, as the poller registers them. */
export function pollMetricsTable(): string {
  const metrics = new Metrics()
  new Watcher({} as Logger, metrics)
  new Overview({} as Pool).show(metrics, () => 0)
  const registered = metrics.registry.getMetricsAsArray() as { name: string; help: string; labelNames?: string[] }[]
  const rows = registered
    .filter(({ name }) => name.startsWith('tributary_'))
    .map(({ name, help, labelNames = [] }) => [`\`${name}\``, labelNames.join(', '), help])
  return table([['metric', 'labels', 'meaning'], ...rows])
}
