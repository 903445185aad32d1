import { PollSchedule, type Principal } from '#instances'
import { Controller, Get, Query, Res } from '@nestjs/common'
import { ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger'
import type { FastifyReply } from 'fastify'
import { Caller } from '../authorization/authorization.guard.js'
import { Authorized } from '../authorization/authorized.js'
import { ElementsApi } from '../errors/elements-api.js'
import { Paged } from '../events/event-listing.js'
import { QueryReading } from '../events/query-reading.js'
import { OwnedInstances } from '../instances/owned-instances.js'
import { placeOf, tokenOf } from './place.js'
import { PollerRecordBody } from './poll.dto.js'

/** What is polled, and how far. */
@ApiTags('Polls')
@Controller('elements/api-v2/instances/event-poller-records')
@ElementsApi()
@Authorized()
export class PollerRecordsController {
  constructor(
    private readonly owned: OwnedInstances,
    private readonly schedule: PollSchedule,
  ) {}

  @Get()
  @ApiOperation({ summary: "What is polled of the account's instances, by instance and resource" })
  @ApiQuery({ name: 'instanceId', required: false, type: Number, description: 'Only of this one' })
  @Paged()
  @ApiOkResponse({ type: [PollerRecordBody] })
  async list(
    @Caller() caller: Principal,
    @Query() query: Readonly<Record<string, unknown>>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PollerRecordBody[]> {
    const reading = new QueryReading(query)
    const asked = reading.ids('instanceId')?.at(-1)
    const after = reading.nextPage(placeOf)
    const limit = reading.pageSize()
    reading.done()
    const instanceId = asked === undefined ? undefined : (await this.owned.find(caller, asked)).id
    const filter = { limit: limit + 1, ...(instanceId && { instanceId }), ...(after && { after }) }
    const records = await this.schedule.records(caller.accountId, filter)
    const shown = records.slice(0, limit)
    const last = shown.at(-1)
    if (last && records.length > limit) reply.header('Elements-Next-Page-Token', tokenOf(last))
    return shown
  }
}
