import { Accounts, type Principal } from '#instances'
import { Controller, Get, Param, Query, Res } from '@nestjs/common'
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger'
import type { FastifyReply } from 'fastify'
import { Caller } from '../authorization/authorization.guard.js'
import { Authorized } from '../authorization/authorized.js'
import { ElementsApi } from '../errors/elements-api.js'
import { notFound } from '../errors/refusal.js'
import { InstanceListing, sendPage } from '../instances/instance-listing.js'
import type { InstanceBody } from '../instances/instance.dto.js'
import { InstancesService } from '../instances/instances.service.js'
import { AccountBody } from './account.dto.js'

/** The caller's account, and no other: an organization's accounts don't see each other. */
@ApiTags('Accounts')
@Controller('elements/api-v2/accounts')
@ElementsApi()
@Authorized()
export class AccountsController {
  constructor(
    private readonly accounts: Accounts,
    private readonly instances: InstancesService,
  ) {}

  @Get()
  @ApiOperation({ summary: "A list of the caller's account alone" })
  @ApiOkResponse({ type: [AccountBody] })
  async list(@Caller() { accountId }: Principal): Promise<AccountBody[]> {
    return [await this.find(accountId)]
  }

  @Get('instances')
  @InstanceListing("The account's instances, as GET /instances lists them")
  async instancesOfCaller(
    @Caller() caller: Principal,
    @Query() query: Readonly<Record<string, unknown>>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<InstanceBody[]> {
    return sendPage(reply, await this.instances.list(caller, query))
  }

  @Get(':id')
  @ApiOperation({ summary: "The caller's account" })
  @ApiOkResponse({ type: AccountBody })
  async one(@Caller() caller: Principal, @Param('id') id: string): Promise<AccountBody> {
    return this.find(ownAccount(caller, id))
  }

  @Get(':id/instances')
  @InstanceListing('The same, with the id of the own account')
  async instancesOf(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Query() query: Readonly<Record<string, unknown>>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<InstanceBody[]> {
    ownAccount(caller, id)
    return this.instancesOfCaller(caller, query, reply)
  }

  private async find(accountId: number): Promise<AccountBody> {
    const account = await this.accounts.byId(accountId)
    if (!account) throw notFound(`Account ${accountId}`)
    const { id, name, companyId, createdAt } = account
    return { id, name, companyId, createdDate: createdAt.toISOString() }
  }
}

function ownAccount({ accountId }: Principal, id: string): number {
  if (id !== String(accountId)) throw notFound(`Account ${id}`)
  return accountId
}
