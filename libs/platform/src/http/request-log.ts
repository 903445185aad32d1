import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import type { Metrics } from '../metrics/metrics.js'
import { isVendorsDoor } from './bodies.js'

/**
 * One line and one measurement per request. The route is logged, not the address, and no query string: both may hold
 * secrets. The vendors' door writes its own line, which knows more; probes are nobody's work.
 */
export function logRequests(fastify: FastifyInstance, logger: Logger, metrics: Metrics): void {
  const seconds = metrics.histogram('tributary_http_request_seconds', 'Time to answer a request.', [
    'method',
    'route',
    'status',
  ])
  fastify.addHook('onResponse', (request, reply, done) => {
    const { method, id } = request
    const route = request.routeOptions.url ?? 'none'
    const { statusCode: status, elapsedTime } = reply
    seconds.observe({ method, route, status: String(status) }, elapsedTime / 1_000)
    if (!isVendorsDoor(request.url) && !/^\/(?:health\/|metrics)/.test(request.url)) {
      const line = { requestId: id, method, route, status, milliseconds: Math.round(elapsedTime * 10) / 10 }
      if (status >= 500) logger.error(line, 'http request')
      else logger.info(line, 'http request')
    }
    done()
  })
}
