import { LOGGER, type Logger } from '#platform'
import { Inject, Injectable } from '@nestjs/common'
import { HttpAdapterHost } from '@nestjs/core'
import type { FastifyAdapter } from '@nestjs/platform-fastify'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Claim } from './claim.js'
import { IdempotencyKeys, type KeptAnswer } from './idempotency-keys.js'

/** What became of a request's work: `final` is given again, `open` may be tried again. */
export type Ended = 'final' | 'open'

// What says something of the answer; all else is said anew by the answer that repeats it.
const kept = /^(?:content-type|content-disposition|etag|location|elements-(?!request-id$).*)$/

/** Keeps the answers of requests with a key, as they go out: before the client has them, so that none is forgotten. */
@Injectable()
export class AnswerKeeper {
  private readonly waiting = new WeakMap<FastifyRequest, { claim: Claim; ended: Ended }>()

  constructor(
    { httpAdapter }: HttpAdapterHost<FastifyAdapter>,
    private readonly keys: IdempotencyKeys,
    @Inject(LOGGER) private readonly log: Logger,
  ) {
    const fastify = httpAdapter.getInstance<FastifyInstance>()
    fastify.addHook('onSend', (request, reply, payload, done) => {
      const awaited = this.waiting.get(request)
      if (!awaited) return done()
      this.waiting.delete(request)
      void this.end(awaited, reply, payload).finally(() => done())
    })
  }

  /** The answer to `request`, which is about to be sent, ends `claim`. */
  expect(request: FastifyRequest, claim: Claim, ended: Ended): void {
    this.waiting.set(request, { claim, ended })
  }

  private async end({ claim, ended }: { claim: Claim; ended: Ended }, reply: FastifyReply, payload: unknown) {
    try {
      const isText = typeof payload === 'string' || payload === undefined || payload === null
      if (ended === 'final' && reply.statusCode < 500 && isText) await this.keys.settle(claim, asKept(reply, payload))
      else await this.keys.release(claim)
    } catch (err) {
      // The answer is right all the same. A repeat finds the instance that was made, or does the work again.
      this.log.warn({ err }, 'an answer could not be kept under its Idempotency-Key')
    }
  }
}

function asKept(reply: FastifyReply, payload: string | null | undefined): KeptAnswer {
  const headers = Object.entries(reply.getHeaders()).filter(([name]) => kept.test(name))
  return {
    status: reply.statusCode,
    headers: Object.fromEntries(headers.map(([name, value]) => [name, String(value)])),
    body: payload ?? '',
  }
}
