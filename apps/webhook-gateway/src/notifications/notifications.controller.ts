import { All, Controller, Inject, Param, Req, Res } from '@nestjs/common'
import { Connectors } from '#connectors'
import { LOGGER, Metrics } from '#platform'
import type { Logger } from '#platform'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { addressOf } from './address.js'
import { answerOf } from './answer.js'
import { doorOf } from './door.js'
import type { Intake } from './intake.js'
import { Reception } from './reception.js'

/** The vendors' door: `/elements/api-v2/events/{elementKey}[/{instance}]`. */
@Controller('elements/api-v2/events')
export class NotificationsController {
  private readonly received
  private readonly seconds

  constructor(
    private readonly reception: Reception,
    private readonly connectors: Connectors,
    @Inject(LOGGER) private readonly log: Logger,
    metrics: Metrics,
  ) {
    this.received = metrics.counter('tributary_webhook_notifications_total', 'Requests at the vendors’ door.', [
      'outcome',
    ])
    this.seconds = metrics.histogram('tributary_webhook_answer_seconds', 'Time to answer at the vendors’ door.')
  }

  @All([':elementKey', ':elementKey/:segment'])
  async receive(
    @Param('elementKey') elementKey: string,
    @Param('segment') segment: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const began = performance.now()
    const { method, headers } = request
    const rawBody = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
    const query = request.url.split('?').slice(1).join('?')
    const named = { elementKey, segment: segment ?? null }
    const intake = await this.reception.receive({ method, ...named, query, headers, rawBody })
    const answer = answerOf(intake)
    const milliseconds = performance.now() - began
    this.seconds.observe(milliseconds / 1_000)
    this.note(intake, { ...this.shown(named), method, status: answer.status, milliseconds, bytes: rawBody.length })
    await reply
      .status(answer.status)
      .headers(answer.headers)
      .send(method === 'HEAD' ? '' : answer.body)
  }

  /** A URL's parts as they can be logged: a mistyped one may have a secret in any place, so only what is known is shown. */
  private shown({ elementKey, segment }: { elementKey: string; segment: string | null }): Record<string, unknown> {
    const address = segment === null ? null : addressOf(segment)
    return {
      elementKey: doorOf(elementKey, this.connectors).kind === 'none' ? 'unknown' : elementKey,
      ...(segment !== null && { instance: address?.kind === 'id' ? address.instanceId : (address?.kind ?? 'unknown') }),
    }
  }

  /** One wide line per request. */
  private note(intake: Intake, facts: Record<string, unknown>): void {
    const outcome = 'why' in intake ? intake.why : intake.kind
    this.received.inc({ outcome })
    const line = { ...facts, outcome }
    if (intake.kind === 'unavailable') this.log.error(line, 'webhook notification')
    else if (intake.kind === 'refused' || intake.kind === 'ignored') this.log.warn(line, 'webhook notification')
    else this.log.info(line, 'webhook notification')
  }
}
