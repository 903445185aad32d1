import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** Thrown to end a request with exactly this answer: vendors' errors have shapes that Nest's own don't. */
export class Answer extends Error {
  constructor(
    readonly status: number,
    readonly body: unknown,
    readonly headers: Record<string, string> = {},
  ) {
    super(`answered ${String(status)}`)
  }
}

/** Writes an `Answer` as it is, and gives paths nobody serves the 404 of the vendor whose path it looks like. */
@Catch(Answer, HttpException)
export class AnswerFilter implements ExceptionFilter<Answer | HttpException> {
  catch(error: Answer | HttpException, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>()
    const reply = host.switchToHttp().getResponse<FastifyReply>()
    const answer = error instanceof Answer ? error : vendorsWords(error, request.url)
    const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body)
    void reply.status(answer.status).type('application/json; charset=utf-8').headers(answer.headers).send(text)
  }
}

function vendorsWords(error: HttpException, url: string): Answer {
  const status = error.getStatus()
  if (/^\/(control|callbacks)(\/|$|\?)/.test(url)) return new Answer(status, error.getResponse())
  if (url.startsWith('/icp')) {
    return new Answer(status, { errors: [error.message] }, { 'content-type': 'text/html; charset=utf-8' })
  }
  const code = status === 404 ? 'not_found' : 'bad_request'
  return new Answer(status, { type: 'error.list', request_id: null, errors: [{ code, message: error.message }] })
}
