import { isVendorsDoor, requestIdOf, SETTINGS, type Settings } from '#platform'
import { Inject, Injectable } from '@nestjs/common'
import { HttpAdapterHost } from '@nestjs/core'
import type { FastifyAdapter } from '@nestjs/platform-fastify'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Refused, type Refusal } from '../errors/refusal.js'
import { requestIdHeader } from '../errors/request-id.js'
import { acceptsJson } from './accepts-json.js'
import { ApiPaths, isApi } from './api-paths.js'
import { always, crossOrigin, preflight } from './cors.js'

const noSuchPath: Refusal = { kind: 'not-found', message: 'There is no such path; /docs lists those that there are' }

/**
 * What HTTP asks of every path of the API, before anything is read or looked up: which there are and what they take,
 * what is accepted, who may ask from another origin. In one process with other apps, their paths are left alone.
 */
@Injectable()
export class HttpRules {
  private readonly paths = new ApiPaths()

  constructor(
    { httpAdapter }: HttpAdapterHost<FastifyAdapter>,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {
    // Now, because a hook hears only of the routes that are made after it.
    const fastify = httpAdapter.getInstance<FastifyInstance>()
    fastify.addHook('onRoute', ({ method, url }) => {
      if (!isVendorsDoor(url)) this.paths.add([method].flat(), url)
    })
    fastify.addHook('onRequest', (request, reply, done) => {
      if (!isApi(request.url) || isOthers(request)) return done()
      const verdict = this.judge(request, reply)
      if (verdict === 'answered') return
      done(verdict === 'pass' ? undefined : new Refused(verdict))
    })
  }

  private judge(request: FastifyRequest, reply: FastifyReply): 'pass' | 'answered' | Refusal {
    const { method, url, headers } = request
    const origin = crossOrigin(headers.origin, this.settings.corsOrigins)
    reply.headers({ ...always, ...origin, [requestIdHeader]: requestIdOf(request) })
    const methods = isVendorsDoor(url) ? null : this.paths.methodsAt(url)
    if (!methods) return noSuchPath
    if (method === 'OPTIONS') {
      const isPreflight = headers['access-control-request-method'] !== undefined
      if (isPreflight && origin['access-control-allow-origin']) reply.headers(preflight(methods))
      void reply.status(204).header('allow', methods.join(', ')).send()
      return 'answered'
    }
    if (!methods.includes(method)) return { kind: 'method-not-allowed', method, allowed: methods }
    return acceptsJson(headers.accept) ? 'pass' : { kind: 'not-acceptable', accept: headers.accept ?? '' }
  }
}

/** The gateway's, where it is in this process; else the resources without a hub would take them. */
function isOthers({ url, routeOptions }: FastifyRequest): boolean {
  return isVendorsDoor(url) && routeOptions.url !== undefined && isVendorsDoor(routeOptions.url)
}
