import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, request } from 'undici'
import type { Clock } from '../../clock/clock.js'
import type { IntercomSettings } from '../settings.js'
import { attemptBody, attemptHeaders, type WebhookNotification } from './notification.js'

/** One POST of a notification. `status` is null where no answer came. */
export interface WebhookAttempt {
  number: number
  at: number
  ms: number
  status: number | null
  error?: string
}

/** What became of a notification. */
export interface WebhookDelivery {
  id: string | null
  topic: string
  workspace: string
  outcome: 'pending' | 'delivered' | 'failed' | 'dropped'
  attempts: WebhookAttempt[]
}

export type SubscriptionState = 'live' | 'throttled' | 'paused' | 'disabled'

interface Job {
  notification: WebhookNotification
  delivery: WebhookDelivery
  number: number
  waitedMs: number
  firstSentAt: number
}

const IN_FLIGHT = 64
const DROPPED_AFTER_MS = 2 * 3_600_000
const PAUSE_MS = 15 * 60_000
const CONSECUTIVE_ERRORS_TO_PAUSE = 1_000

/**
 * An app's subscription: one URL, the topics picked, and Intercom's way of delivering: five seconds for an answer, one
 * retry, 410 disables, 429 throttles, a thousand errors in a row pause. There is no order and no third attempt.
 */
export class WebhookSubscription {
  readonly deliveries: WebhookDelivery[] = []
  private readonly agent = new Agent({ connections: IN_FLIGHT, pipelining: 1 })
  private readonly closing = new AbortController()
  private readonly ready: Job[] = []
  private inFlight = 0
  private unfinished = 0
  private idle: (() => void)[] = []
  private heldUntil = 0
  private consecutiveErrors = 0
  private disabled = false

  constructor(
    readonly url: string,
    readonly topics: ReadonlySet<string>,
    private readonly clientSecret: string,
    private readonly settings: IntercomSettings,
    private readonly clock: Clock,
  ) {
    // Every notification that waits for its second attempt listens for the end.
    setMaxListeners(0, this.closing.signal)
  }

  get state(): SubscriptionState {
    if (this.disabled) return 'disabled'
    if (this.heldUntil <= Date.now()) return 'live'
    return this.consecutiveErrors > CONSECUTIVE_ERRORS_TO_PAUSE ? 'paused' : 'throttled'
  }

  /** What saving the URL does first: an unsigned HEAD. @returns the status, or null where no answer came */
  async validate(): Promise<number | null> {
    try {
      const { statusCode, body } = await request(this.url, {
        method: 'HEAD',
        dispatcher: this.agent,
        signal: AbortSignal.timeout(this.settings.webhookTimeoutMs),
      })
      await body.dump()
      return statusCode
    } catch {
      return null
    }
  }

  wants(topic: string): boolean {
    return topic === 'ping' || this.topics.has(topic) || this.topics.has('*')
  }

  /** Sends a notification, which the returned record then follows. */
  send(notification: WebhookNotification): WebhookDelivery {
    const { id, topic, workspace } = notification
    const delivery: WebhookDelivery = { id, topic, workspace, outcome: 'pending', attempts: [] }
    this.deliveries.push(delivery)
    if (this.disabled || this.state === 'paused') {
      delivery.outcome = 'dropped'
      return delivery
    }
    this.unfinished++
    this.enqueue({ notification, delivery, number: 1, waitedMs: 0, firstSentAt: 0 })
    return delivery
  }

  /** Resolves once nothing is under way or waiting for its retry. */
  async settled(): Promise<void> {
    if (this.unfinished === 0) return
    await new Promise<void>(resolve => this.idle.push(resolve))
  }

  /** Makes a disabled, throttled or paused subscription live again, as a person does in the Developer Hub. */
  setLive(): void {
    this.disabled = false
    this.heldUntil = 0
    this.consecutiveErrors = 0
  }

  async close(): Promise<void> {
    this.closing.abort()
    await this.agent.destroy()
  }

  private enqueue(job: Job): void {
    const heldMs = this.heldUntil - Date.now()
    if (heldMs > 0) {
      this.later(job, heldMs)
      return
    }
    this.ready.push(job)
    this.pump()
  }

  private pump(): void {
    while (this.inFlight < IN_FLIGHT) {
      // A backlog goes out newest first, which is why nobody may rely on the order.
      const job = this.ready.length > IN_FLIGHT ? this.ready.pop() : this.ready.shift()
      if (!job) return
      this.inFlight++
      void this.attempt(job).finally(() => {
        this.inFlight--
        this.pump()
      })
    }
  }

  private async attempt(job: Job): Promise<void> {
    if (this.disabled) {
      this.finish(job, 'dropped')
      return
    }
    job.firstSentAt ||= this.clock.seconds()
    const started = Date.now()
    const result = await this.post(job)
    job.delivery.attempts.push({ number: job.number, at: started, ms: Date.now() - started, ...result })
    this.judge(job, result.status)
  }

  private async post(job: Job): Promise<{ status: number | null; error?: string }> {
    const text = attemptBody(job.notification, job, this.settings.webhookBody)
    try {
      const { statusCode, body } = await request(this.url, {
        method: 'POST',
        headers: attemptHeaders(text, this.clientSecret),
        body: text,
        dispatcher: this.agent,
        signal: AbortSignal.timeout(this.settings.webhookTimeoutMs),
      })
      await body.dump()
      return { status: statusCode }
    } catch (error) {
      return { status: null, error: error instanceof Error ? error.message : String(error) }
    }
  }

  private judge(job: Job, status: number | null): void {
    if (status !== null && status >= 200 && status < 300) {
      this.consecutiveErrors = 0
      this.finish(job, 'delivered')
      return
    }
    if (++this.consecutiveErrors > CONSECUTIVE_ERRORS_TO_PAUSE) this.heldUntil = Date.now() + PAUSE_MS
    if (status === 410) {
      this.disabled = true
      this.finish(job, 'failed')
    } else if (status === 429) {
      this.throttle(job)
    } else if (job.number === 1) {
      job.number = 2
      this.later(job, this.settings.webhookRetryDelayMs)
    } else {
      this.finish(job, 'failed')
    }
  }

  private throttle(job: Job): void {
    const waitMs = Math.max(this.settings.webhookThrottleMs, job.waitedMs)
    job.waitedMs += waitMs
    if (job.waitedMs > DROPPED_AFTER_MS) {
      this.finish(job, 'dropped')
      return
    }
    this.heldUntil = Math.max(this.heldUntil, Date.now() + waitMs)
    job.number = 2
    this.later(job, waitMs)
  }

  private later(job: Job, ms: number): void {
    sleep(ms, undefined, { signal: this.closing.signal, ref: false }).then(
      () => this.enqueue(job),
      () => this.finish(job, 'dropped'),
    )
  }

  private finish(job: Job, outcome: WebhookDelivery['outcome']): void {
    job.delivery.outcome = outcome
    if (--this.unfinished > 0) return
    for (const resolve of this.idle.splice(0)) resolve()
  }
}
