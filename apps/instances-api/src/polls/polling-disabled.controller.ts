import { PollSchedule, type Principal } from '#instances'
import { Controller, Get } from '@nestjs/common'
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger'
import { Caller } from '../authorization/authorization.guard.js'
import { Authorized } from '../authorization/authorized.js'
import { ElementsApi } from '../errors/elements-api.js'
import { PausedResourceBody } from './poll.dto.js'

/** What isn't polled any more, since it kept failing. */
@ApiTags('Polls')
@Controller('elements/api-v2/instances/polling-disabled')
@ElementsApi()
@Authorized()
export class PollingDisabledController {
  constructor(private readonly schedule: PollSchedule) {}

  @Get()
  @ApiOperation({
    summary: 'The resources of the account that are paused; POST /api/instances/{id}/polls/resume goes on',
  })
  @ApiOkResponse({ type: [PausedResourceBody] })
  list(@Caller() { accountId }: Principal): Promise<PausedResourceBody[]> {
    return this.schedule.paused(accountId)
  }
}
