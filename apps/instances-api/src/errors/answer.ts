import { HttpException } from '@nestjs/common'
import { Refused, type Refusal } from './refusal.js'

/** An error as clients see it. */
export interface ErrorAnswer {
  status: number
  message: string
  providerMessage: string | null
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
    case 'not-found':
      return plain(404, refusal.message)
    case 'conflict':
      return plain(409, refusal.message)
    case 'vendor-refused':
      return { status: 400, message: refusal.message, providerMessage: refusal.providerMessage }
    case 'vendor-unavailable':
      return { status: 502, message: refusal.message, providerMessage: refusal.providerMessage }
  }
}

function plain(status: number, message: string): ErrorAnswer {
  return { status, message, providerMessage: null }
}
