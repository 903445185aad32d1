import type { Connector } from '#connectors'
import type { Principal } from '#instances'
import { Controller, Get, Param } from '@nestjs/common'
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger'
import { Caller, CallersInstance } from '../authorization/authorization.guard.js'
import { Authorized } from '../authorization/authorized.js'
import { ElementsApi } from '../errors/elements-api.js'
import { ErrorBody } from '../errors/error.dto.js'
import { Refused } from '../errors/refusal.js'
import { HubLines } from '../hubs/hub-lines.js'
import { OwnedInstances } from '../instances/owned-instances.js'
import { definitionOf } from './object-definition.js'
import { ObjectDefinition } from './resource-docs.dto.js'

const names = { schema: { type: 'array' as const, items: { type: 'string' as const } } }
const always = { type: ErrorBody, description: 'Always: records come as the vendor sends them' }

/** An instance's resources, and what is known of them. */
@ApiTags('Resource documents')
@Controller('elements/api-v2/instances')
@ElementsApi()
@Authorized()
export class InstanceObjectsController {
  constructor(
    private readonly owned: OwnedInstances,
    private readonly lines: HubLines,
  ) {}

  @Get(':id/objects')
  @ApiOperation({ summary: "The names of an instance's resources" })
  @ApiOkResponse(names)
  async list(@Caller() caller: Principal, @Param('id') id: string): Promise<string[]> {
    return (await this.connectorOf(caller, id)).resources.map(({ name }) => name)
  }

  @Get(':id/objects/:object/definitions')
  @ApiOperation({ summary: 'What is known of the records of one resource' })
  @ApiOkResponse({ type: ObjectDefinition })
  async definition(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Param('object') object: string,
  ): Promise<ObjectDefinition> {
    return definitionOf(await this.connectorOf(caller, id), object)
  }

  @Get('objects')
  @ApiOperation({ summary: 'The names of the resources of the instance of the Element token' })
  @ApiOkResponse(names)
  listCallers(@Caller() caller: Principal, @CallersInstance() id: number): Promise<string[]> {
    return this.list(caller, String(id))
  }

  @Get('objects/:object/definitions')
  @ApiOperation({ summary: 'The same of the instance of the Element token' })
  @ApiOkResponse({ type: ObjectDefinition })
  definitionOfCallers(
    @Caller() caller: Principal,
    @CallersInstance() id: number,
    @Param('object') object: string,
  ): Promise<ObjectDefinition> {
    return this.definition(caller, String(id), object)
  }

  @Get(':id/transformations')
  @ApiOperation({ summary: 'Transformations: there are none' })
  @ApiNotFoundResponse(always)
  async transformations(@Caller() caller: Principal, @Param('id') id: string): Promise<void> {
    await this.owned.find(caller, id)
    this.withoutTransformations()
  }

  @Get(':id/transformations/:object')
  @ApiOperation({ summary: 'The transformation of one resource: there is none' })
  @ApiNotFoundResponse(always)
  transformation(@Caller() caller: Principal, @Param('id') id: string, @Param('object') _object: string) {
    return this.transformations(caller, id)
  }

  @Get('transformations')
  @ApiOperation({ summary: 'The same of the instance of the Element token' })
  @ApiNotFoundResponse(always)
  transformationsOfCallers(@CallersInstance() _id: number): void {
    this.withoutTransformations()
  }

  @Get('transformations/:object')
  @ApiOperation({ summary: 'The same of the instance of the Element token' })
  @ApiNotFoundResponse(always)
  transformationOfCallers(@CallersInstance() _id: number, @Param('object') _object: string): void {
    this.withoutTransformations()
  }

  private async connectorOf(caller: Principal, id: string): Promise<Connector> {
    return this.lines.connectorOf(await this.owned.find(caller, id))
  }

  private withoutTransformations(): never {
    const message =
      'There are no transformations here: records come as the vendor sends them; fields=… chooses among their members'
    throw new Refused({ kind: 'not-found', message })
  }
}
