import { FastifyAdapter } from '@nestjs/platform-fastify'

/**
 * Fastify that hands every body over as the bytes that came: the receiver checks signatures over them, and vendors
 * accept more content types than JSON. Open connections don't hold up closing, since faults leave requests hanging.
 */
export function simulatorAdapter(): FastifyAdapter {
  const adapter = new FastifyAdapter({
    bodyLimit: 64 * 1024 * 1024,
    forceCloseConnections: true,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 500 },
  })
  const fastify = adapter.getInstance()
  fastify.removeAllContentTypeParsers()
  fastify.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body)
  })
  return adapter
}
