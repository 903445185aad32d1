import type { Logger, Metrics } from '#platform'
import type { LogObserver } from '../observer.js'

/** What the engine tells about itself, as metrics and log lines. */
export function metricsObserver(metrics: Metrics, logger: Logger): LogObserver {
  const published = metrics.counter('tributary_log_published_total', 'Records made durable on the event log.', [
    'topic',
  ])
  const failed = metrics.counter(
    'tributary_log_publish_failures_total',
    'Publishes to the event log that were rejected.',
    ['topic'],
  )
  const publishSeconds = metrics.histogram('tributary_log_publish_seconds', 'From a publish to its being durable.')
  const consumed = metrics.counter('tributary_log_consumed_total', 'Records that a group has dealt with.', ['group'])
  const batchSeconds = metrics.histogram('tributary_log_batch_seconds', "A batch's time in its handler.", ['group'])
  const retries = metrics.counter('tributary_log_retries_total', 'Batches that had to be handed over again.', ['group'])
  const lag = metrics.gauge(
    'tributary_log_lag_records',
    'Records that the group has yet to read, as of the last fetch.',
    ['group', 'topic', 'partition'],
  )
  return {
    published(topic, records, seconds) {
      published.inc({ topic }, records)
      publishSeconds.observe(seconds)
    },
    publishFailed(topic, _records, error) {
      failed.inc({ topic })
      logger.debug({ err: error, topic }, 'a publish to the event log failed')
    },
    consumed(group, records, seconds) {
      consumed.inc({ group }, records)
      batchSeconds.observe({ group }, seconds)
    },
    retried(group, why) {
      retries.inc({ group })
      logger.warn({ group, why }, 'a batch of the event log is handed over again')
    },
    lag: (group, topic, partition, records) => lag.set({ group, topic, partition: String(partition) }, records),
    info: (what, details) => logger.info({ ...details }, what),
    warn: (what, error) => logger.warn(error === undefined ? {} : { err: error }, what),
  }
}
