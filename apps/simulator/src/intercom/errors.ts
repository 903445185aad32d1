import { randomUUID } from 'node:crypto'
import { Answer } from '../http/answer.js'

/** An `error.list` as Intercom sends it. */
export function intercomError(
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): Answer {
  return new Answer(status, { type: 'error.list', request_id: randomUUID(), errors: [{ code, message }] }, headers)
}

export const notFound = (message = 'Resource Not Found', code = 'not_found') => intercomError(404, code, message)
export const invalid = (message: string, code = 'parameter_invalid') => intercomError(400, code, message)
