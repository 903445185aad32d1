import { LOGGER, type Logger } from '#platform'
import { Catch, Inject, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common'
import { BaseExceptionFilter, HttpAdapterHost } from '@nestjs/core'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { throwError } from 'rxjs'
import { answerTo } from './answer.js'
import type { ErrorBody } from './error.dto.js'
import { Refused } from './refusal.js'
import { requestIdHeader, requestIdOf } from './request-id.js'

/**
 * Gives every error of this API its documented body: `requestId`, `message`, `providerMessage`; never a stack. It is the
 * application's filter, since unknown paths and unreadable bodies belong to no controller; what belongs to another app
 * in the same process goes on as it was.
 */
@Catch()
export class ErrorFilter extends BaseExceptionFilter implements ExceptionFilter {
  constructor(
    adapterHost: HttpAdapterHost,
    @Inject(LOGGER) private readonly log: Logger,
  ) {
    super(adapterHost.httpAdapter)
  }

  override catch(thrown: unknown, host: ArgumentsHost): unknown {
    if (host.getType() !== 'http') return throwError(() => thrown)
    const request = host.switchToHttp().getRequest<FastifyRequest>()
    const isOthers = request.url.startsWith('/elements/api-v2/events/') && !(thrown instanceof Refused)
    if (isOthers) return super.catch(thrown, host)
    const { status, message, providerMessage, headers = {} } = answerTo(thrown)
    const requestId = requestIdOf(request)
    if (status >= 500) this.log.error({ requestId, status, err: thrown }, 'a request failed')
    const body: ErrorBody = { requestId, message, providerMessage }
    const reply = host.switchToHttp().getResponse<FastifyReply>()
    return reply
      .status(status)
      .headers({ ...headers, [requestIdHeader]: requestId })
      .send(body)
  }
}
