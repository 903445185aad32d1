import type { Logger } from 'pino'

/** What a process is, to those who end it. */
export interface Ending {
  on(event: string, listener: (cause: unknown) => void): unknown
  exit(code: number): void
}

/** Kubernetes and Compose are told to wait a little longer than this. */
const deadlineMs = 28_000

/**
 * Ends the process in order on SIGTERM and SIGINT: `finish` stops taking in work and ends what is under way. The second
 * signal ends it at once, and so does what nobody caught: its state is unknown, and all that matters is stored.
 */
export function drainOnSignals(ending: Ending, logger: Logger, finish: () => Promise<void>): void {
  let draining = false
  const drain = (signal: string) => {
    if (draining) {
      logger.warn({ signal }, 'second signal: ending at once')
      ending.exit(1)
      return
    }
    draining = true
    logger.info({ signal }, 'shutting down: no new work is taken, what is under way is finished')
    const late = setTimeout(() => {
      logger.error(`not finished within ${deadlineMs / 1_000} s: ending; what is left goes on from stored state`)
      ending.exit(1)
    }, deadlineMs).unref()
    finish().then(
      () => {
        clearTimeout(late)
        logger.info('shut down')
        ending.exit(0)
      },
      (err: unknown) => {
        logger.error({ err }, 'shutting down failed')
        ending.exit(1)
      },
    )
  }
  for (const signal of ['SIGTERM', 'SIGINT']) ending.on(signal, () => drain(signal))
  for (const event of ['uncaughtException', 'unhandledRejection']) {
    ending.on(event, err => {
      logger.fatal({ err, event }, 'an error that nothing handles: ending, to be started again')
      ending.exit(1)
    })
  }
}
