import type { Principal } from '#instances'
import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put, Query, Res } from '@nestjs/common'
import { ApiBadGatewayResponse, ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger'
import type { FastifyReply } from 'fastify'
import { Caller, CallersInstance } from '../authorization/authorization.guard.js'
import { Authorized } from '../authorization/authorized.js'
import { ElementsApi } from '../errors/elements-api.js'
import { ErrorBody } from '../errors/error.dto.js'
import { Conditional, type Conditions } from './conditions/conditions.js'
import type { Tagged } from './conditions/entity-tag.js'
import { ChangesUnderConditions, ReadsUnderConditions, sendUnlessKnown, Tags } from './conditions/tagged-answers.js'
import { InstanceListing, sendPage } from './instance-listing.js'
import { InstanceBody } from './instance.dto.js'
import { InstancesService } from './instances.service.js'
import { createExamples } from './request/create-examples.js'
import { ChangeInstanceRequest, CreateInstanceRequest, ReplaceInstanceRequest } from './request/instance-request.dto.js'

const noTokens = { type: ErrorBody, description: "The vendor can't be asked for tokens" }

/** Instances: connected accounts. Calls without an id act on the instance of the header's `Element <token>`. */
@ApiTags('Instances')
@Controller('elements/api-v2/instances')
@ElementsApi()
@Authorized()
export class InstancesController {
  constructor(private readonly service: InstancesService) {}

  @Post()
  @HttpCode(200)
  @Tags()
  @ApiOperation({ summary: 'Connect an account' })
  @ApiBody({ type: CreateInstanceRequest, examples: createExamples })
  @ApiBadGatewayResponse(noTokens)
  @ApiOkResponse({ type: InstanceBody })
  create(@Caller() caller: Principal, @Body() body: unknown): Promise<Tagged<InstanceBody>> {
    return this.service.create(caller, body)
  }

  @Get()
  @InstanceListing('List instances, by id; the header Elements-Next-Page-Token leads to the next page')
  async list(
    @Caller() caller: Principal,
    @Query() query: Readonly<Record<string, unknown>>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<InstanceBody[]> {
    return sendPage(reply, await this.service.list(caller, query))
  }

  @Get(':id')
  @ApiOperation({ summary: 'One instance' })
  @ReadsUnderConditions()
  @ApiOkResponse({ type: InstanceBody })
  async one(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Conditional() conditions: Conditions,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await sendUnlessKnown(reply, await this.service.one(caller, id), conditions)
  }

  @Patch(':id')
  @ChangesUnderConditions()
  @ApiOperation({ summary: 'Change an instance: tags are replaced, the configuration is merged' })
  @ApiBody({ type: ChangeInstanceRequest })
  @ApiBadGatewayResponse(noTokens)
  @ApiOkResponse({ type: InstanceBody })
  change(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Body() body: unknown,
    @Conditional() conditions: Conditions,
  ): Promise<Tagged<InstanceBody>> {
    return this.service.change(caller, id, body, conditions)
  }

  @Put(':id')
  @ChangesUnderConditions()
  @ApiOperation({ summary: 'Replace an instance as a whole' })
  @ApiBody({ type: ReplaceInstanceRequest })
  @ApiBadGatewayResponse(noTokens)
  @ApiOkResponse({ type: InstanceBody })
  replace(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Body() body: unknown,
    @Conditional() conditions: Conditions,
  ): Promise<Tagged<InstanceBody>> {
    return this.service.replace(caller, id, body, conditions)
  }

  @Delete(':id')
  @ChangesUnderConditions()
  @ApiOperation({
    summary: 'Delete an instance: it stops listening and polling at once; what was accepted is still delivered',
  })
  @ApiOkResponse()
  remove(@Caller() caller: Principal, @Param('id') id: string, @Conditional() conditions: Conditions): Promise<void> {
    return this.service.remove(caller, id, conditions)
  }

  @Patch()
  @ChangesUnderConditions()
  @ApiOperation({ summary: 'Change the instance of the Element token' })
  @ApiBody({ type: ChangeInstanceRequest })
  @ApiBadGatewayResponse(noTokens)
  @ApiOkResponse({ type: InstanceBody })
  changeCallers(
    @Caller() caller: Principal,
    @CallersInstance() id: number,
    @Body() body: unknown,
    @Conditional() conditions: Conditions,
  ): Promise<Tagged<InstanceBody>> {
    return this.service.change(caller, id, body, conditions)
  }

  @Put()
  @ChangesUnderConditions()
  @ApiOperation({ summary: 'Replace the instance of the Element token' })
  @ApiBody({ type: ReplaceInstanceRequest })
  @ApiBadGatewayResponse(noTokens)
  @ApiOkResponse({ type: InstanceBody })
  replaceCallers(
    @Caller() caller: Principal,
    @CallersInstance() id: number,
    @Body() body: unknown,
    @Conditional() conditions: Conditions,
  ): Promise<Tagged<InstanceBody>> {
    return this.service.replace(caller, id, body, conditions)
  }

  @Delete()
  @ChangesUnderConditions()
  @ApiOperation({ summary: 'Delete the instance of the Element token' })
  @ApiOkResponse()
  removeCallers(
    @Caller() caller: Principal,
    @CallersInstance() id: number,
    @Conditional() conditions: Conditions,
  ): Promise<void> {
    return this.service.remove(caller, id, conditions)
  }
}
