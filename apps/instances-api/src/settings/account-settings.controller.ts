import { Accounts, type Principal } from '#instances'
import { Body, Controller, Get, HttpCode, Param, Patch, Post } from '@nestjs/common'
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger'
import { Caller } from '../authorization/authorization.guard.js'
import { Authorized } from '../authorization/authorized.js'
import { ElementsApi } from '../errors/elements-api.js'
import { notFound, Refused } from '../errors/refusal.js'

type Settings = Record<string, string>

const policy = 'notification.webhook.failure.policy'
const texts = { schema: { type: 'object' as const, additionalProperties: { type: 'string' as const } } }

/** Settings of an account: `notification.webhook.failure.policy`, `retry` or `queue`. */
@ApiTags('Accounts')
@Controller('elements/api-v2/accounts')
@ElementsApi()
@Authorized()
export class AccountSettingsController {
  constructor(private readonly accounts: Accounts) {}

  @Get('settings')
  @ApiOperation({ summary: "The account's settings" })
  @ApiOkResponse(texts)
  get(@Caller() { accountId }: Principal): Promise<Settings> {
    return this.accounts.settings(accountId)
  }

  @Patch('settings')
  @ApiOperation({ summary: `Add to the account's settings: ${policy}, "retry" (the default) or "queue"` })
  @ApiBody(texts)
  @ApiOkResponse(texts)
  add(@Caller() { accountId }: Principal, @Body() body: unknown): Promise<Settings> {
    return this.accounts.saveSettings(accountId, readSettings(body))
  }

  @Get(':id/settings')
  @ApiOperation({ summary: "The account's settings, with the id of the own account" })
  @ApiOkResponse(texts)
  getOf(@Caller() caller: Principal, @Param('id') id: string): Promise<Settings> {
    return this.get(own(caller, id))
  }

  @Patch(':id/settings')
  @ApiOperation({ summary: 'The same, with the id of the own account' })
  @ApiBody(texts)
  @ApiOkResponse(texts)
  addTo(@Caller() caller: Principal, @Param('id') id: string, @Body() body: unknown): Promise<Settings> {
    return this.add(own(caller, id), body)
  }

  @Post(':id/settings')
  @HttpCode(200)
  @ApiOperation({ summary: 'The same' })
  @ApiBody(texts)
  @ApiOkResponse(texts)
  postTo(@Caller() caller: Principal, @Param('id') id: string, @Body() body: unknown): Promise<Settings> {
    return this.add(own(caller, id), body)
  }

  @Post('settings')
  @HttpCode(200)
  @ApiOperation({ summary: 'The same' })
  @ApiBody(texts)
  @ApiOkResponse(texts)
  post(@Caller() caller: Principal, @Body() body: unknown): Promise<Settings> {
    return this.add(caller, body)
  }
}

/** @throws Refused (not-found) where the id isn't the caller's account's */
function own(caller: Principal, id: string): Principal {
  if (id !== String(caller.accountId)) throw notFound(`Account ${id}`)
  return caller
}

function readSettings(body: unknown): Settings {
  const given = typeof body === 'object' && body !== null && !Array.isArray(body) ? Object.entries(body) : null
  const faults = given ? given.flatMap(([key, value]) => faultOf(key, value)) : ['body: is not an object of settings']
  if (!given || faults.length > 0) throw new Refused({ kind: 'invalid', faults })
  return Object.fromEntries(given.map(([key, value]) => [key, String(value)]))
}

function faultOf(key: string, value: unknown): string[] {
  if (!['string', 'number', 'boolean'].includes(typeof value) || /\0|\p{Surrogate}/u.test(key + String(value))) {
    return [`${JSON.stringify(key)}: is not a text`]
  }
  return key === policy && value !== 'retry' && value !== 'queue'
    ? [`"${policy}": ${JSON.stringify(value)} is neither "retry" nor "queue"`]
    : []
}
