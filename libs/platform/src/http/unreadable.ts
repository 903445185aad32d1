import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { randomBytes } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { requestIdOf } from './request-id.js'

/**
 * Answers what no route can be looked up for: a path that can't be decoded, or with a segment beyond the limit. No hook
 * and no filter hears of it, so the API's error body is made here, for whichever app it is.
 */
export function answerUnroutable(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const message =
    error.code === 'FST_ERR_MAX_PARAM_LENGTH'
      ? 'A segment of the path is longer than 1024 characters'
      : 'The path has a % that does not begin an encoded UTF-8 character; a % of its own is %25'
  const requestId = requestIdOf(request)
  void reply
    .status(error.statusCode ?? 400)
    .headers({ 'content-type': 'application/json; charset=utf-8', 'elements-request-id': requestId })
    .send(JSON.stringify({ requestId, message, providerMessage: null }))
}

/** Answers what is no HTTP request, or never became one; nobody else hears of it. */
export function answerUnreadable(error: Error & { code?: string; rawPacket?: unknown }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy(error)
    return
  }
  const [status, message] = meaningOf(error)
  const body = JSON.stringify({ requestId: randomBytes(12).toString('hex'), message, providerMessage: null })
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy())
}

function meaningOf({ code, rawPacket }: { code?: string; rawPacket?: unknown }): [status: number, message: string] {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return [408, 'The request did not arrive in time']
    case 'HPE_HEADER_OVERFLOW':
      return [431, 'The address and the headers are longer than 16 KiB together; what is long belongs into the body']
    default:
      return [400, hasBlanks(rawPacket) ? blanksInAddress : 'What came is not a readable HTTP request']
  }
}

const blanksInAddress =
  "The address has blanks in it, which HTTP doesn't allow; write them as %20 (curl does it with -G --data-urlencode)"

/** Whether the request's first line has more words than method, address and version. */
function hasBlanks(rawPacket: unknown): boolean {
  const line = Buffer.isBuffer(rawPacket) ? rawPacket.toString('latin1').split('\r\n', 1)[0]! : ''
  return /^[A-Z]+ \/\S* .* HTTP\/1\.[01]$/.test(line)
}
