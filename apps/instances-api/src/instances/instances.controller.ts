import type { Principal } from '#instances'
import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put, Query, Res } from '@nestjs/common'
import { ApiBody, ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger'
import type { FastifyReply } from 'fastify'
import { Caller, CallersInstance } from '../authorization/authorization.guard.js'
import { Authorized } from '../authorization/authorized.js'
import { ElementsApi } from '../errors/elements-api.js'
import { InstanceBody } from './instance.dto.js'
import { InstancesService } from './instances.service.js'
import { ChangeInstanceRequest, CreateInstanceRequest, ReplaceInstanceRequest } from './request/instance-request.dto.js'

/** Instances: connected accounts. Calls without an id act on the instance of the header's `Element <token>`. */
@ApiTags('Instances')
@Controller('elements/api-v2/instances')
@ElementsApi()
@Authorized()
export class InstancesController {
  constructor(private readonly service: InstancesService) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({ summary: 'Connect an account' })
  @ApiBody({ type: CreateInstanceRequest })
  @ApiOkResponse({ type: InstanceBody })
  create(@Caller() caller: Principal, @Body() body: unknown): Promise<InstanceBody> {
    return this.service.create(caller, body)
  }

  @Get()
  @ApiOperation({ summary: 'List instances, by id; the header Elements-Next-Page-Token leads to the next page' })
  @ApiQuery({
    name: 'tags[]',
    required: false,
    isArray: true,
    type: String,
    description: 'All that an instance must carry',
  })
  @ApiQuery({ name: 'searchText', required: false, type: String, description: 'In name, element key or a tag' })
  @ApiQuery({
    name: 'hydrate',
    required: false,
    type: Boolean,
    description: 'false: without configuration and element',
  })
  @ApiQuery({ name: 'pageSize', required: false, type: Number, description: 'At most, and by default, 200' })
  @ApiQuery({ name: 'nextPage', required: false, type: String })
  @ApiOkResponse({ type: [InstanceBody] })
  async list(
    @Caller() caller: Principal,
    @Query() query: Readonly<Record<string, unknown>>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<InstanceBody[]> {
    const { instances, next } = await this.service.list(caller, query)
    if (next !== null) reply.header('Elements-Next-Page-Token', next)
    reply.header('Elements-Returned-Count', instances.length)
    return instances
  }

  @Get(':id')
  @ApiOperation({ summary: 'One instance' })
  @ApiOkResponse({ type: InstanceBody })
  one(@Caller() caller: Principal, @Param('id') id: string): Promise<InstanceBody> {
    return this.service.one(caller, id)
  }

  @Patch(':id')
  @ApiOperation({ summary: 'Change an instance: tags are replaced, the configuration is merged' })
  @ApiBody({ type: ChangeInstanceRequest })
  @ApiOkResponse({ type: InstanceBody })
  change(@Caller() caller: Principal, @Param('id') id: string, @Body() body: unknown): Promise<InstanceBody> {
    return this.service.change(caller, id, body)
  }

  @Put(':id')
  @ApiOperation({ summary: 'Replace an instance as a whole' })
  @ApiBody({ type: ReplaceInstanceRequest })
  @ApiOkResponse({ type: InstanceBody })
  replace(@Caller() caller: Principal, @Param('id') id: string, @Body() body: unknown): Promise<InstanceBody> {
    return this.service.replace(caller, id, body)
  }

  @Delete(':id')
  @ApiOperation({
    summary: 'Delete an instance: it stops listening and polling at once; what was accepted is still delivered',
  })
  @ApiOkResponse()
  remove(@Caller() caller: Principal, @Param('id') id: string): Promise<void> {
    return this.service.remove(caller, id)
  }

  @Patch()
  @ApiOperation({ summary: 'Change the instance of the Element token' })
  @ApiBody({ type: ChangeInstanceRequest })
  @ApiOkResponse({ type: InstanceBody })
  changeCallers(
    @Caller() caller: Principal,
    @CallersInstance() id: number,
    @Body() body: unknown,
  ): Promise<InstanceBody> {
    return this.service.change(caller, id, body)
  }

  @Put()
  @ApiOperation({ summary: 'Replace the instance of the Element token' })
  @ApiBody({ type: ReplaceInstanceRequest })
  @ApiOkResponse({ type: InstanceBody })
  replaceCallers(
    @Caller() caller: Principal,
    @CallersInstance() id: number,
    @Body() body: unknown,
  ): Promise<InstanceBody> {
    return this.service.replace(caller, id, body)
  }

  @Delete()
  @ApiOperation({ summary: 'Delete the instance of the Element token' })
  @ApiOkResponse()
  removeCallers(@Caller() caller: Principal, @CallersInstance() id: number): Promise<void> {
    return this.service.remove(caller, id)
  }

  @Put(':id/enabled')
  @ApiOperation({ summary: 'Enable an instance' })
  @ApiOkResponse({ type: InstanceBody })
  enable(@Caller() caller: Principal, @Param('id') id: string): Promise<InstanceBody> {
    return this.service.setDisabled(caller, id, false)
  }

  @Delete(':id/enabled')
  @ApiOperation({ summary: 'Disable an instance: its events are stored, nothing is polled or called' })
  @ApiOkResponse({ type: InstanceBody })
  disable(@Caller() caller: Principal, @Param('id') id: string): Promise<InstanceBody> {
    return this.service.setDisabled(caller, id, true)
  }

  @Put('enabled')
  @ApiOperation({ summary: 'Enable the instance of the Element token' })
  @ApiOkResponse({ type: InstanceBody })
  enableCallers(@Caller() caller: Principal, @CallersInstance() id: number): Promise<InstanceBody> {
    return this.service.setDisabled(caller, id, false)
  }

  @Delete('enabled')
  @ApiOperation({ summary: 'Disable the instance of the Element token' })
  @ApiOkResponse({ type: InstanceBody })
  disableCallers(@Caller() caller: Principal, @CallersInstance() id: number): Promise<InstanceBody> {
    return this.service.setDisabled(caller, id, true)
  }
}
