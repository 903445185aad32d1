import {
  applyDecorators,
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common'
import { ApiHeader, ApiResponse } from '@nestjs/swagger'
import type { FastifyReply } from 'fastify'
import { map, type Observable } from 'rxjs'
import { ErrorBody } from '../../errors/error.dto.js'
import type { Conditions } from './conditions.js'
import { Tagged } from './entity-tag.js'

/** Sends what is tagged with its tag. */
class TaggedAnswers implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const reply = context.switchToHttp().getResponse<FastifyReply>()
    return next.handle().pipe(
      map((answer: unknown) => {
        if (!(answer instanceof Tagged)) return answer
        reply.header('ETag', answer.header)
        return answer.body as unknown
      }),
    )
  }
}

/** A call whose answer is tagged. */
export function Tags(): MethodDecorator {
  return UseInterceptors(TaggedAnswers)
}

/** A call that changes an instance, and does so only under the request's conditions. */
export function ChangesUnderConditions(): MethodDecorator {
  return applyDecorators(
    Tags(),
    ApiHeader({
      name: 'If-Match',
      required: false,
      description: 'An `ETag`, several, or `*`: else nothing is changed',
    }),
    ApiResponse({ status: 412, type: ErrorBody, description: 'The instance was changed meanwhile; nothing was done' }),
  )
}

/** A call that reads one thing, unless the caller knows it already. */
export function ReadsUnderConditions(): MethodDecorator {
  return applyDecorators(
    ApiHeader({ name: 'If-None-Match', required: false, description: 'The `ETag` of an answer that is at hand' }),
    ApiResponse({ status: 304, description: 'What is at hand is what there is' }),
  )
}

/** The tagged answer, or 304 for a reader that has it. By hand, since Nest would send the route's own status. */
export async function sendUnlessKnown(
  reply: FastifyReply,
  answer: Tagged<unknown>,
  conditions: Conditions,
): Promise<void> {
  const known = conditions.known(answer)
  reply.header('ETag', answer.header)
  await (known ? reply.status(304).send() : reply.status(200).send(answer.body))
}
