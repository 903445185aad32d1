import { Connectors } from '#connectors'
import type { Principal } from '#instances'
import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put, Query, Res } from '@nestjs/common'
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger'
import type { FastifyReply } from 'fastify'
import { Caller } from '../authorization/authorization.guard.js'
import { Authorized } from '../authorization/authorized.js'
import { findElement, unknownElement } from '../elements/find-element.js'
import { ElementsApi } from '../errors/elements-api.js'
import { notFound, Refused } from '../errors/refusal.js'
import { Conditional, type Conditions } from './conditions/conditions.js'
import type { Tagged } from './conditions/entity-tag.js'
import { ChangesUnderConditions, ReadsUnderConditions, sendUnlessKnown, Tags } from './conditions/tagged-answers.js'
import { InstanceListing, sendPage } from './instance-listing.js'
import { InstanceBody } from './instance.dto.js'
import { InstancesService } from './instances.service.js'
import { OwnedInstances } from './owned-instances.js'
import {
  ChangeInstanceRequest,
  CreateElementInstanceRequest,
  ReplaceInstanceRequest,
} from './request/instance-request.dto.js'

/** The instances of one element: the same calls, the element in the path. */
@ApiTags('Instances')
@Controller('elements/api-v2/elements/:keyOrId/instances')
@ElementsApi()
@Authorized()
export class ElementInstancesController {
  constructor(
    private readonly service: InstancesService,
    private readonly owned: OwnedInstances,
    private readonly connectors: Connectors,
  ) {}

  @Post()
  @HttpCode(200)
  @Tags()
  @ApiOperation({ summary: 'Connect an account of this element' })
  @ApiBody({ type: CreateElementInstanceRequest })
  @ApiOkResponse({ type: InstanceBody })
  create(
    @Caller() caller: Principal,
    @Param('keyOrId') keyOrId: string,
    @Body() body: unknown,
  ): Promise<Tagged<InstanceBody>> {
    const key = this.keyOf(keyOrId)
    const isObject = typeof body === 'object' && body !== null && !Array.isArray(body)
    return this.service.create(caller, isObject ? { ...body, element: { key } } : body)
  }

  @Get()
  @InstanceListing("This element's instances")
  async list(
    @Caller() caller: Principal,
    @Param('keyOrId') keyOrId: string,
    @Query() query: Readonly<Record<string, unknown>>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<InstanceBody[]> {
    return sendPage(reply, await this.service.list(caller, query, this.keyOf(keyOrId)))
  }

  @Get(':id')
  @ApiOperation({ summary: 'One of them' })
  @ReadsUnderConditions()
  @ApiOkResponse({ type: InstanceBody })
  async one(
    @Caller() caller: Principal,
    @Param('keyOrId') keyOrId: string,
    @Param('id') id: string,
    @Conditional() conditions: Conditions,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.check(caller, keyOrId, id)
    await sendUnlessKnown(reply, await this.service.one(caller, id), conditions)
  }

  @Patch(':id')
  @ChangesUnderConditions()
  @ApiOperation({ summary: 'Change one of them: tags are replaced, the configuration is merged' })
  @ApiBody({ type: ChangeInstanceRequest })
  @ApiOkResponse({ type: InstanceBody })
  async change(
    @Caller() caller: Principal,
    @Param('keyOrId') keyOrId: string,
    @Param('id') id: string,
    @Body() body: unknown,
    @Conditional() conditions: Conditions,
  ): Promise<Tagged<InstanceBody>> {
    await this.check(caller, keyOrId, id)
    return this.service.change(caller, id, body, conditions)
  }

  @Put(':id')
  @ChangesUnderConditions()
  @ApiOperation({ summary: 'Replace one of them' })
  @ApiBody({ type: ReplaceInstanceRequest })
  @ApiOkResponse({ type: InstanceBody })
  async replace(
    @Caller() caller: Principal,
    @Param('keyOrId') keyOrId: string,
    @Param('id') id: string,
    @Body() body: unknown,
    @Conditional() conditions: Conditions,
  ): Promise<Tagged<InstanceBody>> {
    await this.check(caller, keyOrId, id)
    return this.service.replace(caller, id, body, conditions)
  }

  @Delete(':id')
  @ChangesUnderConditions()
  @ApiOperation({ summary: 'Delete one of them' })
  @ApiOkResponse()
  async remove(
    @Caller() caller: Principal,
    @Param('keyOrId') keyOrId: string,
    @Param('id') id: string,
    @Conditional() conditions: Conditions,
  ): Promise<void> {
    await this.check(caller, keyOrId, id)
    return this.service.remove(caller, id, conditions)
  }

  private async check(caller: Principal, keyOrId: string, id: string): Promise<void> {
    const key = this.keyOf(keyOrId)
    const instance = await this.owned.find(caller, id)
    if (instance.elementKey !== key) throw notFound(`Instance ${id} of ${key}`)
  }

  private keyOf(keyOrId: string): string {
    const connector = findElement(this.connectors, keyOrId)
    if (connector) return connector.key
    throw new Refused({ kind: 'not-found', message: unknownElement(this.connectors, keyOrId) })
  }
}
