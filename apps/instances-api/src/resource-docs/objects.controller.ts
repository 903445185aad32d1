import type { Connector } from '#connectors'
import type { Principal } from '#instances'
import { Controller, Get, Param, Res } from '@nestjs/common'
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger'
import type { FastifyReply } from 'fastify'
import { Caller } from '../authorization/authorization.guard.js'
import { Authorized } from '../authorization/authorized.js'
import { ElementsApi } from '../errors/elements-api.js'
import { HubLines } from '../hubs/hub-lines.js'
import { instanceHeader } from '../hubs/listing.js'
import { definitionOf, metadataOf } from './object-definition.js'
import { ObjectMetadata } from './resource-docs.dto.js'

const anyHub = { name: 'hub', type: String, description: 'Any word: it means nothing' }
const names = { schema: { type: 'array' as const, items: { type: 'string' as const } }, headers: instanceHeader }

/** The resources of the instance of the header's `Element <token>`. The vendor isn't asked, so a disabled one's too. */
@ApiTags('Hub resources')
@Controller('elements/api-v2')
@ElementsApi()
@Authorized()
export class ObjectsController {
  constructor(private readonly lines: HubLines) {}

  @Get('objects')
  @ApiOperation({ summary: 'The names of the resources' })
  @ApiOkResponse(names)
  async list(@Caller() caller: Principal, @Res({ passthrough: true }) reply: FastifyReply): Promise<string[]> {
    return (await this.connectorOf(caller, reply)).resources.map(({ name }) => name)
  }

  @Get('hubs/:hub/objects')
  @ApiParam(anyHub)
  @ApiOperation({ summary: 'The same, below any hub' })
  @ApiOkResponse(names)
  listOfHub(@Caller() caller: Principal, @Res({ passthrough: true }) reply: FastifyReply): Promise<string[]> {
    return this.list(caller, reply)
  }

  @Get('objects/:object/metadata')
  @ApiOperation({ summary: 'What is known of the records of one resource' })
  @ApiOkResponse({ type: ObjectMetadata, headers: instanceHeader })
  async metadata(
    @Caller() caller: Principal,
    @Param('object') object: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ObjectMetadata> {
    return metadataOf(definitionOf(await this.connectorOf(caller, reply), object))
  }

  @Get('hubs/:hub/objects/:object/metadata')
  @ApiParam(anyHub)
  @ApiOperation({ summary: 'The same, below any hub' })
  @ApiOkResponse({ type: ObjectMetadata, headers: instanceHeader })
  metadataOfHub(
    @Caller() caller: Principal,
    @Param('object') object: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ObjectMetadata> {
    return this.metadata(caller, object, reply)
  }

  private async connectorOf(caller: Principal, reply: FastifyReply): Promise<Connector> {
    const { instance, connector } = await this.lines.of(caller, 'objects')
    reply.header('elements-element-instance-id', instance.id)
    return connector
  }
}
