import { HttpException } from '@nestjs/common'
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
  if (thrown instanceof HttpException) return plain(thrown.getStatus(), thrown.message)
  const { statusCode, message } = thrown as { statusCode?: unknown; message?: unknown }
  // What Fastify finds wrong with a request: too long, not JSON, a type it doesn't read.
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) return plain(statusCode, String(message))
  return plain(500, 'Something went wrong here; the request id finds it in the log')
}

function answerToRefusal(refusal: Refusal): ErrorAnswer {
  switch (refusal.kind) {
    case 'invalid':
      return plain(400, refusal.faults.join('\n'))
    case 'unauthorized':
      return plain(401, refusal.message)
    case 'forbidden':
      return plain(403, refusal.message)
    case 'not-found':
      return plain(404, refusal.message)
    case 'conflict':
      return plain(409, refusal.message)
    case 'condition-failed':
      return plain(412, refusal.message)
    case 'vendor-refused':
      return ofVendor(400, refusal)
    case 'vendor-unauthorized':
      return ofVendor(401, refusal)
    case 'vendor-forbids':
      return ofVendor(403, refusal)
    case 'vendor-has-none':
      return ofVendor(404, refusal)
    case 'vendor-throttles':
      return { ...ofVendor(429, refusal), headers: { 'Retry-After': String(refusal.retryAfterSeconds) } }
    case 'vendor-unavailable':
      return ofVendor(502, refusal)
  }
}

function plain(status: number, message: string): ErrorAnswer {
  return { status, message, providerMessage: null }
}

function ofVendor(status: number, said: { message: string; providerMessage: string }): ErrorAnswer {
  return { status, message: said.message, providerMessage: said.providerMessage }
}
