import { Connectors } from '#connectors'
import type { Principal } from '#instances'
import { Body, Controller, Get, Param, Patch } from '@nestjs/common'
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger'
import { Caller, CallersInstance } from '../authorization/authorization.guard.js'
import { Authorized } from '../authorization/authorized.js'
import { ElementsApi } from '../errors/elements-api.js'
import { notFound, Refused } from '../errors/refusal.js'
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
  @ApiOkResponse({ type: InstanceConfigurationEntry })
  async one(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Param('configId') configId: string,
  ): Promise<InstanceConfigurationEntry> {
    const entries = await this.list(caller, id)
    const entry = entries.find(({ key }) => key === configId) ?? entries.find(each => String(each.id) === configId)
    if (entry) return entry
    throw notFound(`Configuration ${configId} of instance ${id}`)
  }

  @Patch(':id/configuration/:configId')
  @ApiOperation({ summary: 'Change one entry, as PATCH /instances/{id} would' })
  @ApiBody({ type: ChangeConfigurationRequest })
  @ApiOkResponse({ type: InstanceConfigurationEntry })
  async change(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Param('configId') configId: string,
    @Body() body: unknown,
  ): Promise<InstanceConfigurationEntry> {
    const { key } = await this.one(caller, id, configId)
    await this.service.change(caller, id, { configuration: { [key]: propertyValueOf(body) } })
    return this.one(caller, id, key)
  }

  @Get('configuration')
  @ApiOperation({ summary: 'The configuration of the instance of the Element token' })
  @ApiOkResponse({ type: [InstanceConfigurationEntry] })
  listCallers(@Caller() caller: Principal, @CallersInstance() id: number): Promise<InstanceConfigurationEntry[]> {
    return this.list(caller, String(id))
  }

  @Get('configuration/:configId')
  @ApiOperation({ summary: 'One entry of the instance of the Element token' })
  @ApiOkResponse({ type: InstanceConfigurationEntry })
  oneOfCallers(
    @Caller() caller: Principal,
    @CallersInstance() id: number,
    @Param('configId') configId: string,
  ): Promise<InstanceConfigurationEntry> {
    return this.one(caller, String(id), configId)
  }

  @Patch('configuration/:configId')
  @ApiOperation({ summary: 'Change one entry of the instance of the Element token' })
  @ApiBody({ type: ChangeConfigurationRequest })
  @ApiOkResponse({ type: InstanceConfigurationEntry })
  changeCallers(
    @Caller() caller: Principal,
    @CallersInstance() id: number,
    @Param('configId') configId: string,
    @Body() body: unknown,
  ): Promise<InstanceConfigurationEntry> {
    return this.change(caller, String(id), configId, body)
  }
}

function propertyValueOf(body: unknown): unknown {
  if (typeof body === 'object' && body !== null && 'propertyValue' in body) return body.propertyValue
  throw new Refused({ kind: 'invalid', faults: ['propertyValue: is missing; write {"propertyValue": "true"}'] })
}
