import { Deliveries, Subscriptions, type StoredDelivery, type Subscription } from '#deliveries'
import { Instances, type Principal } from '#instances'
import { Controller, Delete, Get, Param, Put, Query, Res } from '@nestjs/common'
import { ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger'
import type { FastifyReply } from 'fastify'
import { Caller } from '../authorization/authorization.guard.js'
import { Authorized } from '../authorization/authorized.js'
import { ElementsApi } from '../errors/elements-api.js'
import { notFound, Refused } from '../errors/refusal.js'
import { readDeliveryQuery } from './delivery-query.js'
import { DeliveryBody, Redelivery, SubscriptionBody } from './notification.dto.js'

const whereQuery = {
  ...{ name: 'where', type: String, required: false },
  description: "`channel='webhook' and status='queued' and config.url='…'`, any part of it",
}

/** Where callbacks go, and what still waits for them. A subscription is made by an instance's callback URL. */
@ApiTags('Notifications')
@Controller('elements/api-v2/notifications/subscriptions')
@ElementsApi()
@Authorized()
export class NotificationsController {
  constructor(
    private readonly subscriptions: Subscriptions,
    private readonly deliveries: Deliveries,
    private readonly instances: Instances,
  ) {}

  @Get()
  @ApiOperation({ summary: 'The current subscriptions' })
  @ApiOkResponse({ type: [SubscriptionBody] })
  async list(@Caller() { accountId }: Principal): Promise<SubscriptionBody[]> {
    return (await this.subscriptions.list(accountId)).map(subscriptionView)
  }

  @Get('deliveries')
  @ApiOperation({ summary: 'What has not been delivered yet, the oldest first' })
  @ApiQuery(whereQuery)
  @ApiQuery({ name: 'pageSize', type: Number, required: false })
  @ApiQuery({ name: 'nextPage', type: String, required: false })
  @ApiOkResponse({ type: [DeliveryBody] })
  async waiting(
    @Caller() { accountId }: Principal,
    @Query() query: Readonly<Record<string, unknown>>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<DeliveryBody[]> {
    const { status, url } = readDeliveryQuery(query['where'])
    const after = query['nextPage']
    const pageSize = Number(query['pageSize'] ?? 200)
    if (!Number.isInteger(pageSize) || pageSize < 1) this.refuse('pageSize: is not a number from 1')
    if (after !== undefined && (typeof after !== 'string' || !/^\d{1,18}$/.test(after)))
      this.refuse('nextPage: is no token that was given')
    const { items, next } = await this.deliveries.deliveries(accountId, {
      limit: Math.min(pageSize, 200),
      ...(status && { state: status === 'queued' ? ('queued' as const) : ('due' as const) }),
      ...(url !== undefined && { url }),
      ...(typeof after === 'string' && { after }),
    })
    if (next !== null) reply.header('Elements-Next-Page-Token', next)
    return items.map(deliveryView).filter(delivery => status === undefined || delivery.status === status)
  }

  @Put('deliveries')
  @ApiOperation({ summary: 'Reactivate subscriptions and send what is queued for them' })
  @ApiQuery(whereQuery)
  @ApiOkResponse({ type: Redelivery })
  async redeliver(@Caller() { accountId }: Principal, @Query('where') where: unknown): Promise<Redelivery> {
    const { url } = readDeliveryQuery(where)
    return { deliveries: await this.subscriptions.reactivate(accountId, url === undefined ? {} : { url }) }
  }

  @Get(':id')
  @ApiOperation({ summary: 'One subscription, also one that has ended' })
  @ApiOkResponse({ type: SubscriptionBody })
  async one(@Caller() { accountId }: Principal, @Param('id') id: string): Promise<SubscriptionBody> {
    return subscriptionView(await this.find(accountId, id))
  }

  @Delete(':id')
  @ApiOperation({ summary: "End a subscription: takes the callback URL out of its instance's configuration" })
  @ApiOkResponse()
  async remove(@Caller() { accountId }: Principal, @Param('id') id: string): Promise<void> {
    const { instanceId, url, endedAt } = await this.find(accountId, id)
    if (endedAt) throw notFound(`Subscription ${id}`)
    await this.instances.update(instanceId, ({ configuration }) =>
      configuration['event.notification.callback.url'] === url
        ? { configuration: { ...configuration, 'event.notification.callback.url': null } }
        : null,
    )
  }

  private async find(accountId: number, id: string): Promise<Subscription> {
    const subscription = /^\d{1,18}$/.test(id) ? await this.subscriptions.get(accountId, id) : null
    if (!subscription) throw notFound(`Subscription ${id}`)
    return subscription
  }

  private refuse(fault: string): never {
    throw new Refused({ kind: 'invalid', faults: [fault] })
  }
}

function subscriptionView({
  id,
  instanceId,
  elementKey,
  url,
  active,
  deactivatedReason,
}: Subscription): SubscriptionBody {
  const topics = [`instance-${instanceId}-${elementKey}-events`]
  return { id: Number(id), channel: 'webhook', topics, config: { url }, active, deactivatedReason }
}

function deliveryView(delivery: StoredDelivery): DeliveryBody {
  const { notificationId, subscriptionId, state, attempts, createdAt, dueAt, lastError, instanceId, url } = delivery
  const status = state === 'queued' ? 'queued' : attempts === 0 ? 'created' : 'retry'
  return {
    ...{ notificationId, subscriptionId: Number(subscriptionId), status, createdDate: createdAt, dueDate: dueAt },
    ...{ attempts, error: lastError, instanceId, config: { url } },
  }
}
