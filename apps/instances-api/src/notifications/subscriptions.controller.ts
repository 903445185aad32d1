import { callbackTarget, Subscriptions, type Subscription } from '#deliveries'
import { Egress } from '#egress'
import { Instances, type Instance, type Principal } from '#instances'
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common'
import { ApiBody, ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger'
import type { FastifyReply } from 'fastify'
import { Caller } from '../authorization/authorization.guard.js'
import { Authorized } from '../authorization/authorized.js'
import { ElementsApi } from '../errors/elements-api.js'
import { notFound, Refused } from '../errors/refusal.js'
import { Paged } from '../events/event-listing.js'
import { Faults, quoted } from '../instances/request/faults.js'
import { NewSubscriptionBody, SubscriptionBody } from './notification.dto.js'
import { readSubscriptionQuery } from './subscription-query.js'
import { readSubscription } from './subscription-request.js'
import { subscriptionView } from './subscription-view.js'
import { writeTopic, type Topic } from './topic.js'

const callbackUrl = 'event.notification.callback.url'

/** Where callbacks go: to the URL that an instance is configured with, and to others subscribed to its events. */
@ApiTags('Notifications')
@Controller('elements/api-v2/notifications/subscriptions')
@ElementsApi()
@Authorized()
export class SubscriptionsController {
  constructor(
    private readonly subscriptions: Subscriptions,
    private readonly instances: Instances,
    private readonly egress: Egress,
  ) {}

  @Get()
  @ApiOperation({ summary: 'The current subscriptions' })
  @ApiQuery({ name: 'instanceId', type: Number, required: false })
  @ApiQuery({ name: 'topic', type: String, required: false, example: 'instance-410-intercom-events' })
  @ApiQuery({ name: 'active', type: Boolean, required: false })
  @Paged()
  @ApiOkResponse({ type: [SubscriptionBody] })
  async list(
    @Caller() { accountId }: Principal,
    @Query() query: Readonly<Record<string, unknown>>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SubscriptionBody[]> {
    const filter = readSubscriptionQuery(query)
    const found = await this.subscriptions.list(accountId, filter)
    const last = found.length === filter.limit ? found.at(-1) : undefined
    if (last) reply.header('Elements-Next-Page-Token', last.id)
    return found.map(subscriptionView)
  }

  @Post()
  @HttpCode(200)
  @ApiOperation({ summary: "Send an instance's events to a further URL, from now on" })
  @ApiBody({ type: NewSubscriptionBody })
  @ApiOkResponse({ type: SubscriptionBody, description: 'The one that is there already, where the URL has them' })
  async add(@Caller() { accountId }: Principal, @Body() body: unknown): Promise<SubscriptionBody> {
    const faults = new Faults()
    const { topic, url } = readSubscription(body, { checkUrl: text => this.egress.checkUrl(text) }, faults)
    const instance = topic && (await this.instanceOf(topic, accountId, faults))
    if (faults.lines.length > 0 || !instance || url === null)
      throw new Refused({ kind: 'invalid', faults: faults.lines })
    const { id: instanceId, elementKey } = instance
    const { ratePerSecond } = callbackTarget(instance)
    const addition = await this.subscriptions.add({ accountId, instanceId, elementKey, url, ratePerSecond })
    if (addition.kind === 'too-many') {
      const message = `Instance ${instanceId} has ${addition.limit} subscriptions, which is the most; delete one first`
      throw new Refused({ kind: 'conflict', message })
    }
    return subscriptionView(await this.find(accountId, addition.id))
  }

  @Get(':id')
  @ApiOperation({ summary: 'One subscription, also one that has ended' })
  @ApiOkResponse({ type: SubscriptionBody })
  async one(@Caller() { accountId }: Principal, @Param('id') id: string): Promise<SubscriptionBody> {
    return subscriptionView(await this.find(accountId, id))
  }

  @Delete(':id')
  @ApiOperation({ summary: "End a subscription; of the callback URL in an instance's configuration, it is taken out" })
  @ApiOkResponse()
  async remove(@Caller() { accountId }: Principal, @Param('id') id: string): Promise<void> {
    const { instanceId, url, configured, endedAt } = await this.find(accountId, id)
    if (endedAt) throw notFound(`Subscription ${id}`)
    if (configured) {
      await this.instances.update(instanceId, ({ configuration }) =>
        configuration[callbackUrl]?.trim() === url
          ? { configuration: { ...configuration, [callbackUrl]: null } }
          : null,
      )
    }
    await this.subscriptions.end(accountId, id)
  }

  private async instanceOf(topic: Topic, accountId: number, faults: Faults): Promise<Instance | null> {
    const instance = await this.instances.byId(topic.instanceId)
    const mine = instance && !instance.deletedAt && instance.accountId === accountId ? instance : null
    const rightful = mine?.elementKey === topic.elementKey ? mine : null
    if (!rightful) {
      const told = mine ? `; write ${quoted(writeTopic({ ...topic, elementKey: mine.elementKey }))}` : ''
      faults.add('topics.0', `${quoted(writeTopic(topic))} is the topic of no instance of this account${told}`)
    }
    return rightful
  }

  private async find(accountId: number, id: string): Promise<Subscription> {
    const subscription = /^\d{1,18}$/.test(id) ? await this.subscriptions.get(accountId, id) : null
    if (!subscription) throw notFound(`Subscription ${id}`)
    return subscription
  }
}
