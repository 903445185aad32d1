import { Events } from '#deliveries'
import type { Principal } from '#instances'
import { Controller, Get, Param, Query, Res } from '@nestjs/common'
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger'
import type { FastifyReply } from 'fastify'
import { Caller, CallersInstance } from '../authorization/authorization.guard.js'
import { Authorized } from '../authorization/authorized.js'
import { ElementsApi } from '../errors/elements-api.js'
import { notFound } from '../errors/refusal.js'
import { OwnedInstances } from '../instances/owned-instances.js'
import { EventListing } from './event-listing.js'
import { readEventQuery } from './event-query.js'
import { eventView } from './event-view.js'
import { EventBody } from './event.dto.js'

/** Events as stored. `message.eventId` of a callback is one of them. */
@ApiTags('Events')
@Controller('elements/api-v2/instances')
@ElementsApi()
@Authorized()
export class EventsController {
  constructor(
    private readonly owned: OwnedInstances,
    private readonly events: Events,
  ) {}

  @Get('events/:eventId')
  @ApiOperation({ summary: 'One event, of any instance of the account, deleted ones included' })
  @ApiOkResponse({ type: EventBody })
  async one(@Caller() { accountId }: Principal, @Param('eventId') eventId: string): Promise<EventBody> {
    const stored = await this.events.byId(eventId)
    if (!stored || stored.event.accountId !== accountId) throw notFound(`Event ${eventId}`)
    return eventView(stored)
  }

  @Get(':id/events/:eventId')
  @ApiOperation({ summary: 'One event of an instance, also of a deleted one' })
  @ApiOkResponse({ type: EventBody })
  async ofInstance(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Param('eventId') eventId: string,
  ): Promise<EventBody> {
    const event = await this.one(caller, eventId)
    if (event.eventElementInstances.some(({ elementInstanceId }) => String(elementInstanceId) === id)) return event
    throw notFound(`Event ${eventId} of instance ${id}`)
  }

  @Get(':id/events')
  @EventListing("An instance's events, the newest first")
  async list(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Query() query: Readonly<Record<string, unknown>>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<EventBody[]> {
    const instance = await this.owned.find(caller, id)
    const filter = readEventQuery(query)
    if (filter === null) return []
    const { items, next } = await this.events.ofInstance(instance.id, filter)
    if (next !== null) reply.header('Elements-Next-Page-Token', next)
    return items.map(eventView)
  }

  @Get('events')
  @EventListing('The events of the instance of the Element token')
  listCallers(
    @Caller() caller: Principal,
    @CallersInstance() id: number,
    @Query() query: Readonly<Record<string, unknown>>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<EventBody[]> {
    return this.list(caller, String(id), query, reply)
  }
}
