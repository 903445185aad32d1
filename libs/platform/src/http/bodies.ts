import { BadRequestException, UnsupportedMediaTypeException, type HttpException } from '@nestjs/common'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { isDeeperThan, maxJsonDepth } from './json-depth.js'
import { jsonFault } from './json-fault.js'

/** The largest body that is taken in; beyond it the answer is 413. */
export const bodyLimitBytes = 1024 * 1024

/** The vendors' door: what is below it is the webhook gateway's, in one process as behind the ingress. */
const door = '/elements/api-v2/events/'

/** Whether a request goes to the vendors' door. */
export function isVendorsDoor(url: string): boolean {
  return url.startsWith(door)
}

const parsedBytes = new WeakMap<FastifyRequest, Buffer>()

/** The bytes of a body that was parsed; none where there is no body, and at the vendors' door. */
export function bodyBytes(request: FastifyRequest): Buffer | undefined {
  return parsedBytes.get(request)
}

/**
 * How bodies are read. At the vendors' door the handler gets the bytes as they came, whatever they are, since signatures
 * are over bytes. Elsewhere a body is JSON, parsed: not JSON 400, too deep 400, another type 415.
 */
export function readBodies(fastify: FastifyInstance): void {
  const parseJson = fastify.getDefaultJsonParser('error', 'error')
  fastify.removeAllContentTypeParsers()
  fastify.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: bodyLimitBytes }, (request, body, done) => {
    const bytes = body as Buffer
    if (isVendorsDoor(request.url)) return done(null, bytes)
    if (bytes.length === 0) return done(null, undefined)
    const fault = faultOf(request, bytes)
    if (fault) return done(fault)
    parsedBytes.set(request, bytes)
    void parseJson(request, bytes.toString('utf8'), (error, parsed) =>
      error ? done(new BadRequestException(whyInvalid(bytes))) : done(null, parsed),
    )
  })
}

function faultOf(request: FastifyRequest, body: Buffer): HttpException | null {
  const type = request.headers['content-type']
  if (!type || !/^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(type)) {
    const found = type ? JSON.stringify(type) : 'missing'
    return new UnsupportedMediaTypeException(`content-type is ${found}; send application/json`)
  }
  const encoding = request.headers['content-encoding']
  if (encoding && encoding !== 'identity') {
    return new UnsupportedMediaTypeException(`content-encoding is ${JSON.stringify(encoding)}; send the body as it is`)
  }
  if (!isDeeperThan(body)) return null
  return new BadRequestException(`The body's JSON is nested deeper than ${maxJsonDepth} levels.`)
}

function whyInvalid(body: Buffer): string {
  const text = body.toString('utf8')
  try {
    JSON.parse(text)
    return 'The body has a key __proto__ or constructor.prototype, which nothing here is called.'
  } catch {
    return `The body is not valid JSON: ${jsonFault(text)}`
  }
}
