import { Dispositions, readDispositionPosition, type DispositionFilter } from '#deliveries'
import type { Principal } from '#instances'
import { Controller, Get, Query, Res } from '@nestjs/common'
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger'
import type { FastifyReply } from 'fastify'
import { Caller } from '../authorization/authorization.guard.js'
import { Authorized } from '../authorization/authorized.js'
import { ElementsApi } from '../errors/elements-api.js'
import { Paged, TimeRange } from '../events/event-listing.js'
import { QueryReading } from '../events/query-reading.js'
import { dispositionView } from './disposition-view.js'
import { DispositionBody } from './disposition.dto.js'

/** What came of callbacks. */
@ApiTags('Events')
@Controller('elements/api-v2/instances/events/dispositions')
@ElementsApi()
@Authorized()
export class DispositionsController {
  constructor(private readonly dispositions: Dispositions) {}

  @Get()
  @ApiOperation({ summary: 'What came of the callbacks of each event that was sent, the one sent last first' })
  @TimeRange('Last sent at or after', 'Only what was sent before')
  @Paged()
  @ApiOkResponse({ type: [DispositionBody] })
  async list(
    @Caller() { accountId }: Principal,
    @Query() query: Readonly<Record<string, unknown>>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<DispositionBody[]> {
    const { items, next } = await this.dispositions.ofAccount(accountId, readFilter(query))
    if (next !== null) reply.header('Elements-Next-Page-Token', next)
    return items.map(dispositionView)
  }
}

function readFilter(query: Readonly<Record<string, unknown>>): DispositionFilter {
  const reading = new QueryReading(query)
  const [from, to] = [reading.instant('from'), reading.instant('to')]
  if (from && to && to < from) reading.fault('to: is before from')
  const after = reading.nextPage(readDispositionPosition)
  const limit = reading.pageSize()
  reading.done()
  return { limit, ...(from && { from }), ...(to && { to }), ...(after && { after }) }
}
