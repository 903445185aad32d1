import { isDatabaseUnavailable } from './database-unavailable.js'
import { foundByFramework } from './found-by-framework.js'
import { Refused, type Refusal } from './refusal.js'

/** An error as clients see it. */
export interface ErrorAnswer {
  status: number
  message: string
  providerMessage: string | null
  headers?: Record<string, string>
}

/** What anything thrown on the way to an answer is outside: the only place that knows status codes. */
export function answerTo(thrown: unknown): ErrorAnswer {
  if (thrown instanceof Refused) return answerToRefusal(thrown.refusal)
  const found = foundByFramework(thrown)
  if (found) return plain(found.status, found.message)
  if (isDatabaseUnavailable(thrown)) {
    const message = 'The database does not answer; try again in a few seconds'
    return { ...plain(503, message), headers: { 'Retry-After': '5' } }
  }
  return plain(500, 'Something went wrong here; the request id finds it in the log')
}

const statuses: Readonly<Record<Refusal['kind'], number>> = {
  invalid: 400,
  unauthorized: 401,
  forbidden: 403,
  'not-found': 404,
  'method-not-allowed': 405,
  'not-acceptable': 406,
  conflict: 409,
  'key-under-way': 409,
  'condition-failed': 412,
  'key-reused': 422,
  'vendor-refused': 400,
  'vendor-unauthorized': 401,
  'vendor-forbids': 403,
  'vendor-has-none': 404,
  'vendor-throttles': 429,
  'vendor-unavailable': 502,
}

function answerToRefusal(refusal: Refusal): ErrorAnswer {
  return {
    status: statuses[refusal.kind],
    message: messageOf(refusal),
    providerMessage: 'providerMessage' in refusal ? refusal.providerMessage : null,
    ...('retryAfterSeconds' in refusal && { headers: { 'Retry-After': String(refusal.retryAfterSeconds) } }),
    // Some clients take a 401 without a challenge for a broken answer.
    ...(statuses[refusal.kind] === 401 && { headers: { 'WWW-Authenticate': 'User' } }),
    ...('allowed' in refusal && { headers: { Allow: refusal.allowed.join(', ') } }),
  }
}

function messageOf(refusal: Refusal): string {
  switch (refusal.kind) {
    case 'invalid':
      return refusal.faults.join('\n')
    case 'method-not-allowed':
      return `${refusal.method} is not what this path takes: ${refusal.allowed.join(', ')}`
    case 'not-acceptable':
      return `Accept is ${JSON.stringify(refusal.accept)}; all answers are application/json`
    default:
      return refusal.message
  }
}

function plain(status: number, message: string): ErrorAnswer {
  return { status, message, providerMessage: null }
}
