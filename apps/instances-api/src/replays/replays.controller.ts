import { Replays } from '#deliveries'
import { Instances, type Principal } from '#instances'
import { Body, Controller, Delete, Get, Param, Post, Query, Res } from '@nestjs/common'
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiConflictResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger'
import type { FastifyReply } from 'fastify'
import { Caller } from '../authorization/authorization.guard.js'
import { Authorized } from '../authorization/authorized.js'
import { ElementsApi } from '../errors/elements-api.js'
import { ErrorBody } from '../errors/error.dto.js'
import { notFound, Refused } from '../errors/refusal.js'
import { Paged } from '../events/event-listing.js'
import { QueryReading } from '../events/query-reading.js'
import { Faults } from '../instances/request/faults.js'
import { ReplayOrders } from './replay-orders.js'
import { readReplay } from './replay-request.js'
import { replayView } from './replay-view.js'
import { NewReplayBody, ReplayBody, ReplayCountBody, ReplayStartedBody } from './replay.dto.js'

/** The sending again of stored notifications. */
@ApiTags('Replays')
@Controller('api/replays')
@ElementsApi()
@Authorized()
export class ReplaysController {
  private readonly orders: ReplayOrders

  constructor(
    private readonly replays: Replays,
    instances: Instances,
  ) {
    this.orders = new ReplayOrders(replays, async id => {
      const instance = await instances.byId(id)
      return instance && { accountId: instance.accountId, isDeleted: instance.deletedAt !== null }
    })
  }

  @Post()
  @ApiOperation({ summary: 'Send stored notifications again: by id, by event, or what an instance has of a time' })
  @ApiBody({ type: NewReplayBody })
  @ApiAcceptedResponse({ type: ReplayStartedBody })
  @ApiOkResponse({ type: ReplayCountBody, description: 'With `dryRun`: nothing was started' })
  @ApiNotFoundResponse({ type: ErrorBody, description: 'What it names isn’t there' })
  @ApiConflictResponse({ type: ErrorBody, description: 'There is no URL that takes callbacks' })
  async add(
    @Caller() { accountId }: Principal,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ReplayStartedBody | ReplayCountBody> {
    const faults = new Faults()
    const request = readReplay(body, faults)
    if (!request) throw new Refused({ kind: 'invalid', faults: faults.lines })
    const { kind, ...order } = await this.orders.order(accountId, request)
    if ('what' in order) throw notFound(order.what.join(', '))
    if ('whys' in order) throw new Refused({ kind: 'conflict', message: order.whys.join('\n') })
    reply.status(kind === 'started' ? 202 : 200)
    return 'replayId' in order ? { ...order, replayId: Number(order.replayId) } : order
  }

  @Get()
  @ApiOperation({ summary: 'Replays of the account, the newest first; they are kept for 30 days after their end' })
  @Paged()
  @ApiOkResponse({ type: [ReplayBody] })
  async list(
    @Caller() { accountId }: Principal,
    @Query() query: Readonly<Record<string, unknown>>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ReplayBody[]> {
    const reading = new QueryReading(query)
    const limit = reading.pageSize()
    const before = reading.nextPage(token => (/^\d{1,18}$/.test(token) ? token : null))
    reading.done()
    const found = await this.replays.list(accountId, limit, before)
    const last = found.length === limit ? found.at(-1) : undefined
    if (last) reply.header('Elements-Next-Page-Token', last.id)
    return found.map(replayView)
  }

  @Get(':id')
  @ApiOperation({ summary: 'How far a replay got' })
  @ApiOkResponse({ type: ReplayBody })
  async one(@Caller() { accountId }: Principal, @Param('id') id: string): Promise<ReplayBody> {
    const replay = await this.replays.get(accountId, id)
    if (!replay) throw notFound(`Replay ${id}`)
    return replayView(replay)
  }

  @Delete(':id')
  @ApiOperation({ summary: "Stop a replay: what isn't sent yet is taken out. One that has ended stays as it is" })
  @ApiOkResponse({ type: ReplayBody })
  async cancel(@Caller() { accountId }: Principal, @Param('id') id: string): Promise<ReplayBody> {
    const replay = await this.replays.cancel(accountId, id)
    if (!replay) throw notFound(`Replay ${id}`)
    return replayView(replay)
  }
}
