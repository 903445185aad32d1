import type { Failure } from '#connectors'
import type { Refusal } from '../errors/refusal.js'

/** What a vendor's failure to answer is to whoever asked through a hub. */
export function vendorRefusal(vendor: string, failure: Failure, now: number): Refusal {
  const providerMessage = failure.message
  switch (failure.kind) {
    case 'throttled':
      return throttled(vendor, failure.retryAt, failure.unsent ? null : providerMessage, now)
    case 'unauthorized':
      return failure.status === 401
        ? {
            kind: 'vendor-unauthorized',
            message: `${vendor} does not take the instance's credentials; authorize it again`,
            providerMessage,
          }
        : { kind: 'vendor-forbids', message: `${vendor} does not allow this to the instance`, providerMessage }
    case 'rejected':
      return rejection(vendor, failure)
    case 'unavailable':
      return failure.restart
        ? { kind: 'invalid', faults: [`nextPage: ${failure.message}; begin again without it`] }
        : { kind: 'vendor-unavailable', message: `${vendor} could not answer; try again`, providerMessage }
  }
}

function throttled(vendor: string, until: number, providerMessage: string | null, now: number): Refusal {
  const retryAfterSeconds = Math.max(1, Math.ceil((until - now) / 1_000))
  const message = `${vendor} takes no more requests of this account for ${retryAfterSeconds} s`
  return { kind: 'vendor-throttles', message, providerMessage, retryAfterSeconds }
}

function rejection(vendor: string, { status, message }: Extract<Failure, { kind: 'rejected' }>): Refusal {
  // It was never sent, and the engine's words say what can't be asked.
  if (status === 0) return { kind: 'invalid', faults: [message] }
  return status === 404 || status === 410
    ? { kind: 'vendor-has-none', message: `${vendor} has no such thing`, providerMessage: message }
    : { kind: 'vendor-refused', message: `${vendor} refused the request`, providerMessage: message }
}
