import { All, Controller, Inject, Param, Req, Res } from '@nestjs/common'
import { LOGGER, Metrics } from '#platform'
import type { Logger } from '#platform'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { answerOf } from './answer.js'
import type { Intake } from './intake.js'
import { Reception } from './reception.js'

/** The vendors' door: `/elements/api-v2/events/{elementKey}/{instance}`. */
@Controller('elements/api-v2/events')
export class NotificationsController {
  private readonly received
  private readonly seconds

  constructor(
    private readonly reception: Reception,
    @Inject(LOGGER) private readonly log: Logger,
    metrics: Metrics,
  ) {
    this.received = metrics.counter('tributary_webhook_notifications_total', 'Requests at the vendors’ door.', [
      'outcome',
    ])
    this.seconds = metrics.histogram('tributary_webhook_answer_seconds', 'Time to answer at the vendors’ door.')
  }

  @All(':elementKey/:segment')
  async receive(
    @Param('elementKey') elementKey: string,
    @Param('segment') segment: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const began = performance.now()
    const { method, headers } = request
    const rawBody = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
    const intake = await this.reception.receive({ method, elementKey, segment, headers, rawBody })
    const answer = answerOf(intake)
    const milliseconds = performance.now() - began
    this.seconds.observe(milliseconds / 1_000)
    this.note(intake, { elementKey, segment, method, status: answer.status, milliseconds, bytes: rawBody.length })
    await reply
      .status(answer.status)
      .headers(answer.headers)
      .send(method === 'HEAD' ? '' : answer.body)
  }

  /** One wide line per request. The segment may be a secret of its own, so only short ones, which are ids, are shown. */
  private note(intake: Intake, { segment, ...facts }: { segment: string } & Record<string, unknown>): void {
    const outcome = 'why' in intake ? intake.why : intake.kind
    this.received.inc({ outcome })
    const line = { ...facts, instance: segment.length <= 16 ? segment : 'door-key', outcome }
    if (intake.kind === 'unavailable') this.log.error(line, 'webhook notification')
    else if (intake.kind === 'refused' || intake.kind === 'ignored') this.log.warn(line, 'webhook notification')
    else this.log.info(line, 'webhook notification')
  }
}
