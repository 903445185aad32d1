import { PollSchedule, type Principal } from '#instances'
import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common'
import {
  ApiAcceptedResponse,
  ApiConflictResponse,
  ApiOkResponse,
  ApiOperation,
  ApiQuery,
  ApiTags,
} from '@nestjs/swagger'
import { Caller } from '../authorization/authorization.guard.js'
import { Authorized } from '../authorization/authorized.js'
import { ElementsApi } from '../errors/elements-api.js'
import { ErrorBody } from '../errors/error.dto.js'
import { notFound, Refused } from '../errors/refusal.js'
import { OwnedInstances } from '../instances/owned-instances.js'
import { PollRunBody, PollsResumed, PollStarted } from './poll.dto.js'

/** Polls: now, and as they went. */
@ApiTags('Polls')
@Controller('api/instances/:id')
@ElementsApi()
@Authorized()
export class PollsController {
  constructor(
    private readonly owned: OwnedInstances,
    private readonly schedule: PollSchedule,
  ) {}

  @Post('poll')
  @HttpCode(202)
  @ApiOperation({ summary: 'Poll all resources now; joins a run under way' })
  @ApiAcceptedResponse({ type: PollStarted })
  @ApiConflictResponse({ type: ErrorBody, description: "The instance doesn't poll" })
  async pollNow(@Caller() caller: Principal, @Param('id') id: string): Promise<PollStarted> {
    const instance = await this.owned.find(caller, id)
    const runId = await this.schedule.pollNow(instance.id)
    if (runId !== null) return { runId }
    const why = instance.disabled ? 'it is disabled' : 'its events are off, or come by webhook'
    throw new Refused({ kind: 'conflict', message: `Instance ${instance.id} doesn't poll: ${why}` })
  }

  @Get('polls')
  @ApiOperation({ summary: 'The latest runs, newest first' })
  @ApiOkResponse({ type: [PollRunBody] })
  async runs(@Caller() caller: Principal, @Param('id') id: string): Promise<PollRunBody[]> {
    const instance = await this.owned.find(caller, id)
    return this.schedule.runs(instance.id)
  }

  @Get('polls/:runId')
  @ApiOperation({ summary: 'One run: its resources, pages, records, events and errors' })
  @ApiOkResponse({ type: PollRunBody })
  async run(@Caller() caller: Principal, @Param('id') id: string, @Param('runId') runId: string): Promise<PollRunBody> {
    const instance = await this.owned.find(caller, id)
    const run = await this.schedule.run(instance.id, runId)
    if (!run) throw notFound(`Run ${runId} of instance ${instance.id}`)
    return run
  }

  @Post('polls/resume')
  @HttpCode(200)
  @ApiOperation({ summary: 'Poll paused resources again, beginning now' })
  @ApiQuery({ name: 'resource', type: String, required: false, description: 'Only this one' })
  @ApiOkResponse({ type: PollsResumed })
  async resume(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Query('resource') resource: unknown,
  ): Promise<PollsResumed> {
    const instance = await this.owned.find(caller, id)
    const resumed = await this.schedule.resume(instance.id, typeof resource === 'string' ? resource : undefined)
    return { resumed }
  }
}
