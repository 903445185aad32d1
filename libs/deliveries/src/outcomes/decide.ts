import { longestRetryAfterMs, retryWaitMs, scheduleLengthMs } from './retry-schedule.js'

/** What came of one callback, as seen from here. */
export type Answer =
  | { kind: 'answered'; status: number; retryAfterMs: number | null; excerpt: string }
  /** No answer, or none that was finished in time. */
  | { kind: 'failed'; error: string }

/** What an attempt means for its delivery. */
export type Decision =
  | { kind: 'delivered' }
  /** `notBefore`: the receiver asked for that much patience, so no recovery of its lane may shorten the wait. */
  | { kind: 'retry'; waitMs: number; patient: boolean }
  /** This one waits until somebody asks for it; others go on. */
  | { kind: 'queued' }
  /** The subscription, or every one of its URL, is over; this one waits, and so does what follows. */
  | { kind: 'deactivated'; what: 'subscription' | 'url'; why: 'gone' | 'unreachable' }

/** What is known when an attempt has ended. */
export interface Circumstances {
  /** The attempt's number; 1 is the first. */
  number: number
  /** When this notification's first attempt began. */
  firstAttemptAt: number
  /** When anything last reached this URL; null: never. */
  lastSuccessAt: number | null
  /** For how long the URL has been tried without a success, in milliseconds; null: it doesn't fail. */
  failingForMs: number | null
  policy: FailurePolicy
  /** 0 to 1, for the jitter. */
  random: number
}

/** An account's `notification.webhook.failure.policy`: whether failed callbacks are retried or queued at once. */
export type FailurePolicy = 'retry' | 'queue'

/** What an answer means. A redirect is a failure like any other: it is never followed. */
export function decide(answer: Answer, at: Circumstances): Decision {
  if (answer.kind === 'answered') {
    if (answer.status >= 200 && answer.status < 300) return { kind: 'delivered' }
    if (answer.status === 410) return { kind: 'deactivated', what: 'subscription', why: 'gone' }
  }
  const waitMs = at.policy === 'queue' ? null : retryWaitMs(at.number, at.random)
  const othersGotThrough = at.lastSuccessAt !== null && at.lastSuccessAt >= at.firstAttemptAt
  // First: where nothing else comes, all that failed for so long may be this one.
  if (waitMs === null && othersGotThrough) return { kind: 'queued' }
  if (at.failingForMs !== null && at.failingForMs >= scheduleLengthMs) {
    return { kind: 'deactivated', what: 'url', why: 'unreachable' }
  }
  if (waitMs === null) return { kind: 'deactivated', what: 'subscription', why: 'unreachable' }
  const asked = answer.kind === 'answered' ? Math.min(answer.retryAfterMs ?? 0, longestRetryAfterMs) : 0
  return { kind: 'retry', waitMs: Math.max(waitMs, asked), patient: asked > waitMs }
}

/** Milliseconds that a Retry-After header asks for: delta-seconds or an HTTP date; null where it says neither. */
export function retryAfterMs(header: string | undefined, now: number): number | null {
  if (header === undefined) return null
  const text = header.trim()
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1_000, longestRetryAfterMs)
  // Only the forms of RFC 9110, all of which name a month: Date.parse takes much more.
  const date = /[A-Za-z]{3}/.test(text) ? Date.parse(text) : NaN
  return Number.isNaN(date) ? null : Math.min(Math.max(0, date - now), longestRetryAfterMs)
}
