import type { Logger, Metrics } from '#platform'
import type { Instance } from '../instance.js'
import type { PollSchedule } from '../polling/poll-schedule.js'
import type { TracedRequest } from './traced.js'
import type { SessionListener } from './vendor-sessions.js'

/** Tells operators of what goes on between instances and their vendors, and stops the polls of those that are refused. */
export class SessionWatcher implements SessionListener {
  readonly #renewals
  readonly #rests

  constructor(
    private readonly schedule: Pick<PollSchedule, 'pause'>,
    private readonly log: Logger,
    metrics: Metrics,
  ) {
    this.#renewals = metrics.counter('tributary_token_renewals_total', 'Access tokens that were to be renewed.', [
      'element',
      'outcome',
    ])
    this.#rests = metrics.counter(
      'tributary_vendor_rests_total',
      'Requests that were put off, or refused by vendors, since their account has no more for now.',
      ['element'],
    )
  }

  traced(request: TracedRequest): void {
    this.log.info(request, 'a request to the vendor')
  }

  renewal({ elementKey }: Instance, outcome: 'renewed' | 'refused' | 'unavailable'): void {
    this.#renewals.inc({ element: elementKey, outcome })
  }

  rests({ elementKey }: Instance): void {
    this.#rests.inc({ element: elementKey })
  }

  async refused({ id, accountId, elementKey }: Instance, message: string): Promise<void> {
    this.log.warn(
      { instanceId: id, accountId, element: elementKey, why: message },
      'the vendor refuses to renew an instance’s tokens: its polls are paused until someone authorizes it again',
    )
    await this.schedule.pause(id, `the vendor refuses to renew the tokens: ${message}`)
  }
}
