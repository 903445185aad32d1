import { LOGGER, type Logger } from '#platform'
import { Inject, Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { lastValueFrom, of, type Observable } from 'rxjs'
import { principalOf } from '../authorization/authorization.guard.js'
import { Refused, type Refusal } from '../errors/refusal.js'
import { AnswerKeeper } from './answer-keeper.js'
import { underClaim, type Claim } from './claim.js'
import { IdempotencyKeys, renewEveryMs, type KeptAnswer } from './idempotency-keys.js'
import { keyedRequest } from './keyed-request.js'

const replayedHeader = 'Idempotent-Replayed'

/** The vendor has decided: asked again, it would say the same, or refuse the code for being used. */
const finalRefusals: readonly Refusal['kind'][] = [
  'vendor-refused',
  'vendor-unauthorized',
  'vendor-forbids',
  'vendor-has-none',
]

/** Does what a POST with an `Idempotency-Key` asks once, and answers its repeats as the first time. */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(
    private readonly keys: IdempotencyKeys,
    private readonly keeper: AnswerKeeper,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<FastifyRequest>()
    const keyed = keyedRequest(request, principalOf(request))
    if (!keyed) return next.handle()
    const reply = context.switchToHttp().getResponse<FastifyReply>()
    const claiming = await this.keys.claim(keyed)
    switch (claiming.kind) {
      case 'claimed':
        return of(await this.work(request, reply, claiming.claim, next))
      case 'answered':
        return of(again(reply, claiming.answer))
      case 'under-way':
        throw underWay()
      case 'reused':
        throw new Refused({
          kind: 'key-reused',
          message: 'Idempotency-Key: belongs to a request with another path or body; send a new key with a new request',
        })
    }
  }

  private async work(request: FastifyRequest, reply: FastifyReply, claim: Claim, next: CallHandler): Promise<unknown> {
    const renewal = setInterval(() => {
      this.keys.renew(claim).catch((err: unknown) => this.log.warn({ err }, 'an Idempotency-Key could not be renewed'))
    }, renewEveryMs)
    try {
      if (claim.madeInstanceId !== null) reply.header(replayedHeader, 'true')
      const result = await underClaim(claim, () =>
        lastValueFrom<unknown, unknown>(next.handle(), { defaultValue: undefined }),
      )
      this.keeper.expect(request, claim, 'final')
      return result
    } catch (thrown) {
      const isFinal = thrown instanceof Refused && finalRefusals.includes(thrown.refusal.kind)
      this.keeper.expect(request, claim, isFinal ? 'final' : 'open')
      throw thrown
    } finally {
      clearInterval(renewal)
    }
  }
}

/** What a request is told whose twin is at work. */
export function underWay(): Refused {
  return new Refused({
    kind: 'key-under-way',
    message: 'Idempotency-Key: the first request with it is still at work; ask again for its answer',
    retryAfterSeconds: 2,
  })
}

function again(reply: FastifyReply, { status, headers, body }: KeptAnswer): string {
  reply.status(status).headers(headers).header(replayedHeader, 'true')
  return body
}
