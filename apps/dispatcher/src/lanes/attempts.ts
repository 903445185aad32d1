import { Inject, Injectable } from '@nestjs/common'
import { decide, type AttemptOutcome, type FailurePolicy } from '#deliveries'
import { LOGGER, type Logger } from '#platform'
import { DispatcherMetrics } from '../metrics.js'
import { Callbacks } from '../sending/callbacks.js'
import { CALLBACK_TARGETS, type CallbackTargets } from '../sending/ports.js'
import { whyOf } from '../why.js'
import type { Job } from './job.js'
import type { Lane } from './lane.js'
import type { Ended } from './outcome-writer.js'

/** Makes attempts: sends, judges the answer, and tells the lane's breaker. */
@Injectable()
export class Attempts {
  readonly #policies = new Map<number, FailurePolicy>()
  readonly #asked = new Map<number, Promise<FailurePolicy>>()

  constructor(
    private readonly callbacks: Callbacks,
    @Inject(CALLBACK_TARGETS) private readonly targets: CallbackTargets,
    private readonly metrics: DispatcherMetrics,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /** One attempt at a job. Never throws: an attempt that was started has an outcome. */
  async make(lane: Lane, job: Job): Promise<Ended> {
    const startedAt = new Date()
    const begun = performance.now()
    const answer = await this.callbacks.send(lane.url, job)
    const durationMs = performance.now() - begun
    const now = Date.now()
    const arrived = answer.kind === 'answered' && answer.status >= 200 && answer.status < 300
    const recovered = arrived && lane.breaker.succeeded(now)
    if (!arrived) lane.breaker.failed(answer.kind === 'answered' ? (answer.retryAfterMs ?? 0) : 0)
    const { lastSuccessAt, failingForMs } = lane.breaker.state
    const number = job.attempts + 1
    const firstAttemptAt = job.firstAttemptAt ?? startedAt
    const decision = decide(answer, {
      number,
      firstAttemptAt: firstAttemptAt.getTime(),
      lastSuccessAt,
      failingForMs,
      policy: arrived ? 'retry' : await this.policyOf(job.accountId),
      random: Math.random(),
    })
    this.metrics.attempt(decision, durationMs, now - job.createdAt.getTime())
    // Written out: spreads would cost more than the rest of this.
    const outcome: AttemptOutcome = {
      deliveryId: job.deliveryId,
      notificationId: job.notificationId,
      subscriptionId: job.subscriptionId,
      accountId: job.accountId,
      instanceId: job.instanceId,
      laneId: lane.id,
      epoch: lane.epoch,
      number,
      startedAt,
      durationMs,
      firstAttemptAt,
      status: answer.kind === 'answered' ? answer.status : null,
      error: answer.kind === 'failed' ? answer.error : null,
      answer: answer.kind === 'answered' && answer.excerpt !== '' ? answer.excerpt : null,
      decision,
    }
    // The excerpt is the receiver's, and not for the log.
    if (!arrived) this.log.info({ ...outcome, answer: undefined }, 'callback failed')
    return { lane, outcome, recovered, ordered: job.ordered }
  }

  /** As it is now: a change counts at once. Callbacks that fail together share the question. */
  private policyOf(accountId: number): Promise<FailurePolicy> {
    const asked = this.#asked.get(accountId)
    if (asked) return asked
    const asking = this.askPolicy(accountId).finally(() => this.#asked.delete(accountId))
    this.#asked.set(accountId, asking)
    return asking
  }

  private async askPolicy(accountId: number): Promise<FailurePolicy> {
    try {
      const policy = (await this.targets.policies([accountId])).get(accountId) ?? 'retry'
      this.#policies.set(accountId, policy)
      return policy
    } catch (error) {
      const policy = this.#policies.get(accountId) ?? 'retry'
      this.log.warn({ accountId, why: whyOf(error), policy }, "an account's failure policy could not be read")
      return policy
    }
  }
}
