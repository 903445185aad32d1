import { Connectors, type Connector } from '#connectors'
import type { Principal } from '#instances'
import { SETTINGS, type Settings } from '#platform'
import { Controller, Get, Inject, Param } from '@nestjs/common'
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger'
import { Caller, CallersInstance } from '../authorization/authorization.guard.js'
import { Authorized } from '../authorization/authorized.js'
import { findElement, unknownElement } from '../elements/find-element.js'
import { ElementsApi } from '../errors/elements-api.js'
import { Refused } from '../errors/refusal.js'
import { HubLines } from '../hubs/hub-lines.js'
import { OwnedInstances } from '../instances/owned-instances.js'
import { resourceDocument } from './resource-document.js'
import { ofOperation, type SwaggerDocument } from './swagger.js'

const document = {
  description: 'A Swagger 2.0 document',
  schema: { type: 'object' as const, additionalProperties: true },
}

/** What an element's hub resources can be asked for, as a document for programs. */
@ApiTags('Resource documents')
@Controller('elements/api-v2')
@ElementsApi()
@Authorized()
export class ResourceDocsController {
  private readonly publicUrl: string

  constructor(
    private readonly connectors: Connectors,
    private readonly owned: OwnedInstances,
    private readonly lines: HubLines,
    @Inject(SETTINGS) { publicUrl }: Settings,
  ) {
    this.publicUrl = publicUrl
  }

  @Get('elements/:keyOrId/docs')
  @ApiOperation({ summary: "An element's hub resources: their calls, parameters and what is known of their records" })
  @ApiOkResponse(document)
  ofElement(@Param('keyOrId') keyOrId: string): SwaggerDocument {
    const connector = findElement(this.connectors, keyOrId)
    if (connector) return this.documentOf(connector)
    throw new Refused({ kind: 'not-found', message: unknownElement(this.connectors, keyOrId) })
  }

  @Get('instances/:id/docs')
  @ApiOperation({ summary: "The same of an instance's element" })
  @ApiOkResponse(document)
  async ofInstance(@Caller() caller: Principal, @Param('id') id: string): Promise<SwaggerDocument> {
    return this.documentOf(this.lines.connectorOf(await this.owned.find(caller, id)))
  }

  @Get('instances/:id/docs/:operationId')
  @ApiOperation({ summary: 'One of its calls' })
  @ApiOkResponse(document)
  async operation(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Param('operationId') operationId: string,
  ): Promise<SwaggerDocument> {
    const whole = await this.ofInstance(caller, id)
    const found = ofOperation(whole, operationId)
    if (found) return found
    const known = Object.values(whole.paths).map(({ get }) => get.operationId)
    const message = `There is no operation ${JSON.stringify(operationId)}; there are ${known.join(', ')}`
    throw new Refused({ kind: 'not-found', message })
  }

  @Get('instances/:id/docs/:operationId/definitions')
  @ApiOperation({ summary: 'What the bodies of one of its calls are made of' })
  @ApiOkResponse(document)
  async definitions(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Param('operationId') operationId: string,
  ): Promise<SwaggerDocument['definitions']> {
    return (await this.operation(caller, id, operationId)).definitions
  }

  @Get('instances/docs')
  @ApiOperation({ summary: 'The same of the instance of the Element token' })
  @ApiOkResponse(document)
  ofCallers(@Caller() caller: Principal, @CallersInstance() id: number): Promise<SwaggerDocument> {
    return this.ofInstance(caller, String(id))
  }

  @Get('instances/docs/:operationId')
  @ApiOperation({ summary: 'One call, of the instance of the Element token' })
  @ApiOkResponse(document)
  operationOfCallers(
    @Caller() caller: Principal,
    @CallersInstance() id: number,
    @Param('operationId') operationId: string,
  ): Promise<SwaggerDocument> {
    return this.operation(caller, String(id), operationId)
  }

  @Get('instances/docs/:operationId/definitions')
  @ApiOperation({ summary: 'What its bodies are made of, of the instance of the Element token' })
  @ApiOkResponse(document)
  definitionsOfCallers(
    @Caller() caller: Principal,
    @CallersInstance() id: number,
    @Param('operationId') operationId: string,
  ): Promise<SwaggerDocument['definitions']> {
    return this.definitions(caller, String(id), operationId)
  }

  private documentOf(connector: Connector): SwaggerDocument {
    return resourceDocument(connector, this.publicUrl)
  }
}
