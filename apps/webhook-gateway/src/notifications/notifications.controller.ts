import { All, Controller, Inject, Param, Req, Res } from '@nestjs/common'
import { Connectors } from '#connectors'
import { LOGGER, Metrics } from '#platform'
import type { Logger } from '#platform'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { addressOf, type Address } from './address.js'
import { answerOf } from './answer.js'
import { doorOf } from './door.js'
import type { DoorRequest, Intake } from './intake.js'
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
    const { method, headers, url } = request
    const rawBody = Buffer.isBuffer(request.body) ? request.body : nothing
    const mark = url.indexOf('?')
    const query = mark < 0 ? '' : url.slice(mark + 1)
    const asked: DoorRequest = { method, elementKey, segment: segment ?? null, query, headers, rawBody }
    const intake = await this.reception.receive(asked)
    const answer = answerOf(intake)
    const milliseconds = performance.now() - began
    this.seconds.observe(milliseconds / 1_000)
    this.note(asked, intake, answer.status, milliseconds)
    await reply
      .status(answer.status)
      .headers(answer.headers)
      .send(method === 'HEAD' ? '' : answer.body)
  }

  /** One wide line per request. */
  private note(request: DoorRequest, intake: Intake, status: number, milliseconds: number): void {
    const outcome = 'why' in intake ? intake.why : intake.kind
    this.received.inc({ outcome })
    const level = levelOf(intake)
    if (!this.log.isLevelEnabled(level)) return
    const { method, segment, rawBody } = request
    // A mistyped URL may have a secret in any place, so of its parts only what is known is shown.
    const isKnown = doorOf(request.elementKey, this.connectors).kind !== 'none'
    const line = {
      elementKey: isKnown ? request.elementKey : 'unknown',
      instance: segment === null ? undefined : shown(addressOf(segment)),
      method,
      status,
      milliseconds,
      bytes: rawBody.length,
      outcome,
    }
    this.log[level](line, 'webhook notification')
  }
}

const nothing = Buffer.alloc(0)

function levelOf({ kind }: Intake): 'error' | 'warn' | 'info' {
  if (kind === 'unavailable') return 'error'
  return kind === 'refused' || kind === 'ignored' ? 'warn' : 'info'
}

function shown(address: Address | null): number | string {
  return address?.kind === 'id' ? address.instanceId : (address?.kind ?? 'unknown')
}
