import { Instances, type Instance, type Principal } from '#instances'
import { Body, Controller, Get, HttpCode, Param, Post, Res } from '@nestjs/common'
import { ApiAcceptedResponse, ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger'
import type { FastifyReply } from 'fastify'
import { Caller } from '../authorization/authorization.guard.js'
import { Authorized } from '../authorization/authorized.js'
import { ElementsApi } from '../errors/elements-api.js'
import { notFound } from '../errors/refusal.js'
import { readErasureRequest } from './erasure-request.js'
import { ErasureService } from './erasure-service.js'
import { erasureBody, ErasureBody, ErasureRequestBody } from './erasure.dto.js'

/** How long an answer waits for the erasure to be done. */
const patienceMs = 5_000

/** Erasure of stored events, and of all that was kept of them. */
@ApiTags('Erasure')
@Controller('api/instances/:id/erasures')
@ElementsApi()
@Authorized()
export class ErasuresController {
  constructor(
    private readonly instances: Instances,
    private readonly erasures: ErasureService,
  ) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({ summary: 'Erase the events of one object, or all of the instance, also of a deleted one' })
  @ApiBody({ type: ErasureRequestBody })
  @ApiOkResponse({ type: ErasureBody, description: 'It is done' })
  @ApiAcceptedResponse({ type: ErasureBody, description: 'It goes on by itself; the list tells how far it is' })
  async erase(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ErasureBody> {
    const instance = await this.find(caller, id)
    const report = await this.erasures.begin(instance, readErasureRequest(body), patienceMs)
    if (!report.erasure.finishedAt) reply.code(202)
    return erasureBody(report)
  }

  @Get()
  @ApiOperation({ summary: 'What was erased, the newest first; the latest 200' })
  @ApiOkResponse({ type: [ErasureBody] })
  async list(@Caller() caller: Principal, @Param('id') id: string): Promise<ErasureBody[]> {
    return (await this.erasures.reports(await this.find(caller, id))).map(erasureBody)
  }

  /** Deleted ones, too: their events are still there. */
  private async find(caller: Principal, id: string): Promise<Instance> {
    const number = /^[1-9]\d{0,9}$/.test(id) ? Number(id) : 0
    const instance = number > 0 && number < 2 ** 31 ? await this.instances.byId(number) : null
    if (!instance || instance.accountId !== caller.accountId) throw notFound(`Instance ${id}`)
    return instance
  }
}
