import { Connectors } from '#connectors'
import type { Principal } from '#instances'
import { Body, Controller, Get, Param, Patch, Res } from '@nestjs/common'
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger'
import type { FastifyReply } from 'fastify'
import { Caller, CallersInstance } from '../authorization/authorization.guard.js'
import { Authorized } from '../authorization/authorized.js'
import { ElementsApi } from '../errors/elements-api.js'
import { notFound, Refused } from '../errors/refusal.js'
import { Conditional, type Conditions } from '../instances/conditions/conditions.js'
import { Tagged } from '../instances/conditions/entity-tag.js'
import {
  ChangesUnderConditions,
  ReadsUnderConditions,
  sendUnlessKnown,
} from '../instances/conditions/tagged-answers.js'
import { InstancesService } from '../instances/instances.service.js'
import { OwnedInstances } from '../instances/owned-instances.js'
import { configurationView } from './configuration-view.js'
import { ChangeConfigurationRequest, InstanceConfigurationEntry } from './configuration.dto.js'

/** An instance's configuration, entry by entry. Without an id: of the instance of the header's `Element <token>`. */
@ApiTags('Instances')
@Controller('elements/api-v2/instances')
@ElementsApi()
@Authorized()
export class ConfigurationController {
  constructor(
    private readonly owned: OwnedInstances,
    private readonly service: InstancesService,
    private readonly connectors: Connectors,
  ) {}

  @Get(':id/configuration')
  @ApiOperation({ summary: "An instance's configuration as a list" })
  @ApiOkResponse({ type: [InstanceConfigurationEntry] })
  async list(@Caller() caller: Principal, @Param('id') id: string): Promise<InstanceConfigurationEntry[]> {
    const instance = await this.owned.find(caller, id)
    return configurationView(instance, this.connectors.get(instance.elementKey))
  }

  @Get(':id/configuration/:configId')
  @ApiOperation({ summary: 'One entry, by its id or its key' })
  @ReadsUnderConditions()
  @ApiOkResponse({ type: InstanceConfigurationEntry })
  async one(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Param('configId') configId: string,
    @Conditional() conditions: Conditions,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await sendUnlessKnown(reply, await this.find(caller, id, configId), conditions)
  }

  @Patch(':id/configuration/:configId')
  @ChangesUnderConditions()
  @ApiOperation({ summary: 'Change one entry, as PATCH /instances/{id} would' })
  @ApiBody({ type: ChangeConfigurationRequest })
  @ApiOkResponse({ type: InstanceConfigurationEntry })
  async change(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Param('configId') configId: string,
    @Body() body: unknown,
    @Conditional() conditions: Conditions,
  ): Promise<Tagged<InstanceConfigurationEntry>> {
    const { key } = (await this.find(caller, id, configId)).body
    await this.service.change(caller, id, { configuration: { [key]: propertyValueOf(body) } }, conditions)
    return this.find(caller, id, key)
  }

  @Get('configuration')
  @ApiOperation({ summary: 'The configuration of the instance of the Element token' })
  @ApiOkResponse({ type: [InstanceConfigurationEntry] })
  listCallers(@Caller() caller: Principal, @CallersInstance() id: number): Promise<InstanceConfigurationEntry[]> {
    return this.list(caller, String(id))
  }

  @Get('configuration/:configId')
  @ApiOperation({ summary: 'One entry of the instance of the Element token' })
  @ReadsUnderConditions()
  @ApiOkResponse({ type: InstanceConfigurationEntry })
  oneOfCallers(
    @Caller() caller: Principal,
    @CallersInstance() id: number,
    @Param('configId') configId: string,
    @Conditional() conditions: Conditions,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.one(caller, String(id), configId, conditions, reply)
  }

  @Patch('configuration/:configId')
  @ChangesUnderConditions()
  @ApiOperation({ summary: 'Change one entry of the instance of the Element token' })
  @ApiBody({ type: ChangeConfigurationRequest })
  @ApiOkResponse({ type: InstanceConfigurationEntry })
  changeCallers(
    @Caller() caller: Principal,
    @CallersInstance() id: number,
    @Param('configId') configId: string,
    @Body() body: unknown,
    @Conditional() conditions: Conditions,
  ): Promise<Tagged<InstanceConfigurationEntry>> {
    return this.change(caller, String(id), configId, body, conditions)
  }

  /** Tagged with the instance's revision: an entry changes when its instance does. */
  private async find(caller: Principal, id: string, configId: string): Promise<Tagged<InstanceConfigurationEntry>> {
    const instance = await this.owned.find(caller, id)
    const entries = configurationView(instance, this.connectors.get(instance.elementKey))
    const entry = entries.find(({ key }) => key === configId) ?? entries.find(each => String(each.id) === configId)
    if (entry) return new Tagged(entry, instance.revision)
    throw notFound(`Configuration ${configId} of instance ${id}`)
  }
}

function propertyValueOf(body: unknown): unknown {
  if (typeof body === 'object' && body !== null && 'propertyValue' in body) return body.propertyValue
  throw new Refused({ kind: 'invalid', faults: ['propertyValue: is missing; write {"propertyValue": "true"}'] })
}
