import type { Principal } from '#instances'
import { Controller, Get, Param, Req, Res } from '@nestjs/common'
import {
  ApiBadGatewayResponse,
  ApiForbiddenResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiQuery,
  ApiTags,
  ApiTooManyRequestsResponse,
} from '@nestjs/swagger'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Caller } from '../authorization/authorization.guard.js'
import { Authorized } from '../authorization/authorized.js'
import { ElementsApi } from '../errors/elements-api.js'
import { ErrorBody } from '../errors/error.dto.js'
import { HubResources, type HubPage, type HubRecord } from './hub-resources.js'
import { fields, instanceHeader, Listing } from './listing.js'

const anyHub = { name: 'hub', type: String, description: 'Any word: it means nothing' }
const record = { headers: instanceHeader, schema: { type: 'object' as const, additionalProperties: true } }

/** The vendor's own records of the instance of the header's `Element <token>`, below any hub's name or none. */
@ApiTags('Hub resources')
@Controller('elements/api-v2')
@ElementsApi()
@Authorized()
@ApiForbiddenResponse({ type: ErrorBody, description: 'The instance is disabled, or the vendor does not allow it' })
@ApiTooManyRequestsResponse({
  type: ErrorBody,
  description: 'The vendor takes no more for now',
  headers: { 'Retry-After': { description: 'Seconds', schema: { type: 'integer' } } },
})
@ApiBadGatewayResponse({ type: ErrorBody, description: "The vendor doesn't answer, or fails" })
export class HubsController {
  constructor(private readonly resources: HubResources) {}

  @Get('hubs/:hub/:resource')
  @ApiParam(anyHub)
  @Listing("A resource's records, as the vendor sends them, page by page")
  async listOfHub(
    @Caller() caller: Principal,
    @Param('resource') resource: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    return page(reply, await this.resources.list(caller, resource, searchOf(request)))
  }

  @Get('hubs/:hub/:resource/:id')
  @ApiParam(anyHub)
  @ApiOperation({ summary: 'One record, as the vendor sends it' })
  @ApiQuery(fields)
  @ApiOkResponse(record)
  async oneOfHub(
    @Caller() caller: Principal,
    @Param('resource') resource: string,
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    return single(reply, await this.resources.one(caller, resource, id, searchOf(request)))
  }

  @Get('hubs/:hub/:resource/:id/:child')
  @ApiParam(anyHub)
  @Listing('What belongs to one record, such as messages/{id}/opens')
  async childrenOfHub(
    @Caller() caller: Principal,
    @Param('resource') resource: string,
    @Param('id') id: string,
    @Param('child') child: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    return page(reply, await this.resources.list(caller, `${resource}/${id}/${child}`, searchOf(request)))
  }

  @Get('hubs/:hub/:resource/:id/:child/:childId')
  @ApiParam(anyHub)
  @ApiOperation({ summary: 'One of those, where the vendor gives single ones' })
  @ApiQuery(fields)
  @ApiOkResponse(record)
  async childOfHub(
    @Caller() caller: Principal,
    @Param('resource') resource: string,
    @Param('id') id: string,
    @Param('child') child: string,
    @Param('childId') childId: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    return single(reply, await this.resources.one(caller, `${resource}/${id}/${child}`, childId, searchOf(request)))
  }

  @Get(':resource')
  @Listing('The same without a hub')
  list(
    @Caller() caller: Principal,
    @Param('resource') resource: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    return this.listOfHub(caller, resource, request, reply)
  }

  @Get(':resource/:id')
  @ApiOperation({ summary: 'The same without a hub' })
  @ApiQuery(fields)
  @ApiOkResponse(record)
  one(
    @Caller() caller: Principal,
    @Param('resource') resource: string,
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    return this.oneOfHub(caller, resource, id, request, reply)
  }

  @Get(':resource/:id/:child')
  @Listing('The same without a hub')
  children(
    @Caller() caller: Principal,
    @Param('resource') resource: string,
    @Param('id') id: string,
    @Param('child') child: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    return this.childrenOfHub(caller, resource, id, child, request, reply)
  }

  @Get(':resource/:id/:child/:childId')
  @ApiOperation({ summary: 'The same without a hub' })
  @ApiQuery(fields)
  @ApiOkResponse(record)
  child(
    @Caller() caller: Principal,
    @Param('resource') resource: string,
    @Param('id') id: string,
    @Param('child') child: string,
    @Param('childId') childId: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    return this.childOfHub(caller, resource, id, child, childId, request, reply)
  }
}

// As it came: a where may hold quoted ampersands and pluses.
function searchOf({ url }: FastifyRequest): string {
  const mark = url.indexOf('?')
  return mark < 0 ? '' : url.slice(mark + 1)
}

function page(reply: FastifyReply, { next, count, total, ...records }: HubPage): string {
  reply.header('Elements-Returned-Count', count)
  if (total !== null) reply.header('Elements-Total-Count', total)
  if (next !== null) reply.header('Elements-Next-Page-Token', next)
  return single(reply, records)
}

function single(reply: FastifyReply, { instanceId, json }: HubRecord): string {
  reply.header('elements-element-instance-id', instanceId)
  reply.header('content-type', 'application/json; charset=utf-8')
  return json
}
