import { DeliveryList, readDeliveredPosition, Subscriptions, type Page, type StoredDelivery } from '#deliveries'
import type { Principal } from '#instances'
import { Controller, Get, Put, Query, Res } from '@nestjs/common'
import { ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger'
import type { FastifyReply } from 'fastify'
import { Caller } from '../authorization/authorization.guard.js'
import { Authorized } from '../authorization/authorized.js'
import { ElementsApi } from '../errors/elements-api.js'
import { Refused } from '../errors/refusal.js'
import { Paged } from '../events/event-listing.js'
import { QueryReading } from '../events/query-reading.js'
import { readDeliveryQuery, type DeliveryQuery } from './delivery-query.js'
import { deliveryView, hydrated } from './delivery-view.js'
import { DeliveryBody, Redelivery } from './notification.dto.js'

const whereQuery = {
  ...{ name: 'where', type: String, required: false },
  description:
    "`channel='webhook' and status='queued' and config.url='…'`, any part of it; `subscriptionId` and `instanceId` too",
}
/** Of deliveries with their notifications, which may be large. */
const hydratedPage = 20

/** What is on its way to the subscriptions, and what has arrived. */
@ApiTags('Notifications')
@Controller('elements/api-v2/notifications/subscriptions/deliveries')
@ElementsApi()
@Authorized()
export class DeliveriesController {
  constructor(
    private readonly list: DeliveryList,
    private readonly subscriptions: Subscriptions,
  ) {}

  @Get()
  @ApiOperation({
    summary: "What hasn't been delivered yet, the oldest first; with status='delivered' what has, the newest first",
  })
  @ApiQuery(whereQuery)
  @ApiQuery({
    ...{ name: 'hydrate', type: Boolean, required: false },
    description: `With the callback's body and the subscription, ${hydratedPage} in a page at most`,
  })
  @Paged()
  @ApiOkResponse({ type: [DeliveryBody] })
  async get(
    @Caller() { accountId }: Principal,
    @Query() query: Readonly<Record<string, unknown>>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<DeliveryBody[] | string> {
    const reading = new QueryReading(query)
    const whole = reading.oneOf('hydrate', ['true', 'false']) === 'true'
    const limit = Math.min(reading.pageSize(), whole ? hydratedPage : Infinity)
    const { items, next } = await this.page(accountId, readDeliveryQuery(reading.text('where')), limit, reading)
    if (next !== null) reply.header('Elements-Next-Page-Token', next)
    if (!whole) return items.map(deliveryView)
    const ids = [...new Set(items.map(item => item.subscriptionId))]
    const [events, subscriptions] = await Promise.all([
      this.list.events(items),
      this.subscriptions.byIds(accountId, ids),
    ])
    reply.header('Elements-Returned-Count', items.length).type('application/json; charset=utf-8')
    return hydrated(items, events, subscriptions)
  }

  @Put()
  @ApiOperation({ summary: 'Reactivate subscriptions and send what is queued for them' })
  @ApiQuery(whereQuery)
  @ApiOkResponse({ type: Redelivery })
  async redeliver(@Caller() { accountId }: Principal, @Query('where') where: unknown): Promise<Redelivery> {
    const { status, ...which } = readDeliveryQuery(where)
    if (status !== undefined && status !== 'queued') throw new Refused({ kind: 'invalid', faults: [hint(status)] })
    return { deliveries: await this.subscriptions.reactivate(accountId, which) }
  }

  private page(
    accountId: number,
    { status, ...which }: DeliveryQuery,
    limit: number,
    reading: QueryReading,
  ): Promise<Page<StoredDelivery>> {
    if (status === 'delivered') {
      const after = reading.nextPage(readDeliveredPosition)
      reading.done()
      return this.list.delivered(accountId, { ...which, limit, ...(after && { after }) })
    }
    const after = reading.nextPage(token => (/^\d{1,18}$/.test(token) ? token : null))
    reading.done()
    return this.list.waiting(accountId, { ...which, limit, ...(status && { status }), ...(after && { after }) })
  }
}

function hint(status: Exclude<DeliveryQuery['status'], 'queued' | undefined>): string {
  return status === 'delivered'
    ? "where: what has been delivered isn't sent again by this; replay its notifications instead"
    : `where: what has the status "${status}" is sent by itself, at its dueDate; write status='queued'`
}
