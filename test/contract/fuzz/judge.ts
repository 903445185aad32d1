import type { RawAnswer } from './raw-client.js'
import type { FuzzRequest } from './requests.js'

/** What only the inside of the program says. */
const leaks = [
  /\n\s+at |node_modules|\.[jt]s:\d+/,
  /SQLSTATE|relation "|syntax error at or near|violates .* constraint|invalid input syntax|out of range for type/i,
  /invalid byte sequence|QueryFailed|current transaction is aborted|unsupported Unicode escape|cannot be cast/i,
  /(?:Type|Range|Reference|Syntax)Error|Cannot read prop|is not (?:a function|iterable)|ENOENT|EACCES/,
]

/** What is wrong with an answer to a request that is wrong; null: nothing. */
export function faultOf(request: FuzzRequest, answer: RawAnswer, root: string): string | null {
  const { status, headers, body } = answer
  if (status === 0) return request.mayClose ? null : 'the connection was closed without an answer'
  if (status >= 500) return 'the program failed'
  if (leaks.some(leak => leak.test(body)) || body.includes(root)) return 'the answer tells of the inside of the program'
  if (headers.has('x-injected')) return 'a header was injected'
  if (status < 400) return request.mayPass === null ? 'what is wrong was taken for right' : null
  if (request.method === 'HEAD') return null
  return errorBodyFault(headers, body)
}

function errorBodyFault(headers: Map<string, string>, body: string): string | null {
  if (!headers.get('content-type')?.startsWith('application/json')) return 'the error is not JSON'
  const { requestId, message, providerMessage, ...rest } = JSON.parse(body) as Record<string, unknown>
  if (Object.keys(rest).length > 0) return 'the error has members that are not documented'
  if (typeof requestId !== 'string' || !/^[0-9a-f]{24}$/.test(requestId))
    return 'requestId is not 24 hexadecimal digits'
  if (typeof message !== 'string' || message === '') return 'there is no message'
  return providerMessage === null || typeof providerMessage === 'string' ? null : 'providerMessage is no text'
}
