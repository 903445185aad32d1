import { HttpException, NotFoundException } from '@nestjs/common'

/** What Nest or Fastify found wrong with a request. */
export interface Found {
  status: number
  message: string
}

const wordsOfFastify: Readonly<Record<string, string>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'The body is longer than 1 MiB (1048576 bytes)',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'The body is not as long as the header Content-Length says',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'The header Content-Type is none; send application/json',
}

/**
 * What a thrown error says about the request, if it comes from the framework and is the request's fault; in our words,
 * since theirs speak of their own insides or repeat the address. What our own code throws as HttpException stays.
 */
export function foundByFramework(thrown: unknown): Found | null {
  if (thrown instanceof NotFoundException) return { status: 404, message: 'There is nothing at this address' }
  const { code, statusCode } = thrown as { code?: unknown; statusCode?: unknown }
  // Node's own error, to which Fastify adds a status: nobody is there to read this, but it is no failure of ours.
  if (code === 'ECONNRESET' && statusCode === 400) return { status: 400, message: 'The request ended in its body' }
  if (!(thrown instanceof HttpException)) return null
  // Nest wraps what Fastify finds.
  const { cause } = thrown as { cause?: { code?: unknown } }
  const message = cause ? (wordsOfFastify[String(cause.code)] ?? 'The request can not be read') : thrown.message
  return { status: thrown.getStatus(), message }
}
