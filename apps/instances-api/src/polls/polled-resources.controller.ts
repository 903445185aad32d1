import type { Principal } from '#instances'
import { Controller, Get, Param, Query, Res } from '@nestjs/common'
import { ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger'
import type { FastifyReply } from 'fastify'
import { Caller } from '../authorization/authorization.guard.js'
import { Authorized } from '../authorization/authorized.js'
import { ElementsApi } from '../errors/elements-api.js'
import { Paged } from '../events/event-listing.js'
import { OwnedInstances } from '../instances/owned-instances.js'
import { tokenOf } from './place.js'
import { PolledResourceBody } from './polled-resource.dto.js'
import { polledResourceView } from './polled-resource-view.js'
import { PolledResources } from './polled-resources.js'
import { readResourceQuery } from './resource-query.js'
import { troubles } from './trouble.js'

/** More than an instance can have. */
const wholeInstance = 10_000

/** How what is polled stands: of an instance, and of the whole account. */
@ApiTags('Polls')
@Controller('api')
@ElementsApi()
@Authorized()
export class PolledResourcesController {
  constructor(
    private readonly owned: OwnedInstances,
    private readonly resources: PolledResources,
  ) {}

  @Get('instances/:id/polled-resources')
  @ApiOperation({ summary: 'What of the instance is polled: last poll, next poll, how far, and what is wrong' })
  @ApiOkResponse({ type: [PolledResourceBody] })
  async ofInstance(@Caller() caller: Principal, @Param('id') id: string): Promise<PolledResourceBody[]> {
    const instance = await this.owned.find(caller, id)
    const rows = await this.resources.list(instance.accountId, { instanceId: instance.id, limit: wholeInstance })
    return rows.map(polledResourceView)
  }

  @Get('polled-resources')
  @ApiOperation({
    summary: "What of the account's instances is polled, by instance and resource; or only what is wrong",
  })
  @ApiQuery({
    ...{ name: 'trouble', required: false, type: String },
    description: `Only what has one of these, comma-separated: ${troubles.join(', ')}; or \`any\``,
  })
  @ApiQuery({
    ...{ name: 'minLagSeconds', required: false, schema: { type: 'integer', minimum: 0 } },
    description: 'Only what lags as much, or more',
  })
  @ApiQuery({ name: 'elementKey', required: false, type: String })
  @ApiQuery({ name: 'resource', required: false, type: String })
  @Paged()
  @ApiOkResponse({ type: [PolledResourceBody] })
  async ofAccount(
    @Caller() { accountId }: Principal,
    @Query() query: Readonly<Record<string, unknown>>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PolledResourceBody[]> {
    const { limit, ...filter } = readResourceQuery(query)
    const rows = await this.resources.list(accountId, { ...filter, limit: limit + 1 })
    const shown = rows.slice(0, limit)
    const last = shown.at(-1)
    if (last && rows.length > limit) reply.header('Elements-Next-Page-Token', tokenOf(last))
    return shown.map(polledResourceView)
  }
}
