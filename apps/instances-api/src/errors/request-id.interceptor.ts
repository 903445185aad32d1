import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Observable } from 'rxjs'
import { requestIdHeader, requestIdOf } from './request-id.js'

/** Puts the request's id on answers that are no errors; the filter does it for those that are. */
@Injectable()
export class RequestIdInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp()
    http.getResponse<FastifyReply>().header(requestIdHeader, requestIdOf(http.getRequest<FastifyRequest>()))
    return next.handle()
  }
}
