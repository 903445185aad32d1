import { Connectors } from '#connectors'
import { Instances, type Instance, type Principal } from '#instances'
import { SETTINGS, type Settings } from '#platform'
import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Patch, Post, Put, Query, Res } from '@nestjs/common'
import { ApiBody, ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger'
import type { FastifyReply } from 'fastify'
import { Caller, CallersInstance } from '../authorization/authorization.guard.js'
import { Authorized } from '../authorization/authorized.js'
import { ElementsApi } from '../errors/elements-api.js'
import { notFound, Refused } from '../errors/refusal.js'
import { pageToken, readPage } from './instance-page.js'
import { instanceView, leanInstanceView } from './instance-view.js'
import { InstanceBody } from './instance.dto.js'
import { OwnedInstances } from './owned-instances.js'
import { Provisioning, type Provisioned } from './provisioning.js'
import { ChangeInstanceRequest, CreateInstanceRequest, ReplaceInstanceRequest } from './request/instance-request.dto.js'

/** Instances: connected accounts. Calls without an id act on the instance of the header's `Element <token>`. */
@ApiTags('Instances')
@Controller('elements/api-v2/instances')
@ElementsApi()
@Authorized()
export class InstancesController {
  constructor(
    private readonly instances: Instances,
    private readonly owned: OwnedInstances,
    private readonly provisioning: Provisioning,
    private readonly connectors: Connectors,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({ summary: 'Connect an account' })
  @ApiBody({ type: CreateInstanceRequest })
  @ApiOkResponse({ type: InstanceBody })
  async create(@Caller() caller: Principal, @Body() body: unknown): Promise<InstanceBody> {
    return this.answer(await this.provisioning.create(caller, body))
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
    @Caller() { accountId }: Principal,
    @Query() query: Readonly<Record<string, unknown>>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<InstanceBody[]> {
    const { tags, searchText, hydrate, pageSize, afterId } = readPage(query)
    const filter = { tags, ...(searchText !== undefined && { searchText }), ...(afterId !== undefined && { afterId }) }
    const found = await this.instances.list({ accountId, ...filter, limit: pageSize + 1 })
    const page = found.slice(0, pageSize)
    const filtered = tags.length > 0 || searchText !== undefined
    if (page.length === 0 && filtered && afterId === undefined)
      throw notFound('An instance with these tags or this text')
    const last = page.at(-1)
    if (found.length > pageSize && last) reply.header('Elements-Next-Page-Token', pageToken(last.id))
    reply.header('Elements-Returned-Count', page.length)
    return page.map(instance => (hydrate ? this.view(instance) : this.lean(instance)))
  }

  @Get(':id')
  @ApiOperation({ summary: 'One instance' })
  @ApiOkResponse({ type: InstanceBody })
  async one(@Caller() caller: Principal, @Param('id') id: string): Promise<InstanceBody> {
    return this.view(await this.owned.find(caller, id))
  }

  @Patch(':id')
  @ApiOperation({ summary: 'Change an instance: tags are replaced, the configuration is merged' })
  @ApiBody({ type: ChangeInstanceRequest })
  @ApiOkResponse({ type: InstanceBody })
  async change(@Caller() caller: Principal, @Param('id') id: string, @Body() body: unknown): Promise<InstanceBody> {
    return this.answer(await this.provisioning.change(await this.owned.find(caller, id), body))
  }

  @Put(':id')
  @ApiOperation({ summary: 'Replace an instance as a whole' })
  @ApiBody({ type: ReplaceInstanceRequest })
  @ApiOkResponse({ type: InstanceBody })
  async replace(@Caller() caller: Principal, @Param('id') id: string, @Body() body: unknown): Promise<InstanceBody> {
    return this.answer(await this.provisioning.replace(await this.owned.find(caller, id), body))
  }

  @Delete(':id')
  @ApiOperation({
    summary: 'Delete an instance: it stops listening and polling at once; what was accepted is still delivered',
  })
  @ApiOkResponse()
  async remove(@Caller() caller: Principal, @Param('id') id: string): Promise<void> {
    const instance = await this.owned.find(caller, id)
    await this.instances.delete(instance.id)
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
    return this.change(caller, String(id), body)
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
    return this.replace(caller, String(id), body)
  }

  @Delete()
  @ApiOperation({ summary: 'Delete the instance of the Element token' })
  @ApiOkResponse()
  removeCallers(@Caller() caller: Principal, @CallersInstance() id: number): Promise<void> {
    return this.remove(caller, String(id))
  }

  @Put(':id/enabled')
  @ApiOperation({ summary: 'Enable an instance' })
  @ApiOkResponse({ type: InstanceBody })
  enable(@Caller() caller: Principal, @Param('id') id: string): Promise<InstanceBody> {
    return this.setDisabled(caller, id, false)
  }

  @Delete(':id/enabled')
  @ApiOperation({ summary: 'Disable an instance: its events are stored, nothing is polled or called' })
  @ApiOkResponse({ type: InstanceBody })
  disable(@Caller() caller: Principal, @Param('id') id: string): Promise<InstanceBody> {
    return this.setDisabled(caller, id, true)
  }

  @Put('enabled')
  @ApiOperation({ summary: 'Enable the instance of the Element token' })
  @ApiOkResponse({ type: InstanceBody })
  enableCallers(@Caller() caller: Principal, @CallersInstance() id: number): Promise<InstanceBody> {
    return this.setDisabled(caller, String(id), false)
  }

  @Delete('enabled')
  @ApiOperation({ summary: 'Disable the instance of the Element token' })
  @ApiOkResponse({ type: InstanceBody })
  disableCallers(@Caller() caller: Principal, @CallersInstance() id: number): Promise<InstanceBody> {
    return this.setDisabled(caller, String(id), true)
  }

  private async setDisabled(caller: Principal, id: string, disabled: boolean): Promise<InstanceBody> {
    const instance = await this.provisioning.setDisabled(await this.owned.find(caller, id), disabled)
    if (!instance) throw notFound(`Instance ${id}`)
    return this.view(instance)
  }

  private answer(outcome: Provisioned): InstanceBody {
    if (outcome.kind === 'provisioned') return this.view(outcome.instance)
    throw new Refused(outcome)
  }

  private view(instance: Instance): InstanceBody {
    return instanceView(instance, this.connectors.get(instance.elementKey), this.settings.publicUrl)
  }

  private lean(instance: Instance): InstanceBody {
    return leanInstanceView(instance, this.connectors.get(instance.elementKey), this.settings.publicUrl)
  }
}
