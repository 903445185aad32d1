import { Connectors } from '#connectors'
import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common'
import { ApiBody, ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger'
import { findElement, unknownElement } from '../elements/find-element.js'
import { ElementsApi } from '../errors/elements-api.js'
import { Refused } from '../errors/refusal.js'
import { OAuthUrl } from './oauth.dto.js'

type Parameters = Readonly<Record<string, unknown>>

/** The first leg of OAuth. It tells nothing that the caller doesn't bring, so, as documented, it needs no secrets. */
@ApiTags('OAuth')
@Controller('elements/api-v2/elements/:keyOrId/oauth')
@ElementsApi()
export class OAuthController {
  constructor(private readonly connectors: Connectors) {}

  @Get('url')
  @ApiOperation({ summary: "The vendor's page that asks for access" })
  @ApiQuery({ name: 'apiKey', type: String, description: "The OAuth application's client id" })
  @ApiQuery({ name: 'apiSecret', type: String, required: false, description: 'Not needed for this step' })
  @ApiQuery({ name: 'callbackUrl', type: String })
  @ApiQuery({ name: 'scope', type: String, required: false })
  @ApiQuery({ name: 'state', type: String, required: false, description: "Default: the element's key" })
  @ApiQuery({ name: 'siteAddress', type: String, required: false, description: "One of the element's sites" })
  @ApiOkResponse({ type: OAuthUrl })
  byQuery(@Param('keyOrId') keyOrId: string, @Query() query: Parameters): OAuthUrl {
    return this.urlOf(keyOrId, query)
  }

  @Post('url')
  @HttpCode(200)
  @ApiOperation({ summary: 'The same, its parameters in the body' })
  @ApiBody({ schema: { type: 'object', additionalProperties: { type: 'string' } } })
  @ApiOkResponse({ type: OAuthUrl })
  byBody(@Param('keyOrId') keyOrId: string, @Body() body: unknown): OAuthUrl {
    return this.urlOf(keyOrId, typeof body === 'object' && body !== null ? { ...body } : {})
  }

  private urlOf(keyOrId: string, parameters: Parameters): OAuthUrl {
    const connector = findElement(this.connectors, keyOrId)
    if (!connector) throw new Refused({ kind: 'not-found', message: unknownElement(this.connectors, keyOrId) })
    const text = (name: string) => {
      const value = parameters[name]
      return typeof value === 'string' && value.trim() !== '' ? value : undefined
    }
    const { name, authentication } = connector.definition
    if (authentication.type !== 'oauth2')
      this.refuse([`${name} has no OAuth; it takes its credentials by configuration`])
    const [apiKey, callbackUrl, scope, siteAddress] = ['apiKey', 'callbackUrl', 'scope', 'siteAddress'].map(text)
    const faults = [
      ...(apiKey === undefined ? ["apiKey: is missing; write the OAuth application's client id"] : []),
      ...(callbackUrl === undefined || !URL.canParse(callbackUrl)
        ? ['callbackUrl: is missing or no URL; write where the vendor is to send the code']
        : []),
    ]
    if (apiKey === undefined || callbackUrl === undefined || faults.length > 0) this.refuse(faults)
    const start = { apiKey, callbackUrl, state: text('state') ?? connector.key }
    try {
      const optional = { ...(scope && { scope }), ...(siteAddress && { siteAddress }) }
      return { element: connector.key, oauthUrl: connector.authorizeUrl({ ...start, ...optional }) }
    } catch (error) {
      // A site that the definition doesn't have: its message names those that it has.
      return this.refuse([error instanceof Error ? error.message : String(error)])
    }
  }

  private refuse(faults: string[]): never {
    throw new Refused({ kind: 'invalid', faults })
  }
}
