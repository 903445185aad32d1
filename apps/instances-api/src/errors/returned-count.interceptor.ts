import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common'
import type { FastifyReply } from 'fastify'
import { tap, type Observable } from 'rxjs'

/** Says on every list how long it is. */
@Injectable()
export class ReturnedCountInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const reply = context.switchToHttp().getResponse<FastifyReply>()
    return next.handle().pipe(
      tap(answer => {
        if (Array.isArray(answer)) reply.header('Elements-Returned-Count', answer.length)
      }),
    )
  }
}
