import { Connectors, type Connector } from '#connectors'
import { Controller, Get, Param, Query, Res } from '@nestjs/common'
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger'
import type { FastifyReply } from 'fastify'
import { ElementsApi } from '../errors/elements-api.js'
import { Refused } from '../errors/refusal.js'
import { Authorized } from '../authorization/authorized.js'
import { ElementListing, listElements, type ElementPage } from './element-list.js'
import { configurationEntries, elementWithConfiguration, metadataView } from './element-view.js'
import { ConfigurationEntry, ElementMetadata, ElementWithConfiguration } from './element.dto.js'
import { findElement, unknownElement } from './find-element.js'

/** The vendors that instances can be made of. */
@ApiTags('Elements')
@Controller('elements/api-v2/elements')
@ElementsApi()
@Authorized()
export class ElementsController {
  constructor(private readonly connectors: Connectors) {}

  @Get()
  @ElementListing()
  list(
    @Query() query: Readonly<Record<string, unknown>>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): ElementPage['elements'] {
    const { elements, total, next } = listElements(this.connectors.list(), query)
    reply.header('Elements-Total-Count', total)
    if (next !== null) reply.header('Elements-Next-Page-Token', next)
    return elements
  }

  @Get(':keyOrId')
  @ApiOperation({ summary: 'One element' })
  @ApiOkResponse({ type: ElementWithConfiguration })
  one(@Param('keyOrId') keyOrId: string): ElementWithConfiguration {
    return elementWithConfiguration(this.find(keyOrId))
  }

  @Get(':keyOrId/configuration')
  @ApiOperation({ summary: "What an instance's configuration can hold" })
  @ApiOkResponse({ type: [ConfigurationEntry] })
  configuration(@Param('keyOrId') keyOrId: string): ConfigurationEntry[] {
    return configurationEntries(this.find(keyOrId))
  }

  @Get(':keyOrId.configuration')
  @ApiOperation({ summary: 'The same, as it is also written' })
  @ApiOkResponse({ type: [ConfigurationEntry] })
  configurationByName(@Param('keyOrId') keyOrId: string): ConfigurationEntry[] {
    return this.configuration(keyOrId)
  }

  @Get(':keyOrId/metadata')
  @ApiOperation({ summary: 'Which events there are, by polling and by webhook' })
  @ApiOkResponse({ type: ElementMetadata })
  metadata(@Param('keyOrId') keyOrId: string): ElementMetadata {
    return metadataView(this.find(keyOrId))
  }

  private find(keyOrId: string): Connector {
    const connector = findElement(this.connectors, keyOrId)
    if (connector) return connector
    throw new Refused({ kind: 'not-found', message: unknownElement(this.connectors, keyOrId) })
  }
}
