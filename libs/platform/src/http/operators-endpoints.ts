import type { FastifyInstance } from 'fastify'

/**
 * Health and metrics are for those who stand beside the process: probes and scrapers. What came through an ingress says
 * so in its headers, which the sender can't take off, and finds nothing here.
 */
export function keepToOperators(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    const { url, headers } = request
    const forwarded = headers['x-forwarded-for'] ?? headers['x-forwarded-host'] ?? headers.forwarded
    if (forwarded === undefined || !/^\/(?:health|metrics)(?:[/?]|$)/.test(url)) return done()
    void reply.status(404).send()
  })
}
